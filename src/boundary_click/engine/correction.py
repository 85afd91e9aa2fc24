"""Local correction of a mask by one click, on the grid of a crop.

A boundary click says that the outline passes through it. That alone moves the mask, before
any network has a say: the part of the outline nearest to the click is pulled there, and the
farther from the click, the less anything moves. A trained head then adds what it knows of
the image, again only within the click's reach; this is why a further click cannot spoil the
mask elsewhere.

A mask is a logit map here: positive inside, its zero level is the outline. Positions are in
cells of the grid.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from boundary_click.core.arrays import components
from boundary_click.core.clicks import Click, of_kind
from boundary_click.core.geometry import BoolArray, FloatArray

TOLERANCE = 0.75
"""An outline this near to a boundary click, in cells, is left as it is."""

_MIN_SPREAD = 2.5
"""Standard deviation of the smallest pull, in cells."""
_SPREAD_RATIO = 0.8
"""Standard deviation of a pull over its length; below 0.61 the grid would fold over."""
_MIN_REACH = 7.0
_REACH_RATIO = 2.0
"""A correction reaches ``_MIN_REACH + _REACH_RATIO * error`` cells from its click."""
_FADE = 0.5
"""Beyond its reach a correction fades over this share of the reach."""
_SMALL_HOLE = 0.05
_NEAR = 2.0
"""A click this near to a region, in cells, counts as one in it."""


def pull_outline(logits: FloatArray, click: Click, *, rim: float) -> FloatArray:
    """Bend a logit map so that its outline passes by a boundary click.

    Parameters
    ----------
    logits : ndarray of float32, shape (R, R)
    click : Click
        On the grid; the clicked pixel is the object's outermost.
    rim : float
        Distance from the centre of the clicked pixel to the outline outside it: half an
        image pixel, in cells.

    Returns
    -------
    ndarray of float32, shape (R, R)
        ``logits`` itself where the outline already is within `TOLERANCE`.
    """
    error = outline_error(logits, click, rim=rim)
    if error is None:
        return _stamp(logits, click, rim)
    shift_row, shift_col = error
    length = float(np.hypot(shift_row, shift_col))
    if length <= TOLERANCE:
        return logits
    spread = max(_MIN_SPREAD, _SPREAD_RATIO * length)
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    squared = (rows - click.row) ** 2 + (cols - click.col) ** 2
    fall = np.exp(-0.5 * squared / spread**2)
    at = np.stack([rows + shift_row * fall, cols + shift_col * fall])
    bent: FloatArray = ndimage.map_coordinates(logits, at, order=1, mode="nearest")
    return bent


def outline_error(
    logits: FloatArray, click: Click, *, rim: float
) -> tuple[float, float] | None:
    """Return the (row, col) step from a boundary click to where the outline is instead.

    None if there is no outline, because the mask is empty or fills the grid.
    """
    row, col = _cell(click, logits.shape)
    is_inside = bool(logits[row, col] > 0)
    across = np.argwhere((logits > 0) != is_inside)
    if across.size == 0:
        return None
    steps = across - (click.row, click.col)
    squared = np.einsum("ij,ij->i", steps, steps)
    nearest = int(np.argmin(squared))
    distance = float(np.sqrt(squared[nearest]))
    # The outline runs half a cell before the nearest cell across it.
    length = distance - 0.5 - rim if is_inside else distance - 0.5 + rim
    unit = steps[nearest] / max(distance, 1e-6)
    return float(unit[0] * length), float(unit[1] * length)


def reach_map(logits: FloatArray, click: Click) -> FloatArray:
    """Return how much each cell may change for a click, in [0, 1].

    1 near the click, 0 far from it; the farther the outline is from the click, the larger
    the error it speaks of, and the farther it reaches.
    """
    error = outline_error(logits, click, rim=0.0)
    length = logits.shape[0] if error is None else float(np.hypot(*error))
    reach = _MIN_REACH + _REACH_RATIO * length
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    distance = np.hypot(rows - click.row, cols - click.col)
    ramp = np.clip((1 + _FADE) / _FADE - distance / (_FADE * reach), 0, 1)
    return (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)


def obey(logits: FloatArray, clicks: tuple[Click, ...], *, rim: float) -> FloatArray:
    """Make a mask agree with its clicks, the latest last.

    The outline passes within `TOLERANCE` of the latest boundary click, and positive and
    negative clicks lie inside and outside.
    """
    for click in clicks:
        if click.kind == "boundary":
            logits = pull_outline(logits, click, rim=rim)
        else:
            logits = _push(logits, click)
    return logits


def tidy(logits: FloatArray, clicks: tuple[Click, ...]) -> FloatArray:
    """Drop parts of the mask that no click speaks of, and fill small holes.

    A part stays if a positive or boundary click lies in it or beside it. A hole is filled
    if it is small and holds no negative or boundary click.
    """
    mask = logits > 0
    labels, count = components(mask)
    if count > 1:
        kept = _clicked(labels, of_kind(clicks, "positive", "boundary"))
        if not kept:
            kept = {int(np.argmax(np.bincount(labels.ravel())[1:])) + 1}
        mask = np.isin(labels, sorted(kept))
    mask = _without_small_holes(mask, of_kind(clicks, "negative", "boundary"))
    changed = mask != (logits > 0)
    if not changed.any():
        return logits
    flipped = np.where(mask, np.abs(logits) + 0.1, -np.abs(logits) - 0.1)
    return np.where(changed, flipped, logits).astype(np.float32)


def _without_small_holes(mask: BoolArray, clicks: tuple[Click, ...]) -> BoolArray:
    filled = ndimage.binary_fill_holes(mask)
    labels, count = ndimage.label(filled & ~mask)
    if not count:
        return mask
    areas = np.bincount(labels.ravel())
    large = {int(i) for i in np.flatnonzero(areas > _SMALL_HOLE * np.count_nonzero(mask))}
    open_holes = (large | _clicked(labels, clicks)) - {0}
    return filled & ~np.isin(labels, sorted(open_holes))


def _clicked(labels: np.ndarray, clicks: tuple[Click, ...]) -> set[int]:
    """Return the labels with a click in or near them."""
    found: set[int] = set()
    margin = int(_NEAR)
    for click in clicks:
        row, col = _cell(click, labels.shape)
        piece = labels[max(0, row - margin) : row + margin + 1, max(0, col - margin) : col + margin + 1]
        found.update(int(i) for i in np.unique(piece))
    return found - {0}


def _push(logits: FloatArray, click: Click) -> FloatArray:
    """Raise or lower the map round a positive or negative click until its cell has the right sign."""
    row, col = _cell(click, logits.shape)
    sign = 1.0 if click.kind == "positive" else -1.0
    value = float(logits[row, col])
    if sign * value > 0:
        return logits
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    squared = (rows - row) ** 2 + (cols - col) ** 2
    bump = np.exp(-0.5 * squared / _MIN_SPREAD**2)
    return (logits + sign * (abs(value) + 1.0) * bump).astype(np.float32)


def _stamp(logits: FloatArray, click: Click, rim: float) -> FloatArray:
    """Give a map without outline a small disk that ends at the click."""
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    radius = _MIN_SPREAD + rim
    disk = radius - np.hypot(rows - click.row, cols - click.col)
    return np.maximum(logits, disk) if logits.max() <= 0 else logits


def _cell(click: Click, shape: tuple[int, ...]) -> tuple[int, int]:
    return (
        min(max(round(click.row), 0), shape[0] - 1),
        min(max(round(click.col), 0), shape[1] - 1),
    )
