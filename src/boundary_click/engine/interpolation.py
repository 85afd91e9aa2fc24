"""An object between two planes where its mask is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from boundary_click.core.arrays import signed_distance
from boundary_click.core.geometry import BoolArray, FloatArray
from boundary_click.core.pieces import Piece
from boundary_click.engine.state import Patch

_Place = NDArray[np.float64]


def interpolate(first: Patch, last: Patch, count: int) -> tuple[Patch, ...]:
    """Return the object on ``count`` planes evenly spaced between two others.

    Parameters
    ----------
    first, last : Patch
        Its masks on the planes to both sides; not empty.
    count : int
        Planes between the two.

    Raises
    ------
    ValueError
        As for `between`.
    """
    return tuple(between(first, last, (k + 1) / (count + 1)) for k in range(count))


def between(first: Patch, last: Patch, share: float) -> Patch:
    """Return the object at a share of the way from one plane to another.

    Parameters
    ----------
    first, last : Patch
        Its masks on the two planes; not empty.
    share : float
        0 for the first plane, 1 for the last.

    Raises
    ------
    ValueError
        If the share is not in [0, 1], a mask is empty, or the two have so little in common that
        nothing is left between them.

    Notes
    -----
    Shape-based interpolation: the mean of the signed distances to both outlines, weighted by the
    share [1]_. Both are first moved so that their centres of mass meet on the straight way from
    one to the other; so an object that moves farther than it is wide is interpolated as well.

    References
    ----------
    .. [1] S. P. Raya and J. K. Udupa, "Shape-based interpolation of multidimensional objects",
       IEEE Transactions on Medical Imaging 9(1), 1990.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, got {share}")
    if not (first.mask.any() and last.mask.any()):
        raise ValueError("a mask to interpolate from is empty; draw the object on both planes")
    corner = _corner(first)
    offset = _corner(last) - corner  # all below is relative to the first mask's corner
    way = offset + _centroid(last.mask) - _centroid(first.mask)
    starts = share * way, offset - (1 - share) * way
    shapes = first.mask.shape, last.mask.shape
    low = np.floor(np.minimum(*starts)).astype(int)
    ends = (start + shape for start, shape in zip(starts, shapes, strict=True))
    high = np.ceil(np.maximum(*ends)).astype(int)
    pixels = [np.arange(a, b) for a, b in zip(low, high, strict=True)]
    distance = (1 - share) * _distance_at(first.mask, pixels, starts[0])
    distance += share * _distance_at(last.mask, pixels, starts[1])
    where = tuple(slice(int(a), int(b)) for a, b in zip(low + corner, high + corner, strict=True))
    piece = Piece.of(distance > 0, (where[0], where[1]))
    if piece is None:
        raise ValueError(
            "the masks on the two planes have too little in common to interpolate between them; "
            "draw the object on a plane in between"
        )
    return Patch.of_piece(piece)


def _distance_at(mask: BoolArray, pixels: list[NDArray[np.intp]], start: _Place) -> FloatArray:
    """Return the signed distance at rows and columns, to the outline of a mask moved to a start."""
    rows, cols = (line - origin for line, origin in zip(pixels, start, strict=True))
    (height, width) = mask.shape
    beyond = (-rows[0], rows[-1] - height, -cols[0], cols[-1] - width, 0)
    pad = int(np.ceil(max(beyond))) + 1
    distance = signed_distance(np.pad(mask, pad))
    places = np.meshgrid(rows + pad, cols + pad, indexing="ij")
    shown: FloatArray = ndimage.map_coordinates(distance, places, order=1, mode="nearest")
    return shown


def _corner(patch: Patch) -> NDArray[np.intp]:
    return np.array([part.start for part in patch.where])


def _centroid(mask: BoolArray) -> _Place:
    place: _Place = np.argwhere(mask).mean(axis=0)
    return place
