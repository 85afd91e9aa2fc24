"""An object carried from plane to plane of a stack.

From one plane to the next an object moves a little, and how, the images of the two planes tell: the
optical flow between them carries the outline along. Then the outline is drawn to where the image
looks as it did on the outline before. Where the model drew the object right on the plane before, as
it does of what it was trained on, its mask counts, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import ndimage
from skimage.registration import optical_flow_ilk
from skimage.segmentation import watershed

from boundary_click.core.arrays import components, iou, signed_distance
from boundary_click.core.geometry import BoolArray, Box, FloatArray, Window
from boundary_click.core.pieces import Piece, Where, placed, union
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.state import Patch
from boundary_click.engine.windows import on_grid

_GRID = (48, 256)
"""Fewest and most cells along a side of the window that is looked at."""
_ROOM = 0.5
"""Kept round the object in the window, as a share of its longer side."""
_LEAST_ROOM = 8.0
"""Pixels."""
_SIGHT = 8
"""Radius of the neighbourhood that moves together, in cells."""
_CALM = 1.5
"""Cells over which the images are smoothed before the flow between them is found."""
_FASTEST = 4.0
"""Cells that the flow moves at most; more is noise."""
_FREE = 0.2
"""How far the outline may be drawn, as a share of the object's radius."""
_LEAST_FREE = 1.5
"""Pixels."""
_DRAW = 0.5
"""How far the outline goes from where it was carried to where the image draws it, as a share."""
_SMOOTH = 1.0
"""Cells over which the image is smoothed before it draws the outline."""
_TRUSTED = (0.8, 0.95)
"""IoU of the model's mask with the one that was kept, from which on it counts, and counts alone."""
_NO_CONTRAST = 1e-6
_INSIDE, _OUTSIDE = 1, 2


@dataclass(frozen=True, slots=True)
class PropagationRules:
    """When a plane is doubtful, and when to stop.

    Attributes
    ----------
    stop_iou, doubt_iou : float
        IoU with the mask of the plane before, in [0, 1].
    stop_growth, doubt_growth : float
        How many times larger or smaller than on the plane before, at least 1.
    doubt_drift : float
        Product of those IoUs since the first plane or the last doubtful one, in [0, 1].
    doubt_likeness : float
        Correlation, in [-1, 1], of the object's pixels with those of the plane before, carried
        along.
    min_area : int
        Pixels; a smaller mask has vanished.
    """

    stop_iou: float = 0.2
    doubt_iou: float = 0.7
    stop_growth: float = 3.0
    doubt_growth: float = 1.35
    doubt_drift: float = 0.6
    doubt_likeness: float = 0.5
    min_area: int = 9


@dataclass(frozen=True, slots=True, eq=False)
class PropagatedPlane:
    """What became of an object on one more plane.

    Attributes
    ----------
    index : int
    patch : Patch or None
        Its mask; None if a rule has stopped it before this plane.
    doubt : str
        Why a user should look at it, empty if there is no reason.
    """

    index: int
    patch: Patch | None
    doubt: str = ""


def propagate(
    plane: Callable[[int], Any],
    predictor: Predictor,
    mask: Patch,
    indices: Iterable[int],
    *,
    rules: PropagationRules | None = None,
) -> Iterator[PropagatedPlane]:
    """Carry an object through planes, from each to the next.

    Parameters
    ----------
    plane : callable
        Returns the image of a plane by its index, shape (H, W) or (H, W, C); only what is round
        the object is read.
    predictor : Predictor
    mask : Patch
        Of the first plane, not empty.
    indices : iterable of int
        The planes in their order, that of the mask first.
    rules : PropagationRules, optional

    Yields
    ------
    PropagatedPlane
        One for each plane after the first, until a rule stops the object.
    """
    rules = rules or PropagationRules()
    drawn: Patch | None = None
    drift = 1.0
    for before, index in pairwise(indices):
        images = plane(before), plane(index)
        drawn = drawn or _drawn_by(predictor, images[0], mask)
        agreement = _agreement(drawn, mask) if drawn else 0.0
        drawn = _drawn_by(predictor, images[1], mask)
        trust = float(np.interp(agreement, _TRUSTED, (0, 1))) if drawn else 0.0
        found, likeness = _carried(images, mask, drawn or mask, trust)
        reason = _stop(mask, found, rules)
        if found is None or reason:
            yield PropagatedPlane(index, None, reason)
            return
        drift *= _agreement(mask, found)
        doubt = _doubt(mask, found, likeness, drift, rules)
        yield PropagatedPlane(index, found, doubt)
        mask, drift = found, 1.0 if doubt else drift


def _drawn_by(predictor: Predictor, image: Any, mask: Patch) -> Patch | None:
    """Return the mask that a model draws from a click in the middle of another, None if none."""
    try:
        state = predictor.select(image, mask.centre, extent=mask.box.side)
    except ValueError:  # no contrast
        return None
    return state.render((int(image.shape[0]), int(image.shape[1])))


