"""An object followed through the planes of a stack, in depth or in time.

Two witnesses say where the object is on the next plane. The motion of the image carries the mask
along, whatever the object looks like. The model draws the object anew, which it does well only on
images like those it was trained on; so it is heard as far as it agrees with the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from boundary_click.core.arrays import check_image, inner_boundary, inner_point, iou
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import BoolArray, FloatArray
from boundary_click.core.pieces import Piece, placed, union, within
from boundary_click.engine.motion import Surroundings, carry, likeness, parts_on
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.propagation_rules import (
    EXPLANATIONS,
    Agreement,
    PropagationRules,
    Reason,
)
from boundary_click.engine.state import Patch, sigmoid

Planes = Callable[[int], Any]
"""From an index to the plane's image, shape (H, W) or (H, W, C); it may be lazy."""

_MAX_LOGIT = 7.0
"""Beyond this a model's logits say no more."""


@dataclass(frozen=True, slots=True)
class PropagatedPlane:
    """The object on a plane.

    Attributes
    ----------
    index : int
    patch : Patch
        Its mask; never empty.
    agreement : Agreement
        With the plane before.
    reason : Reason or None
        Why a user should look at it, None if nothing speaks for that.
    """

    index: int
    patch: Patch
    agreement: Agreement
    reason: Reason | None = None

    @property
    def doubt(self) -> str:
        """The reason for a user, empty if there is none."""
        return EXPLANATIONS[self.reason] if self.reason else ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Propagation ended before its last plane; nothing was kept on this one.

    Attributes
    ----------
    index : int
    reason : Reason
    """

    index: int
    reason: Reason

    @property
    def text(self) -> str:
        """The reason for a user."""
        return EXPLANATIONS[self.reason]


def propagate(
    planes: Planes,
    predictor: Predictor,
    mask: Patch,
    *,
    start: int,
    stop: int,
    step: int = 1,
    rules: PropagationRules | None = None,
) -> Iterator[PropagatedPlane | Stopped]:
    """Follow an object from a plane where its mask is known to another plane.

    Parameters
    ----------
    planes : callable
        From an index to the plane's image; all planes have one size. Only the part round
        the object is read.
    predictor : Predictor
    mask : Patch
        The object on plane ``start``.
    start, stop : int
        Plane of the mask, and the last plane to reach, before or behind it.
    step : int
        Planes from one to the next.
    rules : PropagationRules, optional

    Yields
    ------
    PropagatedPlane or Stopped
        One a plane after ``start``, in their order; a `Stopped`, if there is one, comes last.
        To cancel, iterate no further.

    Raises
    ------
    ValueError
        If the mask is empty, the step is not positive, or the planes differ in size.

    Notes
    -----
    All connected parts that overlap the mask carried along are kept: an object that splits is
    followed into its branches. One that appears apart from the mask is not found.
    """
    if step < 1:
        raise ValueError(
            f"step must be 1 or more, got {step}; the order of start and stop says which way to go"
        )
    if not mask.mask.any():
        raise ValueError("mask is empty; give the object's mask on the plane to start from")
    return _follow(
        _Follower(predictor, rules or PropagationRules()),
        planes,
        mask,
        range(start, stop + 1, step) if stop >= start else range(start, stop - 1, -step),
    )


def _follow(
    follower: _Follower, planes: Planes, mask: Patch, indices: range
) -> Iterator[PropagatedPlane | Stopped]:
    before, shape, drift = planes(indices[0]), check_image(planes(indices[0])), 0.0
    for index in indices[1:]:
        after = planes(index)
        if check_image(after) != shape:
            raise ValueError(
                f"plane {index} has {check_image(after)} pixels, the one before {shape}; "
                "planes of a stack must be of one size"
            )
        event = follower.advance(index, before, after, mask, drift)
        yield event
        if isinstance(event, Stopped):
            return
        before, mask, drift = after, event.patch, event.agreement.drift


@dataclass(frozen=True, slots=True)
class _Follower:
    """Takes a mask from a plane to the next."""

    predictor: Predictor
    rules: PropagationRules

    def advance(
        self, index: int, before: Any, after: Any, mask: Patch, drift: float
    ) -> PropagatedPlane | Stopped:
        """Return the object on the next plane, or why it ends there."""
        shape = int(after.shape[0]), int(after.shape[1])
        grid = Surroundings.of(mask, shape)
        try:
            first, second = grid.picture(before), grid.picture(after)
        except ValueError:  # constant or not finite: there is nothing to follow
            return Stopped(index, "unreadable")
        carried, expected = carry(grid.probability(mask) > 0.5, first, second)
        if not (carried > 0).any():
            return Stopped(index, "vanished")
        logits, seconded = self._seconded(after, grid, carried, mask)
        patch = _patch(logits, carried > 0, grid, shape)
        if patch is None or np.count_nonzero(patch.mask) < self.rules.min_area:
            return Stopped(index, "vanished")
        like = likeness(carried, expected, second)
        agreement = compare(mask, patch, likeness=like, drift=drift, seconded=seconded)
        if reason := self.rules.stop.broken_by(agreement):
            return Stopped(index, reason)
        doubt = self.rules.doubt.broken_by(agreement)
        return PropagatedPlane(index, patch, agreement, doubt)

    def _seconded(
        self, image: Any, grid: Surroundings, carried: FloatArray, mask: Patch
    ) -> tuple[FloatArray, float]:
        """Return logits of both witnesses, and how far the model agrees with the first."""
        if not self.rules.model_weight:
            return carried, 0.0
        row, col = grid.window.inverse(*inner_point(carried > 0))
        state = self.predictor.select(image, Click(row, col), extent=mask.box.side)
        seen = state.render((int(image.shape[0]), int(image.shape[1])))
        logits = _logits(grid.probability(seen))
        seconded = float(iou(parts_on(logits > 0, carried > 0), carried > 0))
        low, high = self.rules.trust
        weight = self.rules.model_weight * float(np.clip((seconded - low) / (high - low), 0, 1))
        return carried + np.float32(weight) * logits, seconded


def compare(
    before: Patch, after: Patch, *, likeness: float, drift: float, seconded: float = 0.0
) -> Agreement:
    """Return how the masks of two neighbouring planes agree.

    Parameters
    ----------
    before, after : Patch
        Not empty.
    likeness : float
        That of the images.
    drift : float
        That of the mask before.
    seconded : float
        IoU of the model's own mask with the one carried along.
    """
    where = union(before.where, after.where)
    assert where is not None  # both have one
    first, second = placed(before, where), placed(after, where)
    area = int(np.count_nonzero(first))
    overlap = float(iou(first, second))
    way = np.argwhere(second).mean(axis=0) - np.argwhere(first).mean(axis=0)
    outline = inner_boundary(after.mask, edge_counts=True)
    return Agreement(
        overlap=overlap,
        area_ratio=int(np.count_nonzero(second)) / area,
        shift=float(np.hypot(*way)) / area**0.5,
        likeness=likeness,
        drift=drift + (1 - overlap) * (1 - seconded),
        seconded=seconded,
        confidence=float(np.abs(after.probability[outline] - 0.5).mean()),
    )


def _patch(
    logits: FloatArray, carried: BoolArray, grid: Surroundings, shape: tuple[int, int]
) -> Patch | None:
    """Return the parts of a mask that overlap the one carried along, on the image's pixels."""
    kept = parts_on(logits > 0, carried)
    where, values = grid.window.write(np.where(kept, logits, -np.abs(logits)), shape)
    probability = sigmoid(values)
    piece = Piece.of(probability > 0.5, where)
    return None if piece is None else Patch(piece.where, probability[within(piece.where, where)])


def _logits(probability: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        logits = np.log(probability) - np.log1p(-probability)
    clipped: FloatArray = np.clip(logits, -_MAX_LOGIT, _MAX_LOGIT)
    return clipped
