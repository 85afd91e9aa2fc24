"""Resampling along the axes of an image, by one sparse matrix each.

Positions are edge coordinates: integers lie at pixel edges.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_MAX_SAMPLES_PER_PIXEL = 4
"""A window reads at most this many source pixels per grid pixel and axis."""


def source_range(start: float, stop: float, length: int, size: int) -> tuple[slice, int]:
    """Return the source pixels a window axis needs, and the step to read them with."""
    step = max(1, int((stop - start) / size / _MAX_SAMPLES_PER_PIXEL))
    reach = max(1.0, (stop - start) / size) + 1
    first = min(max(0, int(np.floor(start - reach))), length - 1)
    last = max(min(length, int(np.ceil(stop + reach))), first + 1)
    return slice(first, last), step


def resampling(
    source: slice, step: int, start: float, stop: float, size: int, extend: bool
) -> sparse.csr_array:
    """Return the (size, source pixels) weights of one axis of `Window.read`."""
    scale = (stop - start) / size
    centres = start + (np.arange(size) + 0.5) * scale
    count = len(range(source.start, source.stop, step))
    first = source.start + 0.5
    reach = max(scale, float(step))
    # Where the window ends beyond the image, look at the nearest pixel instead.
    looked_at = np.clip(centres, first, first + step * (count - 1)) if extend else centres
    places = (looked_at - first) / step
    width = reach / step
    index = np.ceil(places - width).astype(int)[:, None] + np.arange(int(2 * width) + 1)
    weights = np.maximum(0.0, 1.0 - np.abs(places[:, None] - index) / width)
    inside = np.where((index >= 0) & (index < count), weights, 0.0)
    # What pixels beyond the image would weigh counts too, unless the nearest ones stand for them.
    total = (inside if extend else weights).sum(axis=1, keepdims=True)
    return _sparse(inside / total, np.clip(index, 0, count - 1), count)


def _sparse(weights: NDArray[Any], index: NDArray[np.int64], count: int) -> sparse.csr_array:
    """Return a (rows, count) matrix from the weights (rows, k) of each row and where they stand."""
    rows, each = weights.shape
    places = np.arange(0, rows * each + 1, each)
    return sparse.csr_array((weights.ravel(), index.ravel(), places), shape=(rows, count))


def weighed(rows: sparse.csr_array, values: NDArray[Any], cols: sparse.csr_array) -> NDArray[Any]:
    """Return ``rows @ values @ cols.T`` of each channel, in the values' own type.

    The matrices are sparse not only for speed: a dense product wakes the threads of numpy's
    linear algebra, which then spin for a while and take the processor from torch.
    """
    (high, height), (wide, width), channels = rows.shape, cols.shape, values.shape[2:]
    rows, cols = rows.astype(values.dtype), cols.astype(values.dtype)
    half = (rows @ values.reshape(height, -1)).reshape(high, width, *channels)
    whole = cols @ half.swapaxes(0, 1).reshape(width, high * math.prod(channels))
    return np.ascontiguousarray(whole.reshape(wide, high, *channels).swapaxes(0, 1))


def centres(start: float, stop: float, length: int) -> slice:
    """Return the image pixels whose centres lie between two edges."""
    first = max(0, int(np.ceil(start - 0.5)))
    last = min(length, int(np.floor(stop - 0.5)) + 1)
    return slice(first, max(first, last))


def interpolation(pixels: slice, start: float, zoom: float, size: int) -> sparse.csr_array:
    """Return the (pixels, size) weights of linear interpolation of one axis of `Window.write`."""
    at = (np.arange(pixels.start, pixels.stop) + 0.5 - start) * zoom - 0.5
    at = np.clip(at, 0, size - 1)
    low = np.minimum(at.astype(int), size - 2)
    weights = np.stack([1 - (at - low), at - low], axis=1)
    return _sparse(weights, np.stack([low, low + 1], axis=1), size)