def _carried(
    images: tuple[Any, Any], mask: Patch, drawn: Patch, trust: float
) -> tuple[Patch | None, float]:
    """Return a mask carried to the next plane, and how alike the object's pixels are on both.

    Parameters
    ----------
    images : tuple
        Of both planes.
    mask : Patch
    drawn : Patch
        What the model makes of the next plane.
    trust : float
        How much that counts, from 0 to 1.
    """
    shape = (int(images[0].shape[0]), int(images[0].shape[1]))
    window = _window(mask.box)
    before, after = _pictures(images, window)
    flow = _flow(before, after)
    distance = signed_distance(on_grid(mask, window) > 0.5)
    level = float(np.median(ndimage.gaussian_filter(before, _SMOOTH)[np.abs(distance) < 1]))
    carried = _along(distance, flow)
    likeness = _likeness(_along(before, flow), after, carried > 0)
    radius = np.sqrt(np.count_nonzero(mask.mask) / np.pi)
    free = max(_FREE * radius, _LEAST_FREE) * window.zoom[0]
    seen = _drawn(carried, after, level, free)
    mixed = (1 - trust) * seen + trust * signed_distance(on_grid(drawn, window) > 0.5)
    where, values = window.write(mixed.astype(np.float32), shape)
    return _largest(values > 0, where), likeness


def _flow(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return where each cell of a picture was in the one before, relative to it, (2, S, S)."""
    calm = [ndimage.gaussian_filter(picture, _CALM) for picture in (after, before)]
    flow = optical_flow_ilk(*calm, radius=_SIGHT)  # type: ignore[no-untyped-call]
    bounded: FloatArray = np.clip(flow, -_FASTEST, _FASTEST)
    return bounded


def _drawn(distance: FloatArray, picture: FloatArray, level: float, free: float) -> FloatArray:
    """Return the distance to an outline that is drawn to where a picture has a level.

    Parameters
    ----------
    distance : ndarray of float32, shape (S, S)
        To the outline as it was carried, in cells.
    picture : ndarray of float, shape (S, S)
    level : float
        What the picture of the plane before shows on the outline.
    free : float
        How far the outline may be drawn, in cells.
    """
    markers = np.select([distance > free, distance < -free], [_INSIDE, _OUTSIDE], 0)
    if not ((markers == _INSIDE).any() and (markers == _OUTSIDE).any()):
        return distance
    ridge = -np.abs(ndimage.gaussian_filter(picture, _SMOOTH) - level)
    basins = watershed(ridge, markers)  # type: ignore[no-untyped-call]
    seen = signed_distance(basins == _INSIDE)
    near = np.abs(distance) <= free
    return np.where(near, (1 - _DRAW) * distance + _DRAW * seen, distance)


def _window(box: Box) -> Window:
    """Return a square window round an object, of about one cell a pixel unless it is large."""
    side = box.side + 2 * max(_ROOM * box.side, _LEAST_ROOM)
    return Window(Box.square(*box.centre, side), int(np.clip(round(side), *_GRID)))


def _pictures(images: tuple[Any, Any], window: Window) -> tuple[FloatArray, FloatArray]:
    """Return what a window shows of both planes, gray, from 0 to 1 over the two of them."""
    seen = [window.read(image).astype(float) for image in images]
    before, after = (each.mean(axis=2) if each.ndim == 3 else each for each in seen)
    low, high = min(before.min(), after.min()), max(before.max(), after.max())
    scale = max(high - low, _NO_CONTRAST)
    return (before - low) / scale, (after - low) / scale


def _along(values: FloatArray, flow: FloatArray) -> FloatArray:
    """Return values moved with the flow."""
    places = np.indices(values.shape, dtype=float) + flow
    moved: FloatArray = ndimage.map_coordinates(values, places, order=1, mode="nearest")
    return moved


def _likeness(moved: FloatArray, after: FloatArray, mask: BoolArray) -> float:
    """Return the correlation of the pixels of an object in two pictures.

    Two pictures without contrast are alike, one of them is not like the other.
    """
    first, second = moved[mask], after[mask]
    is_flat = [part.size < 2 or part.std() < _NO_CONTRAST for part in (first, second)]
    if any(is_flat):
        return float(all(is_flat))
    return float(np.corrcoef(first, second)[0, 1])


def _largest(mask: BoolArray, where: Where) -> Patch | None:
    """Return the largest part of a mask, None if it is empty."""
    labels, count = components(mask)
    if not count:
        return None
    part = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    piece = Piece.of(part, where)
    return Patch(piece.where, piece.mask.astype(np.float32)) if piece else None


def _agreement(first: Patch, second: Patch) -> float:
    """Return the IoU of two masks."""
    where = union(first.where, second.where)
    assert where is not None  # neither is None
    return iou(placed(first, where), placed(second, where))


def _stop(mask: Patch, found: Patch | None, rules: PropagationRules) -> str:
    """Return why an object ends before a plane, empty if it does not."""
    if found is None or np.count_nonzero(found.mask) < rules.min_area:
        return "the object ends here"
    if _agreement(mask, found) < rules.stop_iou or _growth(mask, found) > rules.stop_growth:
        return "the object jumps here"
    return ""


def _doubt(
    mask: Patch, found: Patch, likeness: float, drift: float, rules: PropagationRules
) -> str:
    """Return why a plane is doubtful, empty if it is not."""
    if _agreement(mask, found) < rules.doubt_iou:
        return "the outline moves far"
    if _growth(mask, found) > rules.doubt_growth:
        return "the object grows or shrinks much"
    if likeness < rules.doubt_likeness:
        return "the image changes much"
    if drift < rules.doubt_drift:
        return "far from the last plane that was checked"
    return ""


def _growth(first: Patch, second: Patch) -> float:
    """Return how many times larger one mask is than the other."""
    small, large = sorted(int(np.count_nonzero(patch.mask)) for patch in (first, second))
    return large / max(small, 1)
