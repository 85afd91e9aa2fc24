"""Where training data comes from. Nothing here knows Qt; reading and writing are slow."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from boundary_click.core.planes import Plane, PlaneImage

if TYPE_CHECKING:
    from boundary_click.io.training_data import LabelledImage

Chosen = frozenset[int] | None
"""Places along an axis that are learned from; None for all."""


class Source(Protocol):
    """Something to learn from."""

    @property
    def name(self) -> str:
        """What a run on it may be called."""

    def write(self, folder: Path) -> tuple[str, ...]:
        """Write what is not a data set yet into a folder.

        Returns
        -------
        tuple of str
            Paths of data sets, relative to the folder or absolute.

        Raises
        ------
        ValueError
            If there is nothing to learn from.
        """


@dataclass(frozen=True, slots=True, eq=False)
class LayerSource:
    """An image and its labels in open layers.

    Attributes
    ----------
    name : str
    image : array-like, shape (*planes, H, W) or (*planes, H, W, C)
    labels : array-like of integers, shape (*planes, H, W)
        Axes may have any order: ``axes`` tells.
    is_rgb : bool
        Whether the image's last axis holds colours.
    axes : tuple of int
        Axes that run along rows and columns.
    chosen : tuple of Chosen
        One an axis; those in ``axes`` mean nothing.
    """

    name: str
    image: Any
    labels: Any
    is_rgb: bool
    axes: tuple[int, int]
    chosen: tuple[Chosen, ...]

    def write(self, folder: Path) -> tuple[str, ...]:
        """Write the planes that hold labels as a data set; see `Source`."""
        from boundary_click.io.training_data import write_data_set  # loads torch

        shape = self.image.shape[:-1] if self.is_rgb else self.image.shape
        if tuple(shape) != tuple(self.labels.shape):
            raise ValueError(
                f"the image has the shape {tuple(shape)}, the labels have "
                f"{tuple(self.labels.shape)}; choose the labels of this image"
            )
        planes = self.planes()
        first = next(planes, None)
        if first is None:
            raise ValueError(
                f"no labels on the chosen planes of {self.name}; label some objects first, for "
                "instance with the Segment widget, or choose other planes"
            )
        write_data_set(folder / "layers", itertools.chain([first], planes))
        return ("layers",)

    def planes(self) -> Iterator[LabelledImage]:
        """Yield the chosen planes that hold labels."""
        from boundary_click.io.training_data import LabelledImage

        labels_shape = tuple(int(length) for length in self.labels.shape)
        shape = labels_shape[self.axes[0]], labels_shape[self.axes[1]]
        rows, cols = slice(0, shape[0]), slice(0, shape[1])
        for at in itertools.product(*self._ranges(labels_shape)):
            plane = Plane(shape, self.axes, at)
            labels = plane.read(self.labels, rows, cols)
            if labels.any():
                image = PlaneImage(self.image, plane, is_rgb=self.is_rgb)[rows, cols]
                places = [str(n) for axis, n in enumerate(at) if axis not in self.axes]
                yield LabelledImage("-".join([_clean(self.name), *places]), image, labels)

    def _ranges(self, shape: tuple[int, ...]) -> Iterator[list[int]]:
        for axis, (length, chosen) in enumerate(zip(shape, self.chosen, strict=True)):
            if axis in self.axes:
                yield [0]
            else:
                yield [at for at in range(length) if chosen is None or at in chosen]


@dataclass(frozen=True, slots=True)
class ProjectSource:
    """Projects that the Segment widget keeps.

    Attributes
    ----------
    paths : tuple of Path
        Projects, or folders with some.
    """

    paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The first one's."""
        return self.paths[0].stem

    def write(self, folder: Path) -> tuple[str, ...]:
        """Write the planes with accepted objects as a data set; see `Source`."""
        from boundary_click.io.project.planes import find_projects
        from boundary_click.io.training_data import write_data_set

        projects = [found for path in self.paths for found in find_projects(path)]
        planes = self._planes(projects)
        first = next(planes, None)
        if first is None:
            raise ValueError("the projects hold no accepted object; accept some in Segment first")
        write_data_set(folder / "projects", itertools.chain([first], planes))
        return ("projects",)

    def _planes(self, projects: list[Path]) -> Iterator[LabelledImage]:
        from boundary_click.io.project.planes import planes_of_project

        for number, path in enumerate(projects):
            for plane in planes_of_project(path):
                yield plane._replace(name=f"{number}-{_clean(plane.name)}")


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Data sets that are there already.

    Attributes
    ----------
    paths : tuple of Path
        Each holds ``images/`` and ``labels/``.
    """

    paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The first one's."""
        return self.paths[0].name

    def write(self, folder: Path) -> tuple[str, ...]:
        """Return the paths; nothing is to be written."""
        return tuple(str(path.resolve()) for path in self.paths)


def parse_planes(text: str) -> frozenset[int]:
    """Return the planes that a text such as ``"0-3, 7"`` names.

    Raises
    ------
    ValueError
        If it names none.
    """
    found: set[int] = set()
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[-\N{EN DASH}]\s*", "-", text.strip())):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ValueError(f"cannot read the planes {text!r}; write them as 0-3, 7")
        found.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return frozenset(found)


def _clean(name: str) -> str:
    """Return a name as a file can have it."""
    return re.sub(r"[^\w.-]+", "-", name).strip(".-") or "image"
