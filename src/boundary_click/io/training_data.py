"""Looking through training data before anything starts, and writing open layers as a data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tifffile
from numpy.typing import NDArray

from boundary_click.benchmark.protocol import MIN_AREA, Plane, Target, find_targets, sample_targets
from boundary_click.core.arrays import IGNORE_LABEL, check_image, components
from boundary_click.io.atomic import written_whole
from boundary_click.io.datasets import Pair, find_pairs, read_pair
from boundary_click.io.runs.previews import thumbnail

FEWEST = 2
"""Objects without which there is nothing to learn from and nothing to try."""
ENOUGH = 10
"""Objects below which training is worth little."""

_THUMBNAILS = 8
_PIECES = 3
"""An object in so many large pieces is taken for several under one number."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about the data.

    Attributes
    ----------
    where : str
        File or folder, empty for all of them.
    message : str
        What is wrong, and what to do.
    is_fatal : bool
        Whether training cannot start.
    """

    where: str
    message: str
    is_fatal: bool = True


@dataclass(frozen=True, slots=True)
class DataReport:
    """What there is to learn from.

    Attributes
    ----------
    images, objects : int
        Pairs that can be used, and their objects of 20 pixels or more.
    median_area, median_side : float
        Of the objects, in pixels; the side is the longer one of the box. 0 without objects.
    problems : tuple of Problem
    thumbnails : tuple of ndarray of uint8, shape (160, 160, 3)
        Some objects with their outlines.
    """

    images: int
    objects: int
    median_area: float
    median_side: float
    problems: tuple[Problem, ...]
    thumbnails: tuple[NDArray[np.uint8], ...]

    @property
    def can_train(self) -> bool:
        """Whether training can start."""
        return not any(problem.is_fatal for problem in self.problems)


class LabelledImage(NamedTuple):
    """A plane of an image with its labels, such as of two open layers.

    Attributes
    ----------
    name : str
        Of the files that it becomes.
    image : array-like, shape (H, W) or (H, W, C)
    labels : array-like of integers, shape (H, W)
    """

    name: str
    image: Any
    labels: Any


def check_data(folders: Sequence[Path]) -> DataReport:
    """Read every pair of some data sets and say what there is, and what is wrong with it."""
    problems: list[Problem] = []
    targets: list[Target] = []
    images = 0
    for pair in _pairs(folders, problems):
        found = list(_problems_of(pair))
        problems += found
        if not any(problem.is_fatal for problem in found):
            images += 1
            targets += find_targets([Plane(str(pair.image), partial(read_pair, pair))])
    problems += _number_problems(len(targets))
    return DataReport(
        images=images,
        objects=len(targets),
        median_area=float(np.median([t.area for t in targets])) if targets else 0.0,
        median_side=float(np.median([t.box.side for t in targets])) if targets else 0.0,
        problems=tuple(problems),
        thumbnails=tuple(_thumbnails(targets)),
    )


def write_data_set(folder: Path, planes: Iterable[LabelledImage]) -> Path:
    """Write planes as a data set of TIFF files and return its folder.

    Raises
    ------
    ValueError
        If a plane is no image, its labels are no integers or of another size, two names are the
        same, or there is none.
    """
    written: set[str] = set()
    for plane in planes:
        if plane.name in written:
            raise ValueError(f"two planes are called {plane.name!r}; give each a name of its own")
        image, labels = _checked(plane)
        photometric = "rgb" if image.ndim == 3 and image.shape[2] in (3, 4) else "minisblack"
        _write_tiff(folder / "images" / f"{plane.name}.tif", image, photometric)
        _write_tiff(folder / "labels" / f"{plane.name}.tif", labels, "minisblack")
        written.add(plane.name)
    if not written:
        raise ValueError("there is no plane to learn from; choose an image, labels and planes")
    return folder


def _pairs(folders: Sequence[Path], problems: list[Problem]) -> Iterator[Pair]:
    """Yield the pairs of all folders; add what is wrong with the folders."""
    for folder in folders:
        try:
            yield from find_pairs(folder)
        except FileNotFoundError as error:
            problems.append(Problem(str(folder), str(error)))


def _problems_of(pair: Pair) -> Iterator[Problem]:
    """Yield what is wrong with a pair."""
    where = str(pair.labels)
    try:
        image, labels = read_pair(pair)
        check_image(image)
    except (ValueError, TypeError) as error:
        yield Problem(str(pair.image), str(error))
        return
    if not find_targets([Plane(where, lambda: (image, labels))]):
        message = f"holds no object of {MIN_AREA} pixels or more; label some, or leave it out"
        yield Problem(where, message, is_fatal=False)
    elif (shared := _shared_id(labels)) is not None:
        yield Problem(
            where,
            f"number {shared} stands for several objects; give each its own, for instance with "
            "skimage.measure.label",
        )
    if image.min() == image.max():
        yield Problem(str(pair.image), "is constant, so there is nothing to see; check the channel")


def _shared_id(labels: np.ndarray) -> int | None:
    """Return a number that several objects share, None if there is none.

    Two pieces under the only number of an image are a mask that was not labelled; elsewhere
    something in front may cut an object in two.
    """
    targets = find_targets([Plane("", lambda: (labels, labels))])
    for target in targets:
        rows, cols = target.box.pixels(labels.shape)
        pieces, _ = components(labels[rows, cols] == target.object_id)
        large = np.count_nonzero(np.bincount(pieces.ravel())[1:] >= MIN_AREA)
        if large >= (2 if len(targets) == 1 else _PIECES):
            return target.object_id
    return None


def _number_problems(objects: int) -> Iterator[Problem]:
    if objects < FEWEST:
        message = f"training needs {FEWEST} objects at least, there are {objects}; label more"
        yield Problem("", message)
    elif objects < ENOUGH:
        message = f"{objects} objects are few, {ENOUGH} or more teach a model better"
        yield Problem("", message, is_fatal=False)


def _thumbnails(targets: Sequence[Target]) -> Iterator[NDArray[np.uint8]]:
    for target in sample_targets(targets, _THUMBNAILS, seed=0):
        image, labels = target.plane.read()
        try:
            yield thumbnail(image, target, labels == target.object_id)
        except ValueError:  # no contrast there
            continue


def _checked(plane: LabelledImage) -> tuple[np.ndarray, np.ndarray]:
    """Return a plane as arrays that a TIFF file can hold."""
    image, labels = np.asarray(plane.image), np.asarray(plane.labels)
    check_image(image)
    if labels.dtype.kind not in "bui" or labels.shape != image.shape[:2]:
        raise ValueError(
            f"labels of {plane.name} must be integers of shape {image.shape[:2]}, got "
            f"{labels.dtype} of shape {labels.shape}; choose the labels of this image"
        )
    if labels.min() < 0 or labels.max() > np.iinfo(np.uint32).max:
        raise ValueError(
            f"labels of {plane.name} must lie between 0 and {np.iinfo(np.uint32).max}, got "
            f"{labels.min()} to {labels.max()}; number the objects anew"
        )
    narrow = np.uint16 if labels.max() <= IGNORE_LABEL else np.uint32
    if image.dtype.kind == "b":
        image = image.astype(np.uint8)
    elif image.dtype.itemsize == 8 or image.dtype == np.float16:
        image = image.astype(np.float32)
    return image, labels.astype(narrow)


def _write_tiff(path: Path, array: np.ndarray, photometric: str) -> None:
    with written_whole(path) as partial:
        tifffile.imwrite(partial, array, photometric=photometric, compression="zlib")
