"""What a boundary click says of the rest of the outline, on the grid of a crop.

Where an object fades out, the selection network may put the outline too far out or too far in
all round. Its own logit at a boundary click then says at which level the object ends, and not
only there. How far each other place follows, the refinement head has learned.

A mask is a logit map here: positive inside, its zero level is the outline. Positions are in
cells of the grid.
"""

from __future__ import annotations

import numpy as np

from boundary_click.core.clicks import Click, of_kind
from boundary_click.core.geometry import FloatArray
from boundary_click.engine.pull import TOLERANCE, hold, value_at, wanted_step


def level_map(logits: FloatArray, clicks: tuple[Click, ...], *, rim: float) -> FloatArray:
    """Return what each cell's logit would lose, did it follow the level at the latest click.

    Parameters
    ----------
    logits : ndarray of float32, shape (R, R)
        The mask before the latest click.
    clicks : tuple of Click
        On the grid, the selection click first, the latest last.
    rim : float
        Half an image pixel, in cells.

    Returns
    -------
    ndarray of float32, shape (R, R)
        Of one sign; falls to 0 at the selection click and at earlier boundary clicks. All 0 if
        the latest click is no boundary click, if the outline is within `TOLERANCE` of it, or if
        the mask is empty.
    """
    *earlier, latest = clicks
    nothing = np.zeros(logits.shape, dtype=np.float32)
    if latest.kind != "boundary":
        return nothing
    pull = wanted_step(logits, latest, rim=rim, inside=clicks[0])
    if pull is None:
        return nothing
    place, step = pull
    if np.hypot(*step) <= TOLERANCE:
        return nothing
    anchors = (clicks[0], *of_kind(tuple(earlier), "boundary"))
    free = np.minimum(hold(logits.shape, anchors, place), 1.0)
    level: FloatArray = (value_at(logits, *place) * free).astype(np.float32)
    return level
