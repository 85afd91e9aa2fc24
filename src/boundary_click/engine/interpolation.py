"""Masks of the planes between two."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from boundary_click.core.arrays import signed_distance
from boundary_click.core.geometry import FloatArray
from boundary_click.core.pieces import Where, placed
from boundary_click.engine.state import Patch

_MARGIN = 1
"""Pixels of background kept round both masks."""

Place = tuple[float, float]


def interpolate(first: Patch, last: Patch, count: int) -> tuple[Patch, ...]:
    """Return the masks of the planes between two by shape-based interpolation.

    The signed distances to both outlines are mixed, after the two masks were moved so that their
    centres lie on the straight line between them: an object that moves keeps its shape.

    Parameters
    ----------
    first, last : Patch
        Masks of one object on two planes, not empty.
    count : int
        Number of planes between them.

    Returns
    -------
    tuple of Patch
        From that beside ``first`` on.

    References
    ----------
    .. [1] S. P. Raya and J. K. Udupa, "Shape-based interpolation of multidimensional objects",
       IEEE Transactions on Medical Imaging, 1990.
    """
    where = _around(first, last)
    distances = [signed_distance(placed(patch, where)) for patch in (first, last)]
    start, end = (_centre(distance) for distance in distances)
    patches = []
    for step in range(1, count + 1):
        share = step / (count + 1)
        middle = _mixed(start, end, share)
        near, far = (
            _moved(distance, centre, middle)
            for distance, centre in zip(distances, (start, end), strict=True)
        )
        mask = (1 - share) * near + share * far > 0
        patches.append(Patch(where, mask.astype(np.float32)))
    return tuple(patches)


def _around(first: Patch, last: Patch) -> Where:
    """Return a rectangle that holds both masks with a margin, which may leave the image."""
    rows, cols = (
        slice(max(0, min(a.start, b.start) - _MARGIN), max(a.stop, b.stop) + _MARGIN)
        for a, b in zip(first.where, last.where, strict=True)
    )
    return rows, cols


def _centre(distance: FloatArray) -> Place:
    rows, cols = np.nonzero(distance > 0)
    return float(rows.mean()), float(cols.mean())


def _mixed(first: Place, last: Place, share: float) -> Place:
    row, col = ((1 - share) * a + share * b for a, b in zip(first, last, strict=True))
    return row, col


def _moved(distance: FloatArray, centre: Place, to: Place) -> FloatArray:
    shift = [end - start for start, end in zip(centre, to, strict=True)]
    outside = float(-np.hypot(*distance.shape))
    moved: FloatArray = ndimage.shift(distance, shift, order=1, cval=outside)
    return moved
