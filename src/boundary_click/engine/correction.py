"""Local correction of a mask by one click, on the grid of a crop.

What a click says by itself comes first: a boundary click pulls the outline, cuts off what lies
behind it if that is a neighbour, and if it is the first shifts the level of the whole mask; a
signed click takes its surroundings. A trained head then
adds what it knows of the image, only within the click's reach. That bounds what the head can
spoil; it does not rule out that a correction is wrong.

A mask is a logit map here: positive inside, its zero level is the outline. Positions are in
cells of the grid.
"""

from __future__ import annotations

import numpy as np

from boundary_click.core.clicks import Click, of_kind
from boundary_click.core.geometry import FloatArray
from boundary_click.engine.level import shift_level
from boundary_click.engine.neighbour import without_neighbour
from boundary_click.engine.pull import (
    TOLERANCE,
    hold,
    outline_error,
    pull_outline,
    value_at,
    wanted_step,
)
from boundary_click.engine.tidy import tidy
from boundary_click.engine.wall import without_walled_off

_INSIST_SHARE = 0.25
"""Share of the usual width of a pull after the head has spoken: it knows best how wide."""
_HOLD_SPREAD = 3.0
"""An anchor's hold against the head is no wider than this standard deviation, in cells."""
_MIN_REACH = 4.0
_REACH_RATIO = 3.5
"""A correction reaches ``_MIN_REACH + _REACH_RATIO * error`` cells from its click."""
_MIN_SIGNED_REACH = 1.5
"""The correction of a signed click reaches this many image pixels, and ``_REACH_RATIO`` times as
far as the outline is beyond the clicked pixel."""
_FADE = 0.5
"""Beyond its reach a correction fades over this share of the reach."""
_DISK_RATIO = 0.6
"""Radius of the disk that a signed click takes, over its distance to the outline."""
_PUSH_SPREAD = 2.0
"""Standard deviation of the smallest change by a signed click, in cells."""


def first_answer(logits: FloatArray, clicks: tuple[Click, ...], *, rim: float) -> FloatArray:
    """Return what the latest click says by itself, before the head.

    Parameters
    ----------
    logits : ndarray of float32, shape (R, R)
        The mask before the latest click.
    clicks : tuple of Click
        On the grid, the selection click first, the latest last.
    rim : float
        Half an image pixel, in cells.
    """
    *earlier, latest = clicks
    if latest.kind != "boundary":
        return _take_disk(logits, clicks, rim)
    anchors, inside = of_kind(tuple(earlier), "boundary"), clicks[0]
    logits = _cut_off(logits, clicks, rim)
    if not anchors:  # later ones speak of what this one left
        logits = shift_level(logits, latest, rim=rim, inside=inside)
    return pull_outline(logits, latest, rim=rim, anchors=anchors, inside=inside)


def _cut_off(logits: FloatArray, clicks: tuple[Click, ...], rim: float) -> FloatArray:
    """Take away the neighbour, if any, that the latest click, a boundary click, lies before."""
    *earlier, latest = clicks
    error = outline_error(logits, latest, rim=rim, inside=clicks[0])
    if error is None or error <= TOLERANCE:
        return logits
    anchors = of_kind(tuple(earlier), "boundary")
    return without_neighbour(logits, latest, rim=rim, inside=clicks[0], anchors=anchors)


def _take_disk(logits: FloatArray, clicks: tuple[Click, ...], rim: float) -> FloatArray:
    """Add a disk round the latest click, a positive one, or take it away.

    It reaches `_DISK_RATIO` of the way to the outline, not beyond a boundary click, and half
    the way to a click of the other sign, but holds the clicked pixel at least.
    """
    *earlier, latest = clicks
    sign = 1.0 if latest.kind == "positive" else -1.0
    error = outline_error(logits, latest, rim=0.0)
    if error is None or sign * value_at(logits, latest.row, latest.col) > 0:
        return logits
    radius = _DISK_RATIO * error
    for click in earlier:
        apart = float(np.hypot(click.row - latest.row, click.col - latest.col))
        if click.kind != latest.kind:
            radius = min(radius, apart - rim if click.kind == "boundary" else apart / 2)
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    disk = max(radius, rim) - np.hypot(rows - latest.row, cols - latest.col)
    taken: FloatArray = sign * np.maximum(sign * logits, disk)
    return taken.astype(np.float32)


def reach_map(
    logits: FloatArray, click: Click, *, rim: float, inside: Click | None = None
) -> FloatArray:
    """Return how much each cell may change for a click, in [0, 1].

    1 near the click, 0 far from it; the farther the outline is from the click, the larger
    the error it speaks of, and the farther it reaches.

    Parameters
    ----------
    logits : ndarray of float32, shape (R, R)
        The mask before the click.
    click : Click
        On the grid.
    rim : float
        Half an image pixel, in cells.
    inside : Click, optional
        The selection click.
    """
    is_boundary = click.kind == "boundary"
    error = outline_error(logits, click, rim=0.0, inside=inside if is_boundary else None)
    length = logits.shape[0] if error is None else error
    if is_boundary:
        reach = _MIN_REACH + _REACH_RATIO * length
    else:
        reach = max(1.0, 2 * _MIN_SIGNED_REACH * rim) + _REACH_RATIO * max(0.0, length - rim)
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
    anchors, here = of_kind(tuple(earlier), "boundary"), np.array([latest.row, latest.col])
    directed = one_way(logits, previous, clicks, rim=rim)
    free = hold(logits.shape, anchors, here, _HOLD_SPREAD) * hold(logits.shape, clicks[:1], here)
    free = np.minimum(free, 1.0)
    held = (previous + free * (directed - previous)).astype(np.float32)
    obeyed = obey(held, clicks, rim=rim, share=_INSIST_SHARE)
    return tidy(without_walled_off(obeyed, clicks, rim=rim), clicks)


def agreeing(logits: FloatArray, clicks: tuple[Click, ...], *, rim: float) -> FloatArray:
    """Return a network's mask as it agrees with its clicks, without parts that none speaks of."""
    return tidy(obey(logits, clicks, rim=rim), clicks)


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


def one_way(
    logits: FloatArray, previous: FloatArray, clicks: tuple[Click, ...], *, rim: float
) -> FloatArray:
    """Keep of a correction what goes the way that the latest click points.

    A click outside the mask asks for more, one inside it for less: the mask then only
    grows, or only shrinks, and does not get back what the click cut off. A boundary click
    that the outline already obeys asks for nothing.
    """
    latest = clicks[-1]
    if latest.kind == "positive":
        return np.maximum(logits, previous)
    if latest.kind == "negative":
        return np.minimum(logits, previous)
    pull = wanted_step(previous, latest, rim=rim, inside=clicks[0])
    if pull is None:
        return logits
    target, step = pull
    if float(np.hypot(*step)) <= TOLERANCE:
        return previous
    if value_at(previous, *target) < 0:
        return np.maximum(logits, previous)
    return np.minimum(logits, _cut_off(previous, clicks, rim))


def _push(logits: FloatArray, click: Click) -> FloatArray:
    """Raise or lower the map round a signed click until it has the right sign there."""
    sign = 1.0 if click.kind == "positive" else -1.0
    value = value_at(logits, click.row, click.col)
    if sign * value > 0:
        return logits
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    squared = (rows - click.row) ** 2 + (cols - click.col) ** 2
    bump = np.exp(-0.5 * squared / _PUSH_SPREAD**2)
    pushed: FloatArray = (logits + sign * (abs(value) + 1.0) * bump).astype(np.float32)
    return pushed
