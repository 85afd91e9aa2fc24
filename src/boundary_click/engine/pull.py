"""Bending the outline of a mask to a boundary click, on the grid of a crop.

A boundary click says that the outline passes through it. That alone moves the mask, before
any network has a say: the part of the outline nearest to the click is pulled there, and the
farther from the click, the less anything moves.

A mask is a logit map here: positive inside, its zero level is the outline. Positions are in
cells of the grid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import BoolArray, FloatArray

Place = NDArray[np.float64]
"""(row, col) in cells, or a step of so many cells; shape (2,)."""

TOLERANCE = 0.75
"""An outline this near to a boundary click, in cells, is left as it is."""
SPREAD_OUT = 0.3
"""A mask less round than this is one long or branched object; see `roundness_of`."""

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
_DEEPEST = 0.4
"""A pull longer than this many radii is no wider than one of that length, or of a third of its
own: it follows a process of the object rather than its body."""
_HOLD_RATIO = 0.4
"""An anchor holds the outline within this share of its distance to the click."""
_OUTSIDE = -4.0
"""Logit beyond the grid, where a pull takes from the mask."""
_DETOUR = 2.0
"""An outline straight the wrong way counts as ``1 + 2 * _DETOUR`` times as far from its click."""


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
        The selection click: the side of the outline that faces it is pulled last, and it
        stays inside.
    share : float
        Of the usual width of the piece that moves.

    Returns
    -------
    ndarray of float32, shape (R, R)
        ``logits`` itself where the outline already is within `TOLERANCE`.
    """
    pull = wanted_step(logits, click, rim=rim, inside=inside)
    if pull is None:
        return _stamp(logits, click, rim)
    target, step = pull
    length = float(np.hypot(*step))
    if length <= TOLERANCE:
        return logits
    is_too_small = value_at(logits, *target) < 0
    if inside is not None and not is_too_small:  # the object keeps its selection click
        anchors = (*anchors, inside)
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    fall = hold(logits.shape, anchors, target)
    spreads = _spreads(logits, length, rim, share)
    fall *= _bell(rows - target[0], cols - target[1], step / length, spreads)
    at = np.stack([rows + step[0] * fall, cols + step[1] * fall])
    bent: FloatArray = ndimage.map_coordinates(logits, at, order=1, mode="nearest")
    # A pull only adds to the mask or only takes from it; nothing else may be dragged along.
    if is_too_small:
        return np.maximum(bent, logits)
    bent[_is_outside(at)] = _OUTSIDE
    return np.minimum(bent, logits)


def _is_outside(at: NDArray[np.float64]) -> BoolArray:
    """Return which positions, (2, R, R), lie beyond the outer edges of the grid's cells."""
    last = np.array(at.shape[1:]).reshape(2, 1, 1) - 0.5
    outside: BoolArray = np.any((at < -0.5) | (at > last), axis=0)
    return outside


def outline_error(
    logits: FloatArray, click: Click, *, rim: float, inside: Click | None = None
) -> float | None:
    """Return how far the outline is from where a boundary click puts it, in cells.

    None if there is no outline, because the mask is empty.
    """
    pull = wanted_step(logits, click, rim=rim, inside=inside)
    return None if pull is None else float(np.hypot(*pull[1]))


def wanted_step(
    logits: FloatArray, click: Click, *, rim: float, inside: Click | None = None
) -> tuple[Place, Place] | None:
    """Return where a boundary click puts the outline, and the step from there to where it is.

    None if there is no outline, because the mask is empty.
    """
    row, col = cell_of(click, logits.shape)
    is_inside = bool(logits[row, col] > 0)
    across = np.argwhere((logits > 0) != is_inside)
    position = np.array([click.row, click.col])
    if is_inside:
        across = np.concatenate([across, _beyond(position, logits.shape, 2 * rim)])
    if across.size == 0:
        return None
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


