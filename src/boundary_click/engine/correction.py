"""Local correction of a mask by one click, on the grid of a crop.

A boundary click says that the outline passes through it. That alone moves the mask, before
any network has a say: the part of the outline nearest to the click is pulled there, and the
farther from the click, the less anything moves. A trained head then adds what it knows of
the image, again only within the click's reach. That bounds what a further click can spoil; it
does not rule it out: near its click, a correction can be wrong.

A mask is a logit map here: positive inside, its zero level is the outline. Positions are in
cells of the grid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from boundary_click.core.arrays import components
from boundary_click.core.clicks import Click, of_kind
from boundary_click.core.geometry import BoolArray, FloatArray

TOLERANCE = 0.75
"""An outline this near to a boundary click, in cells, is left as it is."""

_MIN_SPREAD = 2.0
"""Standard deviation of the smallest pull, in cells."""
_MIN_SPREAD_PIXELS = 0.7
"""The same in image pixels."""
_SPREAD_RATIO = 1.4
"""Standard deviation of a pull along its way over its length."""
_MIN_SPREAD_RATIO = 0.65
"""The smallest such ratio; below 0.61 the grid would fold."""
_WIDTH_RATIO = 0.8
"""The same across its way, over the root of length times radius of the object: a sliver of that
depth cut off a circle is 2.8 such roots wide."""
_INSIST_SHARE = 0.25
"""Share of the usual width of a pull after the head has spoken: it knows best how wide."""
_HOLD_RATIO = 0.4
"""An anchor holds the outline within this share of its distance to the click."""
_HOLD_SPREAD = 3.0
"""Against the head it holds no farther than this standard deviation, in cells."""
_OUTSIDE = -4.0
"""Logit beyond the grid, where a pull takes from the mask."""
_DETOUR = 2.0
"""An outline straight the wrong way counts as ``1 + 2 * _DETOUR`` times as far from its click."""
_MIN_REACH = 4.0
_REACH_RATIO = 3.5
"""A correction reaches ``_MIN_REACH + _REACH_RATIO * error`` cells from its click."""
_FADE = 0.5
"""Beyond its reach a correction fades over this share of the reach."""
_SMALL_HOLE = 0.05
_NEAR = 2.0
"""A click this near to a region, in cells, counts as one in it."""


def pull_outline(
    logits: FloatArray,
    click: Click,
    *,
    rim: float,
    anchors: tuple[Click, ...] = (),
    inside: Click | None = None,
    share: float = 1.0,
) -> FloatArray:
    """Bend a logit map so that its outline passes by a boundary click.

    Parameters
    ----------
    logits : ndarray of float32, shape (R, R)
    click : Click
        On the grid; the clicked pixel is the object's outermost.
    rim : float
        Distance from the centre of the clicked pixel to the outline outside it: half an
        image pixel, in cells.
    anchors : tuple of Click
        Boundary clicks where the outline stays as it is.
    inside : Click, optional
        The selection click: the side of the outline that faces it is pulled last.
    share : float
        Of the usual width of the piece that moves.

    Returns
    -------
    ndarray of float32, shape (R, R)
        ``logits`` itself where the outline already is within `TOLERANCE`.
    """
    pull = _pull(logits, click, rim, inside)
    if pull is None:
        return _stamp(logits, click, rim)
    target, step = pull
    length = float(np.hypot(*step))
    if length <= TOLERANCE:
        return logits
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    fall = _hold(logits.shape, anchors, target)
    spreads = _spreads(logits, length, rim, share)
    fall *= _bell(rows - target[0], cols - target[1], step / length, spreads)
    at = np.stack([rows + step[0] * fall, cols + step[1] * fall])
    # A pull only adds to the mask or only takes from it; nothing else may be dragged along.
    is_too_small = _value(logits, *target) < 0
    mode = "nearest" if is_too_small else "constant"
    bent: FloatArray = ndimage.map_coordinates(logits, at, order=1, mode=mode, cval=_OUTSIDE)
    return np.maximum(bent, logits) if is_too_small else np.minimum(bent, logits)


def _spreads(logits: FloatArray, length: float, rim: float, share: float) -> tuple[float, float]:
    """Return the standard deviations of a pull along its way and across it, in cells."""
    least = max(_MIN_SPREAD, _MIN_SPREAD_PIXELS * 2 * rim)
    radius = float(np.sqrt(np.count_nonzero(logits > 0) / np.pi))
    along = max(share * _SPREAD_RATIO, _MIN_SPREAD_RATIO) * length
    across = share * _WIDTH_RATIO * float(np.sqrt(radius * length))
    return max(least, along), max(least, across)


def _bell(
    rows: NDArray[np.float64],
    cols: NDArray[np.float64],
    unit: NDArray[np.float64],
    spreads: tuple[float, float],
) -> NDArray[np.float64]:
    """Return a Gaussian of the offsets from a pull's target, with spreads along and across."""
    along = (rows * unit[0] + cols * unit[1]) / spreads[0]
    across = (cols * unit[0] - rows * unit[1]) / spreads[1]
    bell: NDArray[np.float64] = np.exp(-0.5 * (along**2 + across**2))
    return bell


