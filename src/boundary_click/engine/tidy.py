"""Parts and holes of a mask: which stay."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from boundary_click.core.arrays import components
from boundary_click.core.clicks import Click, of_kind
from boundary_click.core.geometry import BoolArray, FloatArray
from boundary_click.engine.pull import cell_of

_SMALL_HOLE = 0.05
"""Share of the mask's area up to which a hole is filled."""
_NEAR = 2
"""A click this near to a region, in cells, counts as one in it."""


def tidy(logits: FloatArray, clicks: tuple[Click, ...]) -> FloatArray:
    """Drop parts of the mask that no click speaks of, and fill small holes.

    A part stays if a positive or boundary click lies in it or beside it, but for a boundary
    click beside a part that stays anyhow: it has cut the other one off. A hole is filled if
    it is small and holds no negative or boundary click.

    Parameters
    ----------
    logits : ndarray of float32, shape (R, R)
        Positive inside the object.
    clicks : tuple of Click
        On the grid.
    """
    mask = logits > 0
    labels, count = components(mask)
    if count > 1:
        boundary = of_kind(clicks, "boundary")
        kept = _clicked(labels, of_kind(clicks, "positive")) | _clicked(labels, boundary, margin=0)
        beside = [_clicked(labels, (click,)) for click in boundary]
        kept = kept.union(*(near for near in beside if not near & kept))
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


def _clicked(labels: np.ndarray, clicks: tuple[Click, ...], margin: int = _NEAR) -> set[int]:
    """Return the labels with a click in them or within a margin, in cells."""
    found: set[int] = set()
    for click in clicks:
        row, col = cell_of(click, labels.shape)
        piece = labels[
            max(0, row - margin) : row + margin + 1, max(0, col - margin) : col + margin + 1
        ]
        found.update(int(i) for i in np.unique(piece))
    return found - {0}
