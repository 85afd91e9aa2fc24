"""The benchmark of interactive segmentation: a simulated user clicks, the IoU is noted.

The model sees the image and the clicks. Labels go to the simulated user and to the IoU only.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from boundary_click.benchmark.metrics import CLICK_CAP
from boundary_click.core.arrays import IGNORE_LABEL, iou, labelled_objects
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import BoolArray, Box
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.session import Session

MIN_AREA = 20
"""Smaller objects are left out, in pixels."""

_MARGIN = 4.0
"""Pixels kept round an object and its mask, so that both outlines are whole."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A labelled image that is read when it is needed.

    Attributes
    ----------
    name : str
        Unique in the data set.
    read : callable
        Returns the image, shape (H, W) or (H, W, C), and its labels, integers of shape
        (H, W): instance ids, 0 is background, 65535 is left out of every IoU.
    """

    name: str
    read: Callable[[], tuple[np.ndarray, np.ndarray]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """An object to segment.

    Attributes
    ----------
    plane : Plane
    object_id : int
    area : int
        In pixels.
    box : Box
        Tight box of the object; for the simulated user only.
    """

    plane: Plane
    object_id: int
    area: int
    box: Box


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """What happened to one object.

    Attributes
    ----------
    image : str
    object_id : int
    area : int
        In pixels.
    ious : tuple of float
        After each click up to the cap; where nothing is left to correct, the last IoU stays.
    clicks : tuple of Click
        The clicks made.
    milliseconds : tuple of float
        Duration of each click made.
    error : str
        Why the session stopped early, empty if it did not.
    """

    image: str
    object_id: int
    area: int
    ious: tuple[float, ...]
    clicks: tuple[Click, ...]
    milliseconds: tuple[float, ...]
    error: str = ""


def find_targets(planes: Sequence[Plane], *, min_area: int = MIN_AREA) -> tuple[Target, ...]:
    """Return all objects of labelled planes, plane by plane."""
    return tuple(
        Target(plane, found.object_id, found.area, found.box)
        for plane in planes
        for found in labelled_objects(plane.read()[1], min_area=min_area)
    )


def sample_targets(targets: Sequence[Target], count: int | None, seed: int) -> tuple[Target, ...]:
    """Draw objects, spread over the planes.

    Every plane gives one object before any gives a second, and so on.

    Parameters
    ----------
    targets : sequence of Target
    count : int or None
        The largest number to draw; all if None.
    seed : int

    Returns
    -------
    tuple of Target
        In the order of ``targets``.
    """
    if count is None or count >= len(targets):
        return tuple(targets)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(targets))
    turns: dict[str, int] = {}
    turn = np.zeros(len(targets), dtype=int)
    for index in order:
        name = targets[index].plane.name
        turns[name] = turn[index] = turns.get(name, 0) + 1
    chosen = sorted(order[np.argsort(turn[order], kind="stable")][:count])
    return tuple(targets[index] for index in chosen)


def run_benchmark(
    targets: Sequence[Target],
    predictor: Predictor,
    robot: RobotUser,
    *,
    seed: int,
    cap: int = CLICK_CAP,
    goal: float = 1.0,
) -> Iterator[ObjectResult]:
    """Segment objects with simulated clicks.

    Parameters
    ----------
    targets : sequence of Target
    predictor : Predictor
    robot : RobotUser
    seed : int
        See `visits`.
    cap : int
        Most clicks an object gets.
    goal : float
        IoU at which its clicks end before.

    Yields
    ------
    ObjectResult
    """
    for target, image, labels, rng in visits(targets, seed=seed):
        yield segment_object(image, labels, target, predictor, robot, rng, cap=cap, goal=goal)


def visits(
    targets: Sequence[Target], *, seed: int
) -> Iterator[tuple[Target, np.ndarray, np.ndarray, np.random.Generator]]:
    """Yield each object with its image, its labels and a generator.

    Parameters
    ----------
    targets : sequence of Target
        Those of one plane beside each other are read once.
    seed : int
        Each object has a generator of its own, made of this, its image's name and its id:
        its result depends on no other object.
    """
    plane: Plane | None = None
    for target in targets:
        if target.plane is not plane:
            plane = target.plane
            image, labels = plane.read()
        name = zlib.crc32(target.plane.name.encode())
        yield target, image, labels, np.random.default_rng((seed, name, target.object_id))


def segment_object(
    image: np.ndarray,
    labels: np.ndarray,
    target: Target,
    predictor: Predictor,
    robot: RobotUser,
    rng: np.random.Generator,
    *,
    cap: int = CLICK_CAP,
    goal: float = 1.0,
) -> ObjectResult:
    """Segment one object with simulated clicks; see `run_benchmark`.

    An error of the session ends the clicks and is noted in the result.
    """
    user = _User(labels, target, robot, rng)
    session = Session(image, predictor)
    ious: list[float] = []
    milliseconds: list[float] = []
    error = ""
    while len(ious) < cap and max(ious[-1:], default=0.0) < goal:
        if (click := user.next_click(session)) is None:
            break
        start = time.perf_counter()
        try:
            session.add_click(click.row, click.col, click.kind)
        except (ValueError, TypeError, RuntimeError) as problem:
            error = f"{type(problem).__name__}: {problem}"
            break
        milliseconds.append(1000 * (time.perf_counter() - start))
        ious.append(user.iou(session))
    ious += [ious[-1] if ious else 0.0] * (cap - len(ious))
    return ObjectResult(
        target.plane.name,
        target.object_id,
        target.area,
        tuple(ious),
        session.clicks,
        tuple(milliseconds),
        error,
    )


class _User:
    """A robot user in front of one object, who looks at no more than the piece round it."""

    def __init__(
        self, labels: np.ndarray, target: Target, robot: RobotUser, rng: np.random.Generator
    ) -> None:
        self._labels = labels
        self._target = target
        self._robot = robot
        self._rng = rng

    def next_click(self, session: Session) -> Click | None:
        """Return where to click next, None if the mask is right."""
        truth, mask, valid, (top, left) = self._piece(session)
        if not session.clicks:
            click = self._robot.select(truth, self._rng)
        else:
            clicked = tuple(Click(c.row - top, c.col - left, c.kind) for c in session.clicks[1:])
            corrections = self._robot.correct(truth, mask, self._rng, valid=valid, clicked=clicked)
            if not corrections:
                return None
            click = corrections[0]
        return Click(click.row + top, click.col + left, click.kind)

    def iou(self, session: Session) -> float:
        """Return the IoU of the mask with the object."""
        truth, mask, valid, _ = self._piece(session)
        return iou(truth, mask, valid=valid)

    def _piece(self, session: Session) -> tuple[BoolArray, BoolArray, BoolArray, tuple[int, int]]:
        """Return object, mask and valid pixels round both, and where that piece starts."""
        box, patch = self._target.box, session.patch
        if patch is not None:
            rows, cols = patch.where
            box = box.union(Box(rows.start, cols.start, rows.stop, cols.stop))
        piece = box.padded(_MARGIN).pixels(self._labels.shape)
        labels = self._labels[piece]
        mask = np.zeros(labels.shape, dtype=bool)
        top, left = piece[0].start, piece[1].start
        if patch is not None:
            mask[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left] = (
                patch.mask
            )
        return labels == self._target.object_id, mask, labels != IGNORE_LABEL, (top, left)
