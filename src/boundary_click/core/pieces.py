"""Masks where they are not empty: rectangles of a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Where = tuple[slice, slice]
"""Rows and columns of a plane."""


class HasMask(Protocol):
    """A mask in a rectangle of a plane."""

    @property
    def where(self) -> Where:
        """Rows and columns of the plane."""

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Of the shape of ``where``."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A mask where it is not empty.

    Attributes
    ----------
    where : tuple of slice
        Rows and columns of the plane.
    mask : ndarray of bool
        Of the shape of ``where``.
    """

    where: Where
    mask: NDArray[np.bool_]

    @classmethod
    def of(cls, mask: NDArray[np.bool_], where: Where) -> Piece | None:
        """Return a mask, given in a rectangle, in its tight one; None if it is empty."""
        rows, cols = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        if not rows.size:
            return None
        inner = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
        tight = tuple(
            slice(int(part.start) + outer.start, int(part.stop) + outer.start)
            for part, outer in zip(inner, where, strict=True)
        )
        return cls((tight[0], tight[1]), mask[inner])


def union(first: Where | None, second: Where | None) -> Where | None:
    """Return the smallest rectangle that holds both; None is an empty one."""
    if first is None or second is None:
        return first or second
    rows, cols = (
        slice(min(a.start, b.start), max(a.stop, b.stop))
        for a, b in zip(first, second, strict=True)
    )
    return rows, cols


def within(inner: Where, outer: Where) -> Where:
    """Return where a rectangle lies in one that holds it."""
    rows, cols = (
        slice(a.start - b.start, a.stop - b.start) for a, b in zip(inner, outer, strict=True)
    )
    return rows, cols


def placed(piece: HasMask | None, where: Where) -> NDArray[np.bool_]:
    """Return a mask in a rectangle that holds it; None is an empty mask."""
    mask = np.zeros(size(where), dtype=bool)
    if piece is not None:
        mask[within(piece.where, where)] = piece.mask
    return mask


def size(where: Where) -> tuple[int, int]:
    """Return the height and width of a rectangle."""
    rows, cols = where
    return rows.stop - rows.start, cols.stop - cols.start