def _hold(
    shape: tuple[int, ...],
    anchors: tuple[Click, ...],
    target: NDArray[np.float64],
    widest: float = np.inf,
) -> NDArray[np.float64]:
    """Return how far each cell may follow a correction: 0 at its anchors, 1 at its target.

    An anchor's hold is no wider than ``widest``, in cells.
    """
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    free = np.ones(shape)
    for anchor in anchors:
        apart = (anchor.row - target[0]) ** 2 + (anchor.col - target[1]) ** 2
        if apart < 1.0:  # two clicks on one spot: the later one counts
            continue
        squared = (rows - anchor.row) ** 2 + (cols - anchor.col) ** 2
        width = min(_HOLD_RATIO**2 * apart, widest**2)
        free *= (1 - np.exp(-0.5 * squared / width)) / (1 - np.exp(-0.5 * apart / width))
    return free


def outline_error(
    logits: FloatArray, click: Click, *, rim: float, inside: Click | None = None
) -> float | None:
    """Return how far the outline is from where a boundary click puts it, in cells.

    None if there is no outline, because the mask is empty or fills the grid.
    """
    pull = _pull(logits, click, rim, inside)
    return None if pull is None else float(np.hypot(*pull[1]))


def _pull(
    logits: FloatArray, click: Click, rim: float, inside: Click | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return where the outline should be, and the step from there to where it is."""
    row, col = _cell(click, logits.shape)
    is_inside = bool(logits[row, col] > 0)
    across = np.argwhere((logits > 0) != is_inside)
    if across.size == 0:
        return None
    position = np.array([click.row, click.col])
    if is_inside:
        across = np.concatenate([across, _beyond(position, logits.shape)])
    steps = across - position
    lengths = np.hypot(*steps.T)
    outward = np.zeros(2) if inside is None else position - (inside.row, inside.col)
    nearest = int(np.argmin(_detour(steps, lengths, outward if is_inside else -outward)))
    distance = float(lengths[nearest])
    unit = steps[nearest] / max(distance, 1e-6)
    # The outline runs half a cell before the nearest cell across it; the clicked pixel is
    # the object's outermost, so the outline should run half a pixel outside its centre.
    outline = position + unit * (distance - 0.5)
    target = position + unit * (rim if is_inside else -rim)
    return target, outline - target


def _beyond(position: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the cells just beyond the four sides of the grid: no object goes on there."""
    row, col = position
    return np.array([[-1.0, col], [shape[0], col], [row, -1.0], [row, shape[1]]])


def _detour(
    steps: NDArray[np.float64], lengths: NDArray[np.float64], heading: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the lengths of steps, longer by up to twice `_DETOUR` where they lead the wrong way.

    The wrong outline lies beyond a click in the mask, seen from the selection click, and
    before a click outside it. In a thin object the far side could be nearer than that.
    """
    scale = lengths * np.hypot(*heading)
    cosine = np.divide(steps @ heading, scale, out=np.zeros_like(scale), where=scale > 0)
    weighted: NDArray[np.float64] = lengths * (1 + _DETOUR * (1 - cosine))
    return weighted


def one_way(
    logits: FloatArray,
    previous: FloatArray,
    click: Click,
    *,
    rim: float,
    inside: Click | None = None,
) -> FloatArray:
    """Keep of a correction what goes the way its click points.

    A click outside the mask asks for more, one inside it for less: the mask then only
    grows, or only shrinks. A boundary click that the outline already obeys asks for nothing.
    """
    if click.kind == "positive":
        return np.maximum(logits, previous)
    if click.kind == "negative":
        return np.minimum(logits, previous)
    pull = _pull(previous, click, rim, inside)
    if pull is None:
        return logits
    target, step = pull
    if float(np.hypot(*step)) <= TOLERANCE:
        return previous
    is_too_small = _value(previous, *target) < 0
    return np.maximum(logits, previous) if is_too_small else np.minimum(logits, previous)


def _value(logits: FloatArray, row: float, col: float) -> float:
    """Return the interpolated value at a position, the border's beyond it."""
    at = ndimage.map_coordinates(logits, [[row], [col]], order=1, mode="nearest")
    return float(at[0])


def reach_map(logits: FloatArray, click: Click, *, inside: Click | None = None) -> FloatArray:
    """Return how much each cell may change for a click, in [0, 1].

    1 near the click, 0 far from it; the farther the outline is from the click, the larger
    the error it speaks of, and the farther it reaches.
    """
    error = outline_error(logits, click, rim=0.0, inside=inside)
    length = logits.shape[0] if error is None else error
    reach = _MIN_REACH + _REACH_RATIO * length
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    distance = np.hypot(rows - click.row, cols - click.col)
    ramp = np.clip((1 + _FADE) / _FADE - distance / (_FADE * reach), 0, 1)
    return (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)


def settle(
    logits: FloatArray, previous: FloatArray, clicks: tuple[Click, ...], *, rim: float
) -> FloatArray:
    """Turn what the local head says after the latest click into the next mask.

    Parameters
    ----------
    logits, previous : ndarray of float32, shape (R, R)
        The head's logits, and the mask before the latest click.
    clicks : tuple of Click
        On the grid, the selection click first, the latest last.
    rim : float
        Half an image pixel, in cells.
    """
    *earlier, latest = clicks
    directed = one_way(logits, previous, latest, rim=rim, inside=clicks[0])
    anchors = of_kind(tuple(earlier), "boundary")
    free = np.minimum(
        _hold(logits.shape, anchors, np.array([latest.row, latest.col]), _HOLD_SPREAD), 1.0
    )
    held = (previous + free * (directed - previous)).astype(np.float32)
    return tidy(obey(held, clicks, rim=rim, share=_INSIST_SHARE), clicks)


def obey(
    logits: FloatArray, clicks: tuple[Click, ...], *, rim: float, share: float = 1.0
) -> FloatArray:
    """Make a mask agree with its clicks.

    Positive and negative clicks lie inside and outside. If the latest is a boundary click, the
    outline passes within `TOLERANCE` of it and stays where it is at those before: were they
    to pull again, clicks that contradict each other would fight.
    """
    for click in clicks:
        if click.kind != "boundary":
            logits = _push(logits, click)
    *earlier, latest = clicks
    if latest.kind == "boundary":
        anchors = of_kind(tuple(earlier), "boundary")
        logits = pull_outline(
            logits, latest, rim=rim, anchors=anchors, inside=clicks[0], share=share
        )
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
    result: BoolArray = filled & ~np.isin(labels, sorted(open_holes))
    return result


def _clicked(labels: np.ndarray, clicks: tuple[Click, ...]) -> set[int]:
    """Return the labels with a click in or near them."""
    found: set[int] = set()
    margin = int(_NEAR)
    for click in clicks:
        row, col = _cell(click, labels.shape)
        piece = labels[
            max(0, row - margin) : row + margin + 1, max(0, col - margin) : col + margin + 1
        ]
        found.update(int(i) for i in np.unique(piece))
    return found - {0}


def _push(logits: FloatArray, click: Click) -> FloatArray:
    """Raise or lower the map round a signed click until it has the right sign there."""
    sign = 1.0 if click.kind == "positive" else -1.0
    value = _value(logits, click.row, click.col)
    if sign * value > 0:
        return logits
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    squared = (rows - click.row) ** 2 + (cols - click.col) ** 2
    bump = np.exp(-0.5 * squared / _MIN_SPREAD**2)
    pushed: FloatArray = (logits + sign * (abs(value) + 1.0) * bump).astype(np.float32)
    return pushed


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
