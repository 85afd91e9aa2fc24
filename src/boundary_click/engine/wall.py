"""Boundary clicks side by side are a wall: what hangs behind it is no part of the object.

A user who clicks along the line between two objects that the mask has taken for one means that
line, though no single click says so. A mask is a logit map here: positive inside, its zero level
is the outline. Positions are in cells of the grid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from skimage.draw import line

from boundary_click.core.arrays import components
from boundary_click.core.clicks import Click, of_kind
from boundary_click.core.geometry import BoolArray, FloatArray
from boundary_click.engine.pull import cell_of, radius_of

_LINK_RATIO = 0.5
"""Clicks this near to each other are of one wall, as a share of the radius of a disk of the mask's
area."""
_LEAST = 3
"""Clicks of a wall; two may lie side by side by chance."""
_SHARE = 0.15
"""A smaller part of the mask than this share of its area is no object of its own, and stays."""
_THICKNESS = 0.75
"""A wall reaches this many image pixels to both sides: more would cut thin objects in two."""


def without_walled_off(logits: FloatArray, clicks: tuple[Click, ...], *, rim: float) -> FloatArray:
    """Take away the parts of a mask that a wall of boundary clicks parts from the selection click.

    Parameters
    ----------
    logits : ndarray of float32, shape (R, R)
        Positive inside the object.
    clicks : tuple of Click
        On the grid, the selection click first. The wall is that of the latest.
    rim : float
        Half an image pixel, in cells.

    Returns
    -------
    ndarray of float32, shape (R, R)
        ``logits`` itself if there is no wall, or it parts nothing. A part stays that holds a
        positive click, or beside which there is a boundary click of another wall, or that is
        small.
    """
    boundary = of_kind(clicks, "boundary")
    if len(boundary) < _LEAST or boundary[-1] is not clicks[-1] or not (logits > 0).any():
        return logits
    places = np.array([(click.row, click.col) for click in boundary])
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    is_linked = apart <= max(_LINK_RATIO * radius_of(logits), 3 * rim)
    walls = connected_components(csr_array(is_linked), directed=False)[1]
    own = walls == walls[-1]
    if np.count_nonzero(own) < _LEAST:
        return logits
    pairs = np.argwhere(np.triu(is_linked, 1) & own[:, None])
    barrier = _near(places[pairs], logits.shape, 2 * rim * _THICKNESS)
    others = [click for click, is_own in zip(boundary, own, strict=True) if not is_own]
    return _without_parts(logits, barrier, (*of_kind(clicks, "positive"), *others))


def _near(segments: NDArray[np.float64], shape: tuple[int, ...], distance: float) -> BoolArray:
    """Return the cells within a distance of any of some segments, (N, 2 ends, 2 coordinates)."""
    is_free = np.ones(shape, dtype=bool)
    last = np.array(shape) - 1
    for start, stop in np.clip(np.round(segments), 0, last).astype(int):
        is_free[line(*start, *stop)] = False  # type: ignore[no-untyped-call]
    near: BoolArray = ndimage.distance_transform_edt(is_free) <= distance
    return near


def _without_parts(logits: FloatArray, barrier: BoolArray, kept: tuple[Click, ...]) -> FloatArray:
    """Take away the parts of a mask behind a barrier that none of some clicks lies in or beside."""
    labels, count = components((logits > 0) & ~barrier)
    if count < 2:
        return logits
    held: set[int] = set()
    for click in kept:
        row, col = cell_of(click, labels.shape)
        held.update(np.unique(labels[max(0, row - 2) : row + 3, max(0, col - 2) : col + 3]))
    if not held - {0}:
        return logits
    areas = np.bincount(labels.ravel())
    held |= {int(i) for i in np.flatnonzero(areas < _SHARE * np.count_nonzero(logits > 0))}
    surplus = (labels > 0) & ~np.isin(labels, sorted(held))
    return np.where(surplus, -np.abs(logits) - 0.1, logits).astype(np.float32)
