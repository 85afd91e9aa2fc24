"""A mask that took a neighbour of the object along, and a boundary click between the two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import FloatArray
from boundary_click.engine.pull import SPREAD_OUT, Place, radius_of, roundness_of

_DEPTH_RATIO = 0.8
"""A mask that goes on behind a click for this many times the way from there to the selection
click, and this many times its own radius, holds a neighbour as well."""
_MIDDLE = 0.6
"""The click then lies in the middle of the bridge between the two: the way across it is this many
times as long to one side as to the other, at least. One beside the outline is about the outline."""
_CONE = 0.2
"""Cosine of half the angle of the cone that is then cut off."""


def without_neighbour(
    logits: FloatArray,
    click: Click,
    *,
    rim: float,
    inside: Click,
    anchors: tuple[Click, ...] = (),
) -> FloatArray:
    """Cut a mask off behind a boundary click if it goes on there as a second object would.

    To bend the outline round a neighbour would take many clicks.

    Parameters
    ----------
    logits : ndarray of float32, shape (R, R)
        Positive inside the object.
    click : Click
        On the grid, where the outline should be and is not.
    rim : float
        Half an image pixel, in cells.
    inside : Click
        The selection click.
    anchors : tuple of Click
        Earlier boundary clicks.

    Returns
    -------
    ndarray of float32, shape (R, R)
        ``logits`` itself unless the straight way from the selection click to the click lies
        in the mask, which goes on behind for `_DEPTH_RATIO` times as long (times the radius of
        a disk of the mask's area if that is longer), the click lies in the middle between the
        outlines on both sides of the way (the grid's edge is none), the mask is neither long nor
        branched, and the cone that opens there holds no earlier click.
    """
    position, start = np.array([click.row, click.col]), np.array([inside.row, inside.col])
    length = float(np.hypot(*(position - start)))
    if length <= 2 * rim:
        return logits
    unit = (position - start) / length
    ways = np.arange(0.0, length + _DEPTH_RATIO * max(length, radius_of(logits)))
    way = np.round(start[:, None] + unit[:, None] * ways).astype(int)
    is_on_grid = ((way >= 0) & (way < np.array([logits.shape]).T)).all()
    if not is_on_grid or not (logits[way[0], way[1]] > 0).all():
        return logits
    across = np.array([-unit[1], unit[0]])
    ways_out = (_way_in_mask(logits, position, side) for side in (across, -across))
    widths = [width for width in ways_out if width is not None]
    if len(widths) < 2 or min(widths) < _MIDDLE * max(widths):
        return logits
    if roundness_of(logits) < SPREAD_OUT:
        return logits
    places = np.array([(anchor.row, anchor.col) for anchor in anchors]).reshape(-1, 2)
    if (_depth(places - position, unit) > rim).any():
        return logits
    cells = np.moveaxis(np.indices(logits.shape), 0, -1)
    cut: FloatArray = np.minimum(logits, rim - _depth(cells - position, unit)).astype(np.float32)
    return cut


def _way_in_mask(logits: FloatArray, start: Place, unit: Place) -> int | None:
    """Return how many cells the mask goes on from a place in a direction.

    None if it reaches the grid's edge, which may be the image's.
    """
    way = np.round(start + unit * np.arange(max(logits.shape))[:, None]).astype(int)
    way = way[((way >= 0) & (way < np.array(logits.shape))).all(axis=1)]
    left = np.flatnonzero(logits[way[:, 0], way[:, 1]] <= 0)
    return int(left[0]) if left.size else None


def _depth(offsets: NDArray[np.float64], unit: Place) -> NDArray[np.float64]:
    """Return how deep positions (..., 2), seen from the apex, lie in a cone that opens to ``unit``.

    Negative outside of it.
    """
    along = offsets[..., 0] * unit[0] + offsets[..., 1] * unit[1]
    depth: NDArray[np.float64] = along - _CONE * np.hypot(offsets[..., 0], offsets[..., 1])
    return depth
