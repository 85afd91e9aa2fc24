"""What one boundary click says of the rest of the outline, on the grid of a crop.

Where an object fades out, the selection network may put the outline too far out or too far in
all round. Its own logit at a boundary click then says at which level the object ends, and not
only there.

A mask is a logit map here: positive inside, its zero level is the outline. Positions are in
cells of the grid.
"""

from __future__ import annotations

import numpy as np

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import FloatArray
from boundary_click.engine.pull import (
    SPREAD_OUT,
    TOLERANCE,
    Place,
    hold,
    radius_of,
    roundness_of,
    value_at,
    wanted_step,
)

_SHARE = 0.3
"""Share of the level at the click that is taken off beside it."""
_WIDTH_RATIO = 2.0
"""Standard deviation of the likeness round a place, over the object's radius."""
_ROUND = 0.5
"""The likeness grows with the mask's roundness from none at `SPREAD_OUT` to all of it here: in long
and branched objects one error says little of others."""


def shift_level(logits: FloatArray, click: Click, *, rim: float, inside: Click) -> FloatArray:
    """Bring the level of a logit map at a boundary click nearer to zero, and all round with it.

    Parameters
    ----------
    logits : ndarray of float32, shape (R, R)
    click : Click
        On the grid; the clicked pixel is the object's outermost.
    rim : float
        Half an image pixel, in cells.
    inside : Click
        The selection click, where the level stays.

    Returns
    -------
    ndarray of float32, shape (R, R)
        ``logits`` itself if the mask is empty or its outline within `TOLERANCE` of the click.
    """
    pull = wanted_step(logits, click, rim=rim, inside=inside)
    if pull is None:
        return logits
    place, step = pull
    if np.hypot(*step) <= TOLERANCE:
        return logits
    follow = _SHARE * _likeness(logits, place) * hold(logits.shape, (inside,), place)
    shifted: FloatArray = (logits - value_at(logits, *place) * follow).astype(np.float32)
    return shifted


def _likeness(logits: FloatArray, place: Place) -> FloatArray:
    """Return how much an error of the outline at a place is expected elsewhere too, in [0, 1]."""
    whole = np.clip((roundness_of(logits) - SPREAD_OUT) / (_ROUND - SPREAD_OUT), 0, 1)
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    squared = (rows - place[0]) ** 2 + (cols - place[1]) ** 2
    width = _WIDTH_RATIO * radius_of(logits)
    like: FloatArray = (whole * np.exp(-0.5 * squared / width**2)).astype(np.float32)
    return like
