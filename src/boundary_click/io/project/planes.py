"""Images and labels of a project, plane by plane, while it may be open elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from boundary_click.core.planes import Plane, PlaneImage
from boundary_click.io.datasets import read_image
from boundary_click.io.project.document import Document, read_document
from boundary_click.io.project.journal import read_entry
from boundary_click.io.project.labels import make_changes
from boundary_click.io.project.project import SUFFIX
from boundary_click.io.training_data import LabelledImage

_DOCUMENT, _LABELS, _JOURNAL = "project.json", "labels.zarr", "journal"


def find_projects(folder: Path) -> tuple[Path, ...]:
    """Return the projects in a folder, or the folder itself if it is one.

    Raises
    ------
    ValueError
        If there is none.
    """
    if (folder / _DOCUMENT).is_file():
        return (folder,)
    found = tuple(sorted(p for p in folder.glob(f"*{SUFFIX}") if (p / _DOCUMENT).is_file()))
    if not found:
        raise ValueError(
            f"{folder} holds no project; choose one (*{SUFFIX}), or a folder with some, as the "
            "Segment widget keeps them"
        )
    return found


def planes_of_project(path: Path) -> Iterator[LabelledImage]:
    """Yield the planes of a project that hold accepted objects, as it was saved last.

    The project is read only, so that it may be open at the same time.

    Parameters
    ----------
    path : Path

    Yields
    ------
    LabelledImage
        Labels of accepted objects; other labels are left out.

    Raises
    ------
    ValueError
        If the project is damaged, or its image cannot be read any more.
    """
    document = read_document(path / _DOCUMENT)
    places = sorted({p.plane for r in document.records for p in r.parts if p.area}, key=_order)
    if not places:
        return
    image, labels = _image_of(path, document), _labels_of(path, document)
    ids = [record.object_id for record in document.records]
    for plane in places:
        whole = tuple(slice(0, length) for length in plane.shape)
        read = plane.read(labels, *whole)
        name = "-".join([path.stem, *(str(at) for at in _place(plane))])
        picture = PlaneImage(image, plane, is_rgb=document.image.is_rgb)[whole[0], whole[1]]
        yield LabelledImage(name, picture, np.where(np.isin(read, ids), read, 0))


def _order(plane: Plane) -> tuple[Any, ...]:
    return plane.axes, plane.at


def _place(plane: Plane) -> tuple[int, ...]:
    """Return what tells a plane from others of its project; its axes too if not the last two."""
    last = (len(plane.at) - 2, len(plane.at) - 1)
    at = tuple(index for axis, index in enumerate(plane.at) if axis not in plane.axes)
    return at if plane.axes == last else (*plane.axes, *at)


def _labels_of(path: Path, document: Document) -> Any:
    """Return the labels; in memory where some changes were not written into them yet."""
    try:
        labels = zarr.open_group(path / _LABELS, mode="r")["0"]
    except (FileNotFoundError, KeyError, ValueError) as error:
        raise ValueError(f"{path} holds no labels: {error}; restore it from a backup") from error
    waiting = [name for name in document.journal if (path / _JOURNAL / name).is_file()]
    if not waiting:
        return labels
    array: NDArray[Any] = np.asarray(labels[:])  # type: ignore[index]
    for name in waiting:
        make_changes(array, read_entry(path / _JOURNAL / name))
    return array


def _image_of(path: Path, document: Document) -> Any:
    """Return the image that a project is of."""
    told = document.image
    source = Path(told.source) if told.source else None
    if source is None or not source.exists():
        where = f"{source}, which is not there" if source else "no file"
        raise ValueError(
            f"the image of {path.name} came from {where}; open it in napari with the project, and "
            "learn from the open layers"
        )
    array = _zarr_image(source) if source.is_dir() else read_image(source)
    if tuple(array.shape) != told.shape:
        raise ValueError(
            f"{source} has the shape {tuple(array.shape)}, the project {path.name} is of an image "
            f"of shape {told.shape}; open both in napari and learn from the open layers"
        )
    return array


def _zarr_image(source: Path) -> Any:
    try:
        found = zarr.open(source, mode="r")
        return found["0"] if isinstance(found, zarr.Group) else found
    except (FileNotFoundError, KeyError, ValueError) as error:
        raise ValueError(f"cannot read {source} as an image: {error}") from error
