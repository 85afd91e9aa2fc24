"""A simulated user in front of a stack: clicks on planes, looks where masks are doubtful.

A session is about one mask: the user draws out the connected parts of the body that the mask
touches, the largest one if it touches none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boundary_click.benchmark.bodies import Body, Masks
from boundary_click.core.arrays import iou
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import BoolArray
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.propagation import PropagatedPlane, Stopped, propagate
from boundary_click.engine.propagation_rules import PropagationRules, Reason
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.session import Session
from boundary_click.engine.state import Patch

GOAL = 0.85
"""IoU on a plane at which the user is content with it."""
CLICKS_A_LOOK = 5
"""Most corrections on a plane that the user looks at."""
CLICKS_A_BODY = 20
"""Clicks after which the user looks at no further plane."""
PART_CAP = 20
"""Most clicks on a connected part of a plane where each plane is clicked on its own."""
MIN_PART = 20
"""Smaller parts are then left out, in pixels."""
EVERY = 5
"""Of those, only each so many-th is measured."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Masks carried up and down from one plane, nobody correcting.

    Attributes
    ----------
    masks : mapping of int to Patch
    events : mapping of int to PropagatedPlane
        By plane, without the one that it began with.
    stops : tuple of Stopped
        At most one a direction.
    milliseconds : tuple of float
        One a plane.
    """

    masks: Masks
    events: Mapping[int, PropagatedPlane]
    stops: tuple[Stopped, ...]
    milliseconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """Masks that a user corrected where they were doubtful.

    Attributes
    ----------
    masks : mapping of int to Patch
    clicks : int
        Those on the middle plane among them.
    looks : int
        Planes that the user looked at, the middle one among them.
    reasons : tuple of Reason
        Why, but for the middle one.
    """

    masks: Masks
    clicks: int
    looks: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class PlaneByPlane:
    """Some planes of a body clicked one by one, each connected part of its own.

    Attributes
    ----------
    indices : tuple of int
    masks : mapping of int to Patch
    clicks : tuple of int
        One a plane.
    """

    indices: tuple[int, ...]
    masks: Masks
    clicks: tuple[int, ...]


@dataclass(slots=True)
class _Progress:
    """What a user has so far."""

    masks: dict[int, Patch] = field(default_factory=dict)
    clicks: int = 0
    looks: int = 0
    reasons: list[Reason] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StackUser:
    """A simulated user in front of a stack.

    Attributes
    ----------
    image : ndarray, shape (Z, H, W) or (Z, H, W, C)
    predictor : Predictor
    robot : RobotUser
    rules : PropagationRules
    rng : numpy.random.Generator
        Source of the robot's jitter.
    """

    image: NDArray[Any]
    predictor: Predictor
    robot: RobotUser
    rules: PropagationRules
    rng: np.random.Generator

    def start(self, body: Body) -> tuple[Patch, Patch, int]:
        """Return the middle plane's mask after one click and after corrections, and the clicks."""
        middle, part = body.middle, body.largest_part(body.middle)
        first, _ = self._clicked(middle, part, corrections=0)
        start, clicks = self._clicked(middle, part, mask=first, corrections=CLICKS_A_LOOK)
        return first, start, clicks + 1

    def carried(self, body: Body, mask: Patch, rules: PropagationRules) -> Pass:
        """Carry the middle plane's mask to all planes, and correct nothing."""
        masks, events, stops, spent = {body.middle: mask}, {}, [], []
        for end in (len(self.image) - 1, 0):
            began = time.perf_counter()
            for event in self._propagate(mask, body.middle, end, rules):
                spent.append(1000 * (time.perf_counter() - began))
                if isinstance(event, Stopped):
                    stops.append(event)
                else:
                    masks[event.index], events[event.index] = event.patch, event
                began = time.perf_counter()
        return Pass(masks, events, tuple(stops), tuple(spent))

    def _propagate(
        self, mask: Patch, start: int, stop: int, rules: PropagationRules
    ) -> Iterator[PropagatedPlane | Stopped]:
        return propagate(
            self.image.__getitem__, self.predictor, mask, start=start, stop=stop, rules=rules
        )

    def corrected(self, body: Body, start: Patch, clicks: int) -> Corrected:
        """Carry the middle plane's mask to all planes, and correct those listed as doubtful."""
        done = _Progress({body.middle: start}, clicks, looks=1)
        for end in (len(self.image) - 1, 0):
            at: int | None = body.middle
            while at is not None and at != end:
                at = self._until_look(body, done, at, end)
        return Corrected(done.masks, done.clicks, done.looks, tuple(done.reasons))

    def _until_look(self, body: Body, done: _Progress, at: int, end: int) -> int | None:
        """Carry a mask on to the next plane that is looked at; None if it ends before."""
        for event in self._propagate(done.masks[at], at, end, self.rules):
            found = None if isinstance(event, Stopped) else event.patch
            if found is not None:
                done.masks[event.index] = found
            if event.reason is not None and done.clicks < CLICKS_A_BODY:
                done.looks += 1
                done.reasons.append(event.reason)
                return self._look(body, done, event.index, found)
        return None

    def _look(self, body: Body, done: _Progress, index: int, found: Patch | None) -> int | None:
        """Correct a plane, and return its index; None if the body has ended there."""
        if not body.on(index).any():
            done.masks.pop(index, None)
            done.clicks += found is not None  # to say so
            return None
        limit = min(CLICKS_A_LOOK, CLICKS_A_BODY - done.clicks - (found is None))
        target = body.parts_near(index, found)
        mask, clicks = self._clicked(index, target, mask=found, corrections=limit)
        done.masks[index] = mask
        done.clicks += clicks
        return index

    def each_plane(self, body: Body) -> PlaneByPlane:
        """Click each plane on its own."""
        indices = body.planes[::EVERY]
        masks, counts = {}, []
        for index in indices:
            parts = [
                self._clicked(index, part, corrections=PART_CAP - 1)
                for part in body.parts(index, min_area=MIN_PART)
            ]
            counts.append(sum(clicks for _, clicks in parts))
            if parts:
                masks[index] = _merged([mask for mask, _ in parts], body.labels.shape[1:])
        return PlaneByPlane(indices, masks, tuple(counts))

    def _clicked(
        self, index: int, truth: BoolArray, *, mask: Patch | None = None, corrections: int
    ) -> tuple[Patch, int]:
        """Return a plane's mask after up to so many corrections, and the clicks made.

        Without a mask a selection click comes first.
        """
        session = Session(self.image[index], self.predictor, mask=mask)
        if mask is None:
            mask = _mask_after(session, self.robot.select(truth, self.rng))
        if mask is None:
            raise ValueError(f"the model finds nothing at the click on plane {index}")
        made = len(session.clicks)
        while len(session.clicks) - made < corrections and iou(session.mask, truth) < GOAL:
            clicked = session.clicks[made:]
            found = self.robot.correct(truth, session.mask, self.rng, clicked=clicked)
            if not found:
                break
            mask = _mask_after(session, found[0]) or mask
        return mask, len(session.clicks)


def _mask_after(session: Session, click: Click) -> Patch | None:
    """Add a click, and return the mask, None if it is empty."""
    mask = session.add_click(click.row, click.col, click.kind)
    return Patch.of(mask) if mask.any() else None


def _merged(masks: Sequence[Patch], shape: tuple[int, int]) -> Patch:
    """Return the union of masks on a plane of shape (H, W)."""
    merged = np.zeros(shape, dtype=bool)
    for mask in masks:
        merged[mask.where] |= mask.mask
    return Patch.of(merged)
