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


class Pyramid:
    """An image plane at several resolutions; as an array it is the finest one.

    `Window.read` takes the coarsest level that is still as fine as the window's grid.

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
    All levels cover the same area, edge to edge, each of their pixels ``f = H / H_level`` rows
    (likewise columns) of the finest level. So pixel ``i`` of a level has its centre at
    ``(i + 0.5) * f - 0.5``, as where boxes of pixels are averaged; ``f`` may be any number.
    """

    def __init__(self, levels: Sequence[Any]) -> None:
        _check_levels(levels)
        self._levels = tuple(levels)
        finest = self._levels[0]
        self.shape: tuple[int, ...] = tuple(int(length) for length in finest.shape)
        self.dtype = np.dtype(finest.dtype)
        self.ndim = len(self.shape)
        self._factors = [
            (self.shape[0] / level.shape[0], self.shape[1] / level.shape[1]) for level in levels
        ]

    @classmethod
    def of_plane(cls, levels: Sequence[Any], plane: Plane, *, is_rgb: bool) -> Pyramid:
        """Return one plane of an nD image, read piece by piece.

        Parameters
        ----------
        levels : sequence of array-like
            nD, the finest first; a single one if there are no more.
        plane : Plane
            Of the finest level. Where coarser levels have fewer planes, too, the one is taken
            that holds its middle.
        is_rgb : bool
            Whether the last axis holds colours.
        """
        shapes = [level.shape[:-1] if is_rgb else level.shape for level in levels]
        planes = [plane.on_level(shapes[0], shape) for shape in shapes]
        return cls(
            [
                PlaneImage(level, on_level, is_rgb=is_rgb)
                for level, on_level in zip(levels, planes, strict=True)
            ]
        )

    def __getitem__(self, where: Any) -> NDArray[Any]:
        return np.asarray(self._levels[0][where])

    def level_for(self, zoom: tuple[float, float]) -> tuple[Any, Factors]:
        """Return the coarsest level that loses nothing at a zoom, and its factors.

        Parameters
        ----------
        zoom : tuple of float
            Grid pixels per pixel of the finest level along rows and columns.
        """
        fine_enough = (
            index
            for index, factors in enumerate(self._factors)
            if all(factor * scale <= 1 for factor, scale in zip(factors, zoom, strict=True))
        )
        chosen = max(fine_enough, default=0)
        return self._levels[chosen], self._factors[chosen]


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
