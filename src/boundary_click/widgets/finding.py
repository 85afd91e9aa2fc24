"""The object of a Labels layer that lies under a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Labels
from scipy import ndimage

from boundary_click.core.clicks import Click
from boundary_click.core.pieces import Piece
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord, Part
from boundary_click.widgets.masks import Target
from boundary_click.widgets.pixels import pixels_of_labels
from boundary_click.widgets.workers import message_of

_FIRST_REACH = 64
"""Pixels to each side of the click that are read at first."""
_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """An object of a Labels layer.

    Attributes
    ----------
    object_id : int
    piece : Piece
        Its pixels, in their tight box.
    """

    object_id: int
    piece: Piece


def object_at(data: Any, plane: Plane, click: Click) -> Found | None:
    """Return the object under a click, None if there is none.

    Parameters
    ----------
    data : array-like
        Of the Labels layer, numpy or lazy.
    plane : Plane
        The plane that was clicked.
    click : Click
        On the plane.

    Notes
    -----
    The object is what hangs together, diagonals included. Another part with the same id, as in
    a layer that marks all cells by 1, is another object. A square round the click is read, and
    one twice as large while the object runs out of it: never the whole plane for a small object.
    """
    row, col = round(click.row), round(click.col)
    reach = _FIRST_REACH
    while True:
        where = _around(row, col, reach, plane.shape)
        values = plane.read(data, *where)
        at = row - where[0].start, col - where[1].start
        object_id = int(values[at])
        if object_id == 0:
            return None
        parts, _ = ndimage.label(values == object_id, structure=_EIGHT_NEIGHBOURS)
        part = parts == parts[at]
        if not _runs_out(part, where, plane.shape):
            piece = Piece.of(part, where)
            assert piece is not None  # it holds the click
            return Found(object_id, piece)
        reach *= 2


def find(labels: Labels, plane: Plane, click: Click) -> Found:
    """Return the object of a Labels layer under a click.

    Raises
    ------
    ValueError
        If there is none, or the layer cannot be read.
    """
    name = labels.name
    try:
        found = object_at(pixels_of_labels(labels).array, plane, click)
    except Exception as error:  # the array may be of any library
        raise ValueError(f"labels {name!r} could not be read: {message_of(error)}") from error
    if found is None:
        raise ValueError(f"there is no object in labels {name!r} there; click on one")
    return found


def piece_of(target: Target, record: ObjectRecord, part: Part) -> Piece | None:
    """Return the pixels that an accepted object has on a plane now, None if it has none."""
    if part.where is None:
        return None
    return Piece.of(target.read(part.plane, part.where) == record.object_id, part.where)


def _around(row: int, col: int, reach: int, shape: tuple[int, int]) -> tuple[slice, slice]:
    rows, cols = (
        slice(max(0, at - reach), min(length, at + reach + 1))
        for at, length in zip((row, col), shape, strict=True)
    )
    return rows, cols


def _runs_out(part: Any, where: tuple[slice, slice], shape: tuple[int, int]) -> bool:
    """Whether a part touches a side of a rectangle that is not one of the plane's."""
    for axis, (along, length) in enumerate(zip(where, shape, strict=True)):
        first, last = (part.take(end, axis=axis).any() for end in (0, -1))
        if (along.start > 0 and first) or (along.stop < length and last):
            return True
    return False
