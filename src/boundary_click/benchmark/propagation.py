"""The benchmark of propagation: a simulated user segments bodies of a stack.

The user clicks once on the middle plane, corrects the mask there, lets it be carried up and down,
and corrects again where a plane is listed as doubtful.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boundary_click.benchmark.bodies import Body, Masks
from boundary_click.benchmark.stack_user import Corrected, Pass, PlaneByPlane, StackUser
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.propagation_rules import PropagationRules
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.state import Patch


@dataclass(frozen=True, slots=True)
class BodyResult:
    """What happened to one body.

    Attributes
    ----------
    body : Body
    first_click, start : Patch
        Its mask on the middle plane after one click, and after corrections there.
    start_clicks : int
        Clicks on the middle plane.
    passes : mapping of str to Pass
        ``one click``, from the mask of one click; ``start corrected``; and ``motion only``, from
        the corrected mask without asking the model.
    corrected : Corrected
    plane_by_plane : PlaneByPlane
    """

    body: Body
    first_click: Patch
    start: Patch
    start_clicks: int
    passes: Mapping[str, Pass]
    corrected: Corrected
    plane_by_plane: PlaneByPlane

    @property
    def copies(self) -> dict[str, Masks]:
        """The masks of the middle plane copied to all planes that hold the body."""
        held = range(self.body.first, self.body.last + 1)
        masks = {"one click": self.first_click, "start corrected": self.start}
        return {name: dict.fromkeys(held, mask) for name, mask in masks.items()}


@dataclass(frozen=True, slots=True)
class Failure:
    """A body that could not be segmented, and why."""

    body: Body
    error: str


def run_propagation(
    bodies: Sequence[Body],
    image: NDArray[Any],
    predictor: Predictor,
    robot: RobotUser,
    rules: PropagationRules,
    *,
    seed: int,
) -> Iterator[BodyResult | Failure]:
    """Segment bodies of a stack with simulated clicks.

    Parameters
    ----------
    bodies : sequence of Body
    image : ndarray, shape (Z, H, W) or (Z, H, W, C)
    predictor : Predictor
    robot : RobotUser
    rules : PropagationRules
    seed : int
        Each body has a generator of its own, made of this and its id.

    Yields
    ------
    BodyResult or Failure
    """
    for body in bodies:
        rng = np.random.default_rng((seed, body.object_id))
        try:
            yield segment_body(body, StackUser(image, predictor, robot, rules, rng))
        except (ValueError, RuntimeError) as problem:
            yield Failure(body, f"{type(problem).__name__}: {problem}")


def segment_body(body: Body, user: StackUser) -> BodyResult:
    """Segment a body in all ways that are compared.

    Raises
    ------
    ValueError
        If a click cannot be used.
    """
    first, start, clicks = user.start(body)
    alone = user.rules.model_copy(update={"model_weight": 0.0})
    return BodyResult(
        body=body,
        first_click=first,
        start=start,
        start_clicks=clicks,
        passes={
            "one click": user.carried(body, first, user.rules),
            "start corrected": user.carried(body, start, user.rules),
            "motion only": user.carried(body, start, alone),
        },
        corrected=user.corrected(body, start, clicks),
        plane_by_plane=user.each_plane(body),
    )
