"""The labels of a project: a sparse Zarr array that other programs read as OME-Zarr."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import zarr

from boundary_click.core.changes import PixelChange
from boundary_click.io.ome_labels import label_attributes

_CHUNK = 512
_ARRAY = "0"
_AXES = "tzyx"


def create_labels(
    path: Path, shape: tuple[int, ...], dtype: str, geometry: Mapping[str, Any]
) -> zarr.Array[Any]:
    """Make empty labels; chunks without any are never written.

    Parameters
    ----------
    path : Path
        Of the group to make.
    shape : tuple of int
    dtype : str
    geometry : mapping
        ``scale`` and ``units`` of the image, if known.
    """
    is_known = 2 <= len(shape) <= len(_AXES)
    attributes = {"ome": _attributes(len(shape), geometry)} if is_known else {}
    group = zarr.create_group(path, attributes=attributes)
    return group.create_array(
        _ARRAY,
        shape=shape,
        chunks=(*(1 for _ in shape[:-2]), min(shape[-2], _CHUNK), min(shape[-1], _CHUNK)),
        dtype=dtype,
        dimension_names=list(_AXES[-len(shape) :]) if is_known else None,
        config={"write_empty_chunks": False},
    )


def open_labels(path: Path) -> zarr.Array[Any]:
    """Open labels to read and write.

    Raises
    ------
    ValueError
        If there are none.
    """
    try:
        array = zarr.open_group(path, mode="r+")[_ARRAY]
    except (FileNotFoundError, KeyError, ValueError) as error:
        raise ValueError(f"{path} holds no labels: {error}; restore it from a backup") from error
    if not isinstance(array, zarr.Array):
        raise ValueError(f"{path} holds no labels; restore it from a backup")
    return array


def make_changes(labels: Any, changes: Iterable[PixelChange]) -> None:
    """Set labels to what they are after changes; doing so twice does no harm.

    Parameters
    ----------
    labels : array-like
        Zarr or numpy, nD.
    changes : iterable of PixelChange
    """
    for change in changes:
        rows, cols = change.plane.axes
        after = change.after.T if rows > cols else change.after
        labels[change.plane.index(*change.where)] = after.astype(labels.dtype)


def import_labels(labels: Any, blocks: Iterable[tuple[Any, Any]]) -> None:
    """Fill empty labels with some that were there before.

    Parameters
    ----------
    labels : zarr.Array
    blocks : iterable
        Pairs of an index and the labels there.
    """
    for index, block in blocks:
        if block.any():
            labels[index] = block


def _attributes(ndim: int, geometry: Mapping[str, Any]) -> dict[str, Any]:
    axes = _AXES[-ndim:]
    scale = geometry.get("scale", (1.0,) * ndim)
    units = geometry.get("units", (None,) * ndim)
    sizes = {
        axis: (float(size), unit and str(unit))
        for axis, size, unit in zip(axes, scale, units, strict=True)
    }
    return label_attributes(axes, sizes, name="labels")
