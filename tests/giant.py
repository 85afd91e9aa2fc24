"""Images too large for memory: one whose pixels are made as they are read, one on disk."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import zarr
from ome_zarr_models.v05.axes import Axis
from ome_zarr_models.v05.image import ImageAttrs
from ome_zarr_models.v05.multiscales import Dataset, Multiscale

GIANT = (100_000, 100_000)
_CHUNK = 512
_FIELD = 1024
_BACKGROUND = 24


class Blob(NamedTuple):
    """A round bright object; its place and radius in pixels of the finest level."""

    row: float
    col: float
    radius: float


class VirtualImage:
    """A level of a picture of blobs; pixels are made on demand, and counted."""

    def __init__(self, blobs: list[Blob], *, factor: int = 1, channels: int = 0) -> None:
        shape = tuple(length // factor for length in GIANT)
        self.shape = (*shape, channels) if channels else shape
        self.dtype, self.ndim = np.dtype(np.uint8), len(self.shape)
        self.pixels_read = 0
        self._blobs, self._factor, self._channels = blobs, factor, channels

    def __getitem__(self, where: tuple[slice, ...]) -> np.ndarray:
        rows, cols = (
            np.arange(*part.indices(length), dtype=np.float32)
            for part, length in zip(where[:2], self.shape, strict=False)
        )
        self.pixels_read += rows.size * cols.size
        rows, cols = ((at + 0.5) * self._factor - 0.5 for at in (rows, cols))
        pixels = np.full((rows.size, cols.size), _BACKGROUND, dtype=np.uint8)
        for blob in self._blobs:
            near = [abs(at - c) <= blob.radius for at, c in ((rows, blob.row), (cols, blob.col))]
            if near[0].any() and near[1].any():
                away = np.hypot(rows[near[0], None] - blob.row, cols[near[1]] - blob.col)
                pixels[np.ix_(*near)] = np.where(away < blob.radius, 180, pixels[np.ix_(*near)])
        return np.repeat(pixels[..., None], self._channels, axis=2) if self._channels else pixels

    def __array__(self, *args, **kwargs):
        raise AssertionError("the whole image was read")


def virtual_levels(blobs: list[Blob], *, channels: int = 0) -> list[VirtualImage]:
    """Return the levels of a virtual image, each half as large as the one before."""
    return [VirtualImage(blobs, factor=2**level, channels=channels) for level in range(8)]


def write_giant_image(
    folder: Path, shape: tuple[int, int] = GIANT, seed: int = 0, *, fields: int = 6
) -> list[Blob]:
    """Write a multiscale OME-Zarr of nuclei that lie in a few places; all else takes no space.

    Parameters
    ----------
    folder : Path
        Must not exist.
    shape : tuple of int
        (H, W), at least 1024 each.
    seed : int
        Of places and sizes.
    fields : int
        Squares of 1024 pixels with nuclei, the first in the middle of the image.

    Returns
    -------
    list of Blob
        The nuclei.
    """
    rng = np.random.default_rng(seed)
    shapes = [shape]
    while max(shapes[-1]) > 1024:
        shapes.append((math.ceil(shapes[-1][0] / 2), math.ceil(shapes[-1][1] / 2)))
    group = zarr.create_group(folder, zarr_format=3)
    levels = [
        group.create_array(
            str(index),
            shape=of_level,
            dtype=np.uint8,
            chunks=(_CHUNK, _CHUNK),
            fill_value=_BACKGROUND,
            dimension_names=("y", "x"),
        )
        for index, of_level in enumerate(shapes)
    ]
    group.attrs["ome"] = _attributes(len(levels)).model_dump(by_alias=True, exclude_none=True)
    grid = [length // _FIELD for length in shape]
    corners = {(grid[0] // 2 * _FIELD, grid[1] // 2 * _FIELD): None}
    while len(corners) < min(fields, grid[0] * grid[1]):
        corners[tuple(int(rng.integers(count)) * _FIELD for count in grid)] = None
    nuclei = []
    for top, left in corners:
        pixels, blobs = _field(rng)
        nuclei += [Blob(row + top, col + left, radius) for row, col, radius in blobs]
        _write_field(levels, pixels, top, left)
    return nuclei


def _field(rng: np.random.Generator) -> tuple[np.ndarray, list[Blob]]:
    """Return a square with a nucleus at every place of a loose grid."""
    pixels = np.full((_FIELD, _FIELD), _BACKGROUND, dtype=np.float32)
    blobs, pitch = [], 64
    for row, col in np.argwhere(np.ones((_FIELD // pitch, _FIELD // pitch))) * pitch + pitch / 2:
        blob = Blob(*(np.array([row, col]) + rng.uniform(-8, 8, 2)), rng.uniform(10, 22))
        at = slice(int(row - pitch / 2), int(row + pitch / 2))
        across = slice(int(col - pitch / 2), int(col + pitch / 2))
        rows, cols = np.mgrid[at, across]
        depth = blob.radius - np.hypot(rows - blob.row, cols - blob.col)
        brightness = rng.uniform(90, 190)
        pixels[at, across] += brightness * np.clip(depth / 3 + 0.5, 0, 1)
        blobs.append(blob)
    pixels += rng.integers(0, 3, pixels.shape) * 4
    return pixels.astype(np.uint8), blobs


def _write_field(levels: list[zarr.Array], pixels: np.ndarray, top: int, left: int) -> None:
    values = pixels.astype(np.float32)
    for index, level in enumerate(levels):
        if index:
            side = values.shape[0] // 2
            values = values.reshape(side, 2, side, 2).mean(axis=(1, 3))
        row, col = top >> index, left >> index
        level[row : row + len(values), col : col + len(values)] = values.round().astype(np.uint8)


def _attributes(levels: int) -> ImageAttrs:
    return ImageAttrs(
        version="0.5",
        multiscales=[
            Multiscale(
                axes=tuple(Axis(name=name, type="space", unit="micrometer") for name in "yx"),
                datasets=tuple(
                    Dataset.build(
                        path=str(level),
                        scale=[0.25 * 2**level] * 2,
                        translation=[0.25 * (2**level - 1) / 2] * 2,
                    )
                    for level in range(levels)
                ),
            )
        ],
    )
