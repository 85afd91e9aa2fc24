"""An image plane at several resolutions, so that a large window reads few pixels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boundary_click.core.planes import Plane, PlaneImage

Factors = tuple[float, float]
"""Pixels of the finest level that one pixel of a level spans, along rows and columns."""

_SAMPLES_PER_CELL = 2
"""Pixels of a level for one of the grid, at least, along each axis. With one, the level's own
averaging blurs what is seen, and masks differ from those on the finest level."""


class Pyramid:
    """An image plane at several resolutions; as an array it is the finest one.

    `Window.read` takes the coarsest level that is still finer than the window's grid.

    Parameters
    ----------
    levels : sequence of array-like, shape (H, W) or (H, W, C) each
        The finest first, as in a multiscale layer of napari; numpy, dask and zarr arrays alike.
        Pixels are not read.

    Raises
    ------
    ValueError
        If there is no level, or they are not one image from the finest level to the coarsest.

    Notes
    -----
    Pixel ``i`` of a level that is ``f`` times smaller is the mean of pixels ``f i`` to
    ``f (i + 1) - 1`` of the finest one, so its centre lies at ``(i + 0.5) f - 0.5``. ``f`` is the
    whole number that gives the level's length by rounding down or up, if there is one; else the
    level covers the image from edge to edge.
    """

    def __init__(self, levels: Sequence[Any]) -> None:
        _check_levels(levels)
        self._levels = tuple(levels)
        finest = self._levels[0]
        self.shape: tuple[int, ...] = tuple(int(length) for length in finest.shape)
        self.dtype = np.dtype(finest.dtype)
        self.ndim = len(self.shape)
        self._factors: list[Factors] = [
            (_factor(self.shape[0], level.shape[0]), _factor(self.shape[1], level.shape[1]))
            for level in self._levels
        ]

    @classmethod
    def of_plane(cls, levels: Sequence[Any], plane: Plane, *, is_rgb: bool) -> Pyramid:
        """Return one plane of an nD image, read piece by piece.

        Parameters
        ----------
        levels : sequence of array-like
            nD, the finest first; a single one if there are no more.
        plane : Plane
            Of the finest level. Of a level that has fewer planes, too, the one is taken that
            holds the middle of this.
        is_rgb : bool
            Whether the last axis holds colours.
        """
        shapes = [level.shape[:-1] if is_rgb else level.shape for level in levels]
        return cls(
            [
                PlaneImage(level, _on_level(plane, shapes[0], shape), is_rgb=is_rgb)
                for level, shape in zip(levels, shapes, strict=True)
            ]
        )

    def __getitem__(self, where: Any) -> NDArray[Any]:
        return np.asarray(self._levels[0][where])

    def level_for(self, zoom: tuple[float, float]) -> tuple[Any, Factors]:
        """Return the coarsest level that loses nothing on a grid, and its factors.

        Parameters
        ----------
        zoom : tuple of float
            Grid pixels per pixel of the finest level along rows and columns.
        """
        fine_enough = (
            index
            for index, factors in enumerate(self._factors)
            if all(f * z * _SAMPLES_PER_CELL <= 1 for f, z in zip(factors, zoom, strict=True))
        )
        chosen = max(fine_enough, default=0)
        return self._levels[chosen], self._factors[chosen]


def _factor(fine: int, coarse: int) -> float:
    """Return how many pixels of the finest level one of a coarser level spans along an axis."""
    whole = round(fine / coarse)
    return float(whole) if coarse in (fine // whole, -(-fine // whole)) else fine / coarse


def _on_level(plane: Plane, shape: Sequence[int], level: Sequence[int]) -> Plane:
    """Return the plane of a level, of this shape, that holds the middle of one of the finest."""
    at = (
        min(int((index + 0.5) / _factor(fine, coarse)), coarse - 1)
        for index, fine, coarse in zip(plane.at, shape, level, strict=True)
    )
    rows, cols = plane.axes
    return Plane((level[rows], level[cols]), plane.axes, tuple(at))


def _check_levels(levels: Sequence[Any]) -> None:
    """Check that arrays are one image at ever coarser resolutions."""
    if not len(levels):
        raise ValueError("a pyramid needs at least one level, got none; pass the image's levels")
    for finer, coarser in pairwise(tuple(level.shape) for level in levels):
        if len(coarser) != len(finer) or coarser[2:] != finer[2:]:
            raise ValueError(
                "levels of a pyramid must have the same axes and channels, got shape "
                f"{coarser} after {finer}; leave out what is not the same image"
            )
        if not all(0 < small <= large for small, large in zip(coarser, finer, strict=True)):
            raise ValueError(
                f"levels of a pyramid must go from the finest to the coarsest, got shape {coarser} "
                f"after {finer}; sort them"
            )
