"""Labels from a file: a TIFF or another picture, or OME-Zarr."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import zarr
from ome_zarr_models.v05.multiscales import Dataset, Multiscale
from pydantic import ValidationError

from boundary_click.io.labelled import LabelledImage
from boundary_click.io.pixel_size import PixelSize, length_unit
from boundary_click.io.stacks import Stack, read_stack

SUFFIXES = (".bclick", ".ome.tif", ".ome.tiff", ".tif", ".tiff", ".ome.zarr", ".zarr", ".png")
"""How files with labels end; the longer of two that fit comes first."""


def read_labels(path: Path) -> LabelledImage:
    """Read labels: those of a TIFF whole, those of OME-Zarr plane by plane once they are used.

    Parameters
    ----------
    path : Path
        A TIFF, a PNG, or the folder of an OME-Zarr 0.4 or 0.5: a label image, or an image
        with one label image in its ``labels``.

    Raises
    ------
    ValueError
        If it is missing, damaged or holds no labels, such as floats or colours; the message
        names it.
    """
    if not path.exists():
        raise ValueError(f"file of labels not found: {path}")
    try:
        stack = _read_zarr(path) if path.is_dir() else read_stack(path)
        return LabelledImage(stack, name=label_name(path))
    except ValueError as error:
        text = str(error)
        raise ValueError(text if str(path) in text else f"{path}: {text}") from error


def label_name(path: Path) -> str:
    """Return the name of a file without what tells its format."""
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix) and len(path.name) > len(suffix):
            return path.name[: -len(suffix)]
    return path.stem


def _read_zarr(path: Path) -> Stack:
    group = _label_group(_open_group(path))
    multiscale = _multiscale(group)
    names = [str(axis.name) for axis in multiscale.axes]
    data: Any = group.get(multiscale.datasets[0].path)
    if not isinstance(data, zarr.Array) or data.ndim != len(names):
        raise ValueError(f"it has no array {multiscale.datasets[0].path} of {len(names)} axes")
    if "c" in names and data.shape[names.index("c")] == 1:
        data = _OneChannel(data, names.index("c"))
        names.remove("c")
    if names[-2:] != ["y", "x"] or not set(names[:-2]) <= {"t", "z"}:
        raise ValueError(
            f"it has the axes {', '.join(names)}; labels need y and x last, before them t and z "
            "at most, and no channels"
        )
    return Stack(data, "".join(names[:-2]).upper(), _pixel_size(multiscale))


class _OneChannel:
    """A lazy array without an axis of length 1, as far as its planes are read.

    Parameters
    ----------
    data : array-like
    axis : int
        The axis left out.
    """

    def __init__(self, data: Any, axis: int) -> None:
        self._data, self._axis = data, axis
        self.shape = (*data.shape[:axis], *data.shape[axis + 1 :])
        self.ndim, self.dtype = len(self.shape), data.dtype

    def __getitem__(self, index: tuple[int, ...]) -> Any:
        return self._data[(*index[: self._axis], 0, *index[self._axis :])]


def _open_group(path: Path) -> zarr.Group:
    try:
        return zarr.open_group(path, mode="r")
    except FileNotFoundError:
        raise ValueError("this folder is no Zarr group; give a TIFF or an OME-Zarr") from None


def _label_group(group: zarr.Group) -> zarr.Group:
    """Return the label image that a group is or holds."""
    if "image-label" in _ome(group):
        return group
    held = group.get("labels")
    names = _ome(held).get("labels", []) if isinstance(held, zarr.Group) else []
    if not names:
        raise ValueError(
            "it holds no label image; give the folder of one, whose metadata has image-label"
        )
    if len(names) > 1:
        raise ValueError(
            f"it holds the label images {', '.join(names)}; give the folder of one, such as "
            f"labels/{names[0]} in it"
        )
    return zarr.open_group(group.store, path=f"{group.path}/labels/{names[0]}".strip("/"), mode="r")


def _ome(group: zarr.Group) -> dict[str, Any]:
    """Return the OME attributes: under ``ome`` since version 0.5, beside others before."""
    attributes: dict[str, Any] = group.attrs.asdict()
    return dict(attributes.get("ome", attributes))


def _multiscale(group: zarr.Group) -> Multiscale:
    try:
        return Multiscale.model_validate(_ome(group)["multiscales"][0])
    except (KeyError, IndexError, ValidationError) as error:
        raise ValueError(f"its OME-Zarr metadata cannot be read: {error}") from error


def _pixel_size(multiscale: Multiscale) -> PixelSize:
    """Return the size of pixels along the axes that name a unit."""
    scales = [_scale(multiscale.datasets[0]), _scale(multiscale)]
    total = np.prod([scale for scale in scales if scale is not None], axis=0)
    return PixelSize(
        {
            str(axis.name).upper(): (float(size), length_unit(str(axis.unit)).symbol)
            for axis, size in zip(multiscale.axes, total, strict=True)
            if axis.type == "space" and axis.unit is not None
        }
    )


def _scale(of: Dataset | Multiscale) -> Any:
    for transform in of.coordinateTransformations or ():
        if transform.type == "scale" and hasattr(transform, "scale"):
            return transform.scale
    return None
