"""A folder of images, each with a project beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from boundary_click.io.project.document import read_document
from boundary_click.io.project.project import SUFFIX

IMAGE_SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp", ".zarr")


@dataclass(frozen=True, slots=True)
class Member:
    """An image of a series.

    Attributes
    ----------
    image : Path
    project : Path
        Its project, beside it; there once the image was worked on.
    """

    image: Path
    project: Path

    @property
    def is_begun(self) -> bool:
        """Whether it has a project."""
        return self.project.is_dir()

    @property
    def is_done(self) -> bool:
        """Whether the user is through with it; a project that cannot be read is not done."""
        try:
            return self.is_begun and read_document(self.project / "project.json").is_done
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Series:
    """The images of a folder, in natural order: image 2 comes before image 10.

    Attributes
    ----------
    folder : Path
    members : tuple of Member
    """

    folder: Path
    members: tuple[Member, ...]

    @classmethod
    def of(cls, folder: Path) -> Series:
        """Return the images of a folder.

        Raises
        ------
        ValueError
            If it is no folder or has none.
        """
        if not folder.is_dir():
            raise ValueError(f"{folder} is no folder; choose one with images")
        images = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
        ]
        if not images:
            kinds = ", ".join(IMAGE_SUFFIXES)
            raise ValueError(f"{folder} holds no images; they end in {kinds}")
        ordered = sorted(images, key=lambda path: _natural(path.name))
        return cls(folder, tuple(Member(each, project_beside(each)) for each in ordered))

    def index_of(self, image: Path) -> int | None:
        """Return the place of an image, None if it is not of the series."""
        places = (at for at, member in enumerate(self.members) if member.image == image)
        return next(places, None)

    def next_to_do(self, after: int = -1) -> int | None:
        """Return the place of the next image that is not done, None if all are.

        Parameters
        ----------
        after : int
            Where to begin; those before come last.
        """
        count = len(self.members)
        order = [(after + 1 + step) % count for step in range(count)]
        return next((at for at in order if not self.members[at].is_done), None)


def project_beside(image: Path) -> Path:
    """Return where the project of an image is kept."""
    return image.with_name(f"{image.name}{SUFFIX}")


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key by which numbers in names sort as numbers."""
    parts = re.split(r"(\d+)", name.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