def _spreads(logits: FloatArray, length: float, rim: float, share: float) -> tuple[float, float]:
    """Return the standard deviations of a pull along its way and across it, in cells."""
    least = max(_MIN_SPREAD, _MIN_SPREAD_PIXELS * 2 * rim)
    radius = radius_of(logits)
    along = max(share * _SPREAD_RATIO, _MIN_SPREAD_RATIO) * length
    depth = min(length, max(_DEEPEST * radius, length / 3))
    across = share * _WIDTH_RATIO * float(np.sqrt(radius * depth))
    return max(least, along), max(least, across)


def _bell(
    rows: NDArray[np.float64],
    cols: NDArray[np.float64],
    unit: Place,
    spreads: tuple[float, float],
) -> NDArray[np.float64]:
    """Return a Gaussian of the offsets from a pull's target, with spreads along and across."""
    along = (rows * unit[0] + cols * unit[1]) / spreads[0]
    across = (cols * unit[0] - rows * unit[1]) / spreads[1]
    bell: NDArray[np.float64] = np.exp(-0.5 * (along**2 + across**2))
    return bell


def hold(
    shape: tuple[int, ...],
    anchors: tuple[Click, ...],
    target: Place,
    widest: float = np.inf,
) -> NDArray[np.float64]:
    """Return how far each cell may follow a correction: 0 at the anchors, 1 at its target.

    Parameters
    ----------
    shape : tuple of int
    anchors : tuple of Click
        Where everything stays.
    target : ndarray, shape (2,)
        Where the correction is wanted.
    widest : float
        An anchor's hold is no wider than this, in cells.
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


def _beyond(position: Place, shape: tuple[int, ...], pixel: float) -> NDArray[np.float64]:
    """Return the cells just beyond the sides of the grid: no object goes on there.

    Not the sides that the clicked pixel lies at: nobody would click to say so.
    """
    row, col = position
    cells = np.array([[-1.0, col], [shape[0], col], [row, -1.0], [row, shape[1]]])
    is_away: BoolArray = np.hypot(*(cells - position).T) > pixel + 0.5
    return cells[is_away]


def _detour(
    steps: NDArray[np.float64], lengths: NDArray[np.float64], heading: Place
) -> NDArray[np.float64]:
    """Return the lengths of steps, longer by up to twice `_DETOUR` where they lead the wrong way.

    The wrong outline lies beyond a click in the mask, seen from the selection click, and
    before a click outside it. In a thin object the far side could be nearer than that.
    """
    scale = lengths * np.hypot(*heading)
    along = steps[:, 0] * heading[0] + steps[:, 1] * heading[1]
    cosine = np.divide(along, scale, out=np.zeros_like(scale), where=scale > 0)
    weighted: NDArray[np.float64] = lengths * (1 + _DETOUR * (1 - cosine))
    return weighted


def _stamp(logits: FloatArray, click: Click, rim: float) -> FloatArray:
    """Give a map without outline a small disk that ends at the click."""
    rows, cols = np.ogrid[: logits.shape[0], : logits.shape[1]]
    radius = _MIN_SPREAD + rim
    disk = (radius - np.hypot(rows - click.row, cols - click.col)).astype(np.float32)
    return np.maximum(logits, disk) if logits.max() <= 0 else logits


def radius_of(logits: FloatArray) -> float:
    """Return the radius of a disk of the mask's area, in cells."""
    return float(np.sqrt(np.count_nonzero(logits > 0) / np.pi))


def roundness_of(logits: FloatArray) -> float:
    """Return the share of the smallest disk about the mask's centre of mass that the mask fills."""
    cells = np.argwhere(logits > 0)
    farthest = np.hypot(*(cells - cells.mean(axis=0)).T).max()
    return float(len(cells) / (np.pi * (farthest + 0.5) ** 2))


def value_at(logits: FloatArray, row: float, col: float) -> float:
    """Return the interpolated value of a map at a position, the border's beyond it."""
    at = ndimage.map_coordinates(logits, [[row], [col]], order=1, mode="nearest")
    return float(at[0])


def cell_of(click: Click, shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the cell of a grid that a click lies in, or the nearest one."""
    return (
        min(max(round(click.row), 0), shape[0] - 1),
        min(max(round(click.col), 0), shape[1] - 1),
    )
