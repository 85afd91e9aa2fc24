"""Boxes and windows: where a piece of an image lies and how it maps to a pixel grid.

Two coordinate systems are in use, and the half pixel between them lives here only.
*Pixel coordinates* have integers at pixel centres (clicks, napari). *Edge coordinates*
have integers at pixel edges, so that an image of H rows spans ``[0, H]`` (boxes);
``edge = pixel + 0.5``. Everything is in (row, col) order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boundary_click.core.clicks import Click
from boundary_click.core.pyramid import Pyramid
from boundary_click.core.resampling import centres, interpolation, resampling, source_range, weighed

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_TINY = 1e-6
"""What the arithmetic of edges may be off by, in pixels."""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle in edge coordinates.

    Parameters
    ----------
    top, left, bottom, right : float
        Edges in pixels; ``Box(0, 0, H, W)`` covers a whole ``(H, W)`` image.
    """

    top: float
    left: float
    bottom: float
    right: float

    @property
    def height(self) -> float:
        """Rows covered, in pixels."""
        return self.bottom - self.top

    @property
    def width(self) -> float:
        """Columns covered, in pixels."""
        return self.right - self.left

    @property
    def side(self) -> float:
        """The longer of the two sides, in pixels."""
        return max(self.height, self.width)

    @property
    def centre(self) -> tuple[float, float]:
        """Centre as (row, col) in edge coordinates."""
        return (self.top + self.bottom) / 2, (self.left + self.right) / 2

    @classmethod
    def of_image(cls, shape: tuple[int, ...]) -> Box:
        """Return the box of a whole ``(H, W, ...)`` image."""
        return cls(0, 0, shape[0], shape[1])

    @classmethod
    def of_mask(cls, mask: NDArray[Any]) -> Box | None:
        """Return the tight box of the true pixels of an ``(H, W)`` mask, None if empty."""
        rows = np.flatnonzero(mask.any(axis=1))
        cols = np.flatnonzero(mask.any(axis=0))
        if rows.size == 0:
            return None
        return cls(float(rows[0]), float(cols[0]), float(rows[-1] + 1), float(cols[-1] + 1))

    @classmethod
    def square(cls, row: float, col: float, side: float) -> Box:
        """Return a square of the given side round a centre in edge coordinates."""
        half = side / 2
        return cls(row - half, col - half, row + half, col + half)

    def padded(self, pad: float) -> Box:
        """Return the box relaxed by ``pad`` pixels on every side."""
        return Box(self.top - pad, self.left - pad, self.bottom + pad, self.right + pad)

    def union(self, other: Box) -> Box:
        """Return the smallest box that holds both."""
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    def intersection(self, other: Box) -> Box:
        """Return the common part; it may have no area."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        return Box(
            top,
            left,
            max(top, min(self.bottom, other.bottom)),
            max(left, min(self.right, other.right)),
        )

    def contains(self, other: Box) -> bool:
        """Whether the other box lies wholly in this one."""
        return (
            self.top <= other.top
            and self.left <= other.left
            and self.bottom >= other.bottom
            and self.right >= other.right
        )

    def holds(self, click: Click, margin: float = 0.0, *, within: Box | None = None) -> bool:
        """Whether a click lies in the box, at least ``margin`` pixels from its edge.

        No margin is asked for beyond ``within``, the image say.
        """
        row, col = click.row + 0.5, click.col + 0.5
        needed = Box(row, col, row, col).padded(margin)
        if within is not None:
            needed = needed.intersection(within)
        return self.padded(_TINY).contains(needed)

    def shifted(self, rows: float, cols: float) -> Box:
        """Return the box moved by a number of rows and columns."""
        return Box(self.top + rows, self.left + cols, self.bottom + rows, self.right + cols)

    def shifted_into(self, outer: Box) -> Box:
        """Return the box moved, not cut, into ``outer``; centred on an axis where it is larger."""
        top = _shift(self.top, self.height, outer.top, outer.bottom)
        left = _shift(self.left, self.width, outer.left, outer.right)
        return self.shifted(top - self.top, left - self.left)

    def shrunk(self, rows: float, cols: float) -> Box:
        """Return the box in edge coordinates of an image so many times smaller."""
        return Box(self.top / rows, self.left / cols, self.bottom / rows, self.right / cols)

    def pixels(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Return slices of the whole pixels of an ``(H, W, ...)`` image that the box touches."""
        return (
            slice(max(0, int(np.floor(self.top))), min(shape[0], int(np.ceil(self.bottom)))),
            slice(max(0, int(np.floor(self.left))), min(shape[1], int(np.ceil(self.right)))),
        )


def _shift(start: float, length: float, low: float, high: float) -> float:
    if length >= high - low:
        return (low + high - length) / 2
    return min(max(start, low), high - length)


