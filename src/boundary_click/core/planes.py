"""The plane of an image that is on screen, and how points of a layer map to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Index = tuple[Any, ...]
Point = Sequence[float] | NDArray[np.float64]


class PlaneError(ValueError):
    """The view or the point does not lie on one plane of the image."""


@dataclass(frozen=True, slots=True)
class Plane:
    """One 2D plane of an nD array.

    Attributes
    ----------
    shape : tuple of int
        (H, W): the lengths along ``axes``.
    axes : tuple of int
        Axis of the array that runs along rows, and along columns, of the screen.
    at : tuple of int
        Index on every axis; those on ``axes`` mean nothing and are 0.
    """

    shape: tuple[int, int]
    axes: tuple[int, int]
    at: tuple[int, ...]

    @classmethod
    def through(cls, point: Point, shape: Sequence[int], displayed: Sequence[int]) -> Plane:
        """Return the displayed plane that holds a point.

        Parameters
        ----------
        point : sequence of float
            In pixels of the array; integers are pixel centres.
        shape : sequence of int
            Of the array, without colour channels.
        displayed : sequence of int
            The two axes on screen, that of rows first.

        Raises
        ------
        PlaneError
            If not two axes of the array are displayed or the array has no such plane.
        """
        if len(displayed) != 2:
            raise PlaneError("clicks need the 2D view; press the 2D/3D button below the layer list")
        if min(displayed) < 0:
            raise PlaneError(
                "the view shows an axis that the image does not have; "
                "bring the image's own two axes to the screen"
            )
        rows, cols = displayed
        at = [0 if axis in displayed else round(value) for axis, value in enumerate(point)]
        if not all(0 <= index < length for index, length in zip(at, shape, strict=True)):
            raise PlaneError(
                "the image has no plane at this slider position; move the slider to the image"
            )
        return cls((shape[rows], shape[cols]), (rows, cols), tuple(at))

    def beside(self, axis: int, at: int) -> Plane:
        """Return the plane at another place of an axis that is not on screen."""
        return Plane(self.shape, self.axes, (*self.at[:axis], at, *self.at[axis + 1 :]))

    def locate(self, point: Point) -> tuple[float, float]:
        """Return (row, col) of a point of the array."""
        return float(point[self.axes[0]]), float(point[self.axes[1]])

    def point(self, row: float, col: float) -> tuple[float, ...]:
        """Return the point of the array at (row, col)."""
        point = [float(index) for index in self.at]
        point[self.axes[0]], point[self.axes[1]] = row, col
        return tuple(point)

    def index(self, rows: Any, cols: Any) -> _Index:
        """Return the index of an nD array for rows and columns of the plane, slices or integers."""
        index: list[Any] = list(self.at)
        index[self.axes[0]], index[self.axes[1]] = rows, cols
        return tuple(index)

    def indices(self, rows: NDArray[np.intp], cols: NDArray[np.intp]) -> _Index:
        """Return arrays, one an axis, that index single pixels of the plane."""
        index: list[Any] = [np.full(rows.shape, position) for position in self.at]
        index[self.axes[0]], index[self.axes[1]] = rows, cols
        return tuple(index)

    def read(self, data: Any, rows: slice, cols: slice) -> NDArray[Any]:
        """Return a piece of the plane, shape (h, w) or (h, w, C)."""
        piece = np.asarray(data[self.index(rows, cols)])
        return piece.swapaxes(0, 1) if self.axes[0] > self.axes[1] else piece


class PlaneImage:
    """A plane of an image as the engine takes it: read piece by piece, never as a whole.

    Parameters
    ----------
    data : array-like
        nD numpy, dask or zarr array.
    plane : Plane
        Which plane.
    is_rgb : bool
        Whether the last axis holds colours.
    """

    def __init__(self, data: Any, plane: Plane, *, is_rgb: bool) -> None:
        self._data = data
        self._plane = plane
        self.dtype = np.dtype(data.dtype)
        self.shape = (*plane.shape, int(data.shape[-1])) if is_rgb else plane.shape
        self.ndim = len(self.shape)

    def __getitem__(self, where: tuple[slice, slice]) -> NDArray[Any]:
        return self._plane.read(self._data, *where)


def displayed_axes(layer_ndim: int, viewer_ndim: int, displayed: Sequence[int]) -> tuple[int, ...]:
    """Return the axes of a layer that are on screen; negative where it has no such axis.

    A layer with fewer axes than the viewer has the viewer's last ones.
    """
    return tuple(int(axis) - (viewer_ndim - layer_ndim) for axis in displayed)
