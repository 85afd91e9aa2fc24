"""Data sets: a folder with ``images/`` and ``labels/`` of the same stems."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from skimage import io as skimage_io

from boundary_click.core.arrays import IGNORE_LABEL, labelled_objects
from boundary_click.training.samples import Scene

_SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class Pair:
    """Paths of an image and of its labels."""

    image: Path
    labels: Path

    @property
    def name(self) -> str:
        """Stem that both share."""
        return self.image.stem


def find_pairs(folder: Path) -> tuple[Pair, ...]:
    """Return the pairs of a data set by name.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, it lacks ``images/`` or ``labels/``, has no image, or an
        image lacks its labels.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"no data set at {folder}; give the folder that holds images/ and labels/ (paths in a "
            "training configuration start from its own folder, or from --data-root)"
        )
    for part in ("images", "labels"):
        if not (folder / part).is_dir():
            raise FileNotFoundError(
                f"{folder} has no {part}/ folder; a data set holds images/ and labels/ "
                "with files of the same stems"
            )
    labels = {p.stem: p for p in (folder / "labels").iterdir() if p.suffix.lower() in _SUFFIXES}
    images = sorted(p for p in (folder / "images").iterdir() if p.suffix.lower() in _SUFFIXES)
    if not images:
        raise FileNotFoundError(
            f"{folder / 'images'} holds no image of type {', '.join(_SUFFIXES)}"
        )
    missing = [p.name for p in images if p.stem not in labels]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} images of {folder} have no file in labels/, such as {missing[0]}"
        )
    return tuple(Pair(p, labels[p.stem]) for p in images)


def read_image(path: Path) -> np.ndarray:
    """Read an image or a stack.

    Raises
    ------
    ValueError
        If the file cannot be read as an image; the message names it.
    """
    try:
        if path.suffix.lower() in (".tif", ".tiff"):
            return np.asarray(tifffile.imread(path))
        with path.open("rb") as file:  # closed here, since imageio leaves broken files open
            return np.asarray(skimage_io.imread(file))
    except FileNotFoundError:
        raise ValueError(f"image file not found: {path}") from None
    except Exception as error:
        raise ValueError(f"cannot read {path} as an image: {error}") from error


def read_pair(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Read an image and its labels, and check that they belong together.

    Raises
    ------
    ValueError
        If the sizes differ or the labels are no integers.
    """
    image, labels = read_image(pair.image), read_image(pair.labels)
    if labels.ndim != 2 or labels.dtype.kind not in "bui":
        raise ValueError(
            f"labels must be one plane of integers, got {labels.dtype} of shape {labels.shape} "
            f"in {pair.labels}; save them as integers, one number an object"
        )
    if image.shape[:2] != labels.shape:
        raise ValueError(
            f"image and labels of {pair.name} differ in size: {image.shape[:2]} and "
            f"{labels.shape}; export the labels at the size of the image"
        )
    return image, labels


class FolderSource:
    """Draws objects from the pairs of a data set, which it keeps in memory.

    Every image is equally likely, then every object of it.

    Parameters
    ----------
    pairs : sequence of Pair
    min_area : int
        Smaller objects are left out, in pixels.
    held_out : collection of int
        Objects that are left out, whose pixels are ignored as well.
    """

    def __init__(
        self, pairs: Sequence[Pair], *, min_area: int = 20, held_out: Collection[int] = ()
    ) -> None:
        self._planes = []
        for pair in pairs:
            image, labels = read_pair(pair)
            if held_out:
                is_held_out = np.isin(labels, list(held_out))
                labels = labels.astype(np.promote_types(labels.dtype, np.uint16))
                labels[is_held_out] = IGNORE_LABEL
            if objects := labelled_objects(labels, min_area=min_area):
                self._planes.append((image, labels, objects))
        if not self._planes:
            raise ValueError(f"none of the {len(pairs)} label images holds an object")

    def draw(self, rng: np.random.Generator) -> Scene:
        """Return a random object of a random image."""
        image, labels, objects = self._planes[rng.integers(len(self._planes))]
        drawn = objects[rng.integers(len(objects))]
        return Scene(image, labels, drawn.object_id, drawn.box)

    @property
    def count(self) -> int:
        """Number of objects."""
        return sum(len(objects) for _, _, objects in self._planes)

    def scenes(self) -> list[Scene]:
        """Return all objects, image by image."""
        return [
            Scene(image, labels, each.object_id, each.box)
            for image, labels, objects in self._planes
            for each in objects
        ]


class MixedSource:
    """Draws from several sources with given weights.

    Parameters
    ----------
    sources : sequence of FolderSource
    weights : sequence of float
        Relative; they need not sum to one.
    """

    def __init__(self, sources: Sequence[FolderSource], weights: Sequence[float]) -> None:
        self._sources = tuple(sources)
        self._shares = np.asarray(weights) / np.sum(weights)

    @property
    def count(self) -> int:
        """Number of objects."""
        return sum(source.count for source in self._sources)

    def draw(self, rng: np.random.Generator) -> Scene:
        """Return a random object of a random source."""
        return self._sources[rng.choice(len(self._sources), p=self._shares)].draw(rng)