@dataclass(frozen=True, slots=True)
class Window:
    """A box of an image seen through a grid of ``size`` x ``size`` pixels.

    The map is a crop and a zoom, one factor an axis; rotation never enters.

    Parameters
    ----------
    box : Box
        What the window shows, in edge coordinates of the image.
    size : int
        Grid pixels along each axis.
    """

    box: Box
    size: int

    @property
    def zoom(self) -> tuple[float, float]:
        """Grid pixels per image pixel along rows and columns."""
        return self.size / self.box.height, self.size / self.box.width

    def forward(self, row: float, col: float) -> tuple[float, float]:
        """Map pixel coordinates of the image to pixel coordinates of the grid."""
        zoom_row, zoom_col = self.zoom
        return (
            (row + 0.5 - self.box.top) * zoom_row - 0.5,
            (col + 0.5 - self.box.left) * zoom_col - 0.5,
        )

    def inverse(self, row: float, col: float) -> tuple[float, float]:
        """Map pixel coordinates of the grid to pixel coordinates of the image."""
        zoom_row, zoom_col = self.zoom
        return (
            (row + 0.5) / zoom_row + self.box.top - 0.5,
            (col + 0.5) / zoom_col + self.box.left - 0.5,
        )

    def to_grid(self, clicks: tuple[Click, ...]) -> tuple[Click, ...]:
        """Return the clicks in pixel coordinates of the grid."""
        return tuple(Click(*self.forward(c.row, c.col), c.kind) for c in clicks)

    def box_to_grid(self, box: Box) -> Box:
        """Return a box of the image in edge coordinates of the grid."""
        (zr, zc), (top, left) = self.zoom, (self.box.top, self.box.left)
        return Box(
            (box.top - top) * zr,
            (box.left - left) * zc,
            (box.bottom - top) * zr,
            (box.right - left) * zc,
        )

    def box_to_image(self, box: Box) -> Box:
        """Return a box of the grid in edge coordinates of the image."""
        (zr, zc), (top, left) = self.zoom, (self.box.top, self.box.left)
        return Box(
            box.top / zr + top, box.left / zc + left, box.bottom / zr + top, box.right / zc + left
        )

    def read(self, image: Any, *, outside: float | None = None) -> NDArray[Any]:
        """Resample the window's content onto its grid.

        Parameters
        ----------
        image : array-like, shape (H, W) or (H, W, C), or Pyramid
            Only the pixels under the window are read, so a lazy array stays lazy. A
            window that shrinks the image by much reads every n-th pixel, of a pyramid
            the level that suits it.
        outside : float, optional
            Value outside the image; by default the nearest pixel's.

        Returns
        -------
        ndarray of float32 or float64, shape (size, size) or (size, size, C)
            Linear interpolation where the window enlarges, averaging (a triangle
            filter) where it shrinks. In float32 where that holds every value of the
            image's type, such as 8 and 16 bit integers; else in float64, so that small
            contrasts on a large offset are kept.
        """
        if isinstance(image, Pyramid):
            level, factors = image.level_for(self.zoom)
            return Window(self.box.shrunk(*factors), self.size).read(level, outside=outside)
        shape = (int(image.shape[0]), int(image.shape[1]))
        rows, row_step = source_range(self.box.top, self.box.bottom, shape[0], self.size)
        cols, col_step = source_range(self.box.left, self.box.right, shape[1], self.size)
        block = np.asarray(
            image[rows.start : rows.stop : row_step, cols.start : cols.stop : col_step]
        )
        is_exact = np.can_cast(block.dtype, np.float32)
        dtype: np.dtype[Any] = np.dtype(np.float32 if is_exact else np.float64)
        block = block.astype(dtype, copy=False)
        weigh_rows = resampling(
            rows, row_step, self.box.top, self.box.bottom, self.size, outside is None
        )
        weigh_cols = resampling(
            cols, col_step, self.box.left, self.box.right, self.size, outside is None
        )
        shift = dtype.type(outside or 0)
        shifted = weighed(weigh_rows, block - shift if shift else block, weigh_cols)
        shown: NDArray[Any] = shifted + shift
        return shown

    def write(
        self, grid: FloatArray, shape: tuple[int, int]
    ) -> tuple[tuple[slice, slice], FloatArray]:
        """Resample a grid back onto the image's pixels.

        Parameters
        ----------
        grid : ndarray of float32, shape (size, size)
        shape : tuple of int
            ``(H, W)`` of the image.

        Returns
        -------
        where : tuple of slice
            The image pixels whose centres lie in the window.
        values : ndarray of float32
            Their values by linear interpolation, of the shape of ``where``.
        """
        where = (
            centres(self.box.top, self.box.bottom, shape[0]),
            centres(self.box.left, self.box.right, shape[1]),
        )
        zoom_row, zoom_col = self.zoom
        weigh_rows = interpolation(where[0], self.box.top, zoom_row, self.size)
        weigh_cols = interpolation(where[1], self.box.left, zoom_col, self.size)
        return where, weighed(weigh_rows, grid.astype(np.float32, copy=False), weigh_cols)
