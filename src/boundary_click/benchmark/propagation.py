"""How far one click goes in a stack: the simulated user carries objects through its planes.

The user clicks an object on its middle plane and carries it both ways. Then only planes that are
listed as doubtful are looked at: corrected there, and carried on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from boundary_click.core.arrays import components, iou
from boundary_click.core.geometry import BoolArray
from boundary_click.core.pieces import placed
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.propagation import propagate
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.session import Session
from boundary_click.engine.state import Patch

GOAL = 0.85
"""IoU on a plane at which the user is content."""
CORRECTIONS = 5
"""Most boundary clicks on one plane."""
CAP = 20
"""Most clicks on one object; on one plane where each is clicked by itself."""
BAD = 0.7
"""A plane with a lower IoU should have been listed."""
_EACH = 10
"""Of so many planes one is clicked by itself."""


@dataclass(frozen=True, slots=True)
class Body:
    """An object of a stack.

    Attributes
    ----------
    object_id : int
    planes : tuple of int
        On which it lies.
    """

    object_id: int
    planes: tuple[int, ...]

    @property
    def middle(self) -> int:
        """The plane in the middle."""
        return self.planes[len(self.planes) // 2]


@dataclass(frozen=True, slots=True)
class BodyResult:
    """What became of an object.

    Attributes
    ----------
    object_id : int
    planes : int
        On which it lies.
    clicks : int
        After the listed planes were corrected.
    iou_first, iou_carried, iou_corrected, iou_copied : float
        On the middle plane after its clicks; of all planes after it was carried, after the listed
        ones were corrected, and with the mask of the middle plane on all.
    iou_each, clicks_each : float
        Mean over single planes that were each clicked by themselves; clicks for all planes.
    iou_each_covered : float
        Mean over the same planes after they were carried and corrected.
    listed, listed_bad, bad : int
        Planes listed; of those with a low IoU; all with a low IoU, before any correction.
    ends : tuple of str
        Why it was carried no further, at either end.
    milliseconds : tuple of float
        For each plane it was carried to.
    """

    object_id: int
    planes: int
    clicks: int
    iou_first: float
    iou_carried: float
    iou_corrected: float
    iou_copied: float
    iou_each: float
    iou_each_covered: float
    clicks_each: float
    listed: int
    listed_bad: int
    bad: int
    ends: tuple[str, ...]
    milliseconds: tuple[float, ...]


def find_bodies(
    labels: np.ndarray, *, min_planes: int = 20, min_voxels: int = 20_000
) -> tuple[Body, ...]:
    """Return the large objects of labels of shape (Z, H, W)."""
    counts = np.bincount(labels.ravel())
    found = []
    for object_id in np.flatnonzero(counts >= min_voxels):
        if object_id:
            planes = np.flatnonzero((labels == object_id).any(axis=(1, 2)))
            if len(planes) >= min_planes:
                found.append(Body(int(object_id), tuple(int(plane) for plane in planes)))
    return tuple(found)


def draw_bodies(bodies: Sequence[Body], count: int | None, seed: int) -> tuple[Body, ...]:
    """Return so many of the bodies, all if None."""
    order = np.random.default_rng(seed).permutation(len(bodies))[:count]
    return tuple(bodies[index] for index in sorted(order))


def run_propagation(
    image: np.ndarray,
    labels: np.ndarray,
    bodies: Sequence[Body],
    predictor: Predictor,
    robot: RobotUser,
    *,
    seed: int,
) -> Iterator[BodyResult]:
    """Yield what becomes of each body.

    Parameters
    ----------
    image : ndarray, shape (Z, H, W) or (Z, H, W, C)
    labels : ndarray of integers, shape (Z, H, W)
    bodies : sequence of Body
    predictor : Predictor
    robot : RobotUser
    seed : int
        Each body has a generator of its own, made of this and its id.
    """
    for body in bodies:
        rng = np.random.default_rng((seed, body.object_id))
        yield _Work(image, labels == body.object_id, body, predictor, robot, rng).result()


class _Work:
    """A robot user at one body."""

    def __init__(
        self,
        image: np.ndarray,
        truth: BoolArray,
        body: Body,
        predictor: Predictor,
        robot: RobotUser,
        rng: np.random.Generator,
    ) -> None:
        self._image, self._truth, self._body = image, truth, body
        self._predictor, self._robot, self._rng = predictor, robot, rng
        self._masks: dict[int, Patch] = {}
        self._doubts: dict[int, str] = {}
        self._ends: dict[int, str] = {}
        self._milliseconds: list[float] = []
        self._clicks = 0

    def result(self) -> BodyResult:
        """Do all of it."""
        middle = self._body.middle
        truth = _largest(self._truth[middle])
        self._masks[middle], self._clicks = self._clicked(middle, truth, CORRECTIONS + 1)
        first = iou(self._mask(middle), truth)
        copied = dict.fromkeys(self._body.planes, self._masks[middle])
        for way in (-1, 1):
            self._carry(middle, way)
        carried, listed = self._volume_iou(self._masks), set(self._doubts)
        bad = {plane for plane in self._body.planes if self._plane_iou(plane) < BAD}
        for way in (-1, 1):
            self._review(way)
        each = [self._each(plane) for plane in self._body.planes[::_EACH]]
        return BodyResult(
            self._body.object_id,
            len(self._body.planes),
            self._clicks,
            first,
            carried,
            self._volume_iou(self._masks),
            self._volume_iou(copied),
            float(np.mean([reached for reached, _ in each])),
            float(np.mean([self._plane_iou(plane) for plane in self._body.planes[::_EACH]])),
            float(np.mean([clicks for _, clicks in each]) * len(self._body.planes)),
            len(listed),
            len(listed & bad),
            len(bad),
            tuple(self._ends.values()),
            tuple(self._milliseconds),
        )

    def _carry(self, start: int, way: int) -> None:
        """Carry the object from a plane on, in place of what was carried before."""
        for plane in [plane for plane in self._masks if (plane - start) * way > 0]:
            del self._masks[plane]
            self._doubts.pop(plane, None)
        stop = len(self._image) if way > 0 else -1
        run = propagate(
            self._image.__getitem__,
            self._predictor,
            self._masks[start],
            range(start, stop, way),
        )
        begun = time.perf_counter()
        for found in run:
            self._milliseconds.append(1000 * (time.perf_counter() - begun))
            begun = time.perf_counter()
            if found.patch is None:
                self._ends[way] = found.doubt
                return
            self._masks[found.index] = found.patch
            if found.doubt:
                self._doubts[found.index] = found.doubt
        self._ends[way] = "the stack ends"

    def _review(self, way: int) -> None:
        """Correct the listed planes to one side, from the middle outwards."""
        at = self._body.middle
        while self._clicks < CAP:
            further = [plane for plane in self._doubts if (plane - at) * way > 0]
            if not further:
                return
            at = min(further, key=lambda plane: abs(plane - at))
            if self._correct(at):
                self._carry(at, way)

    def _correct(self, plane: int) -> bool:
        """Look at a listed plane; return whether its mask was changed."""
        truth = self._part(plane)
        del self._doubts[plane]
        if not truth.any():  # the object has ended before: one click takes the rest away
            self._clicks += 1
            self._drop_from(plane)
            return False
        session = Session(self._image[plane], self._predictor, mask=self._masks[plane])
        most = min(CORRECTIONS, CAP - self._clicks)
        made = self._corrected(session, truth, most)
        self._clicks += made
        if made and session.patch is not None and session.patch.mask.any():
            self._masks[plane] = session.patch
        return made > 0

    def _drop_from(self, plane: int) -> None:
        """Take the object away from a plane on, seen from the middle."""
        way = 1 if plane > self._body.middle else -1
        for gone in [each for each in self._masks if (each - plane) * way >= 0]:
            del self._masks[gone]
            self._doubts.pop(gone, None)

    def _clicked(self, plane: int, truth: BoolArray, most: int) -> tuple[Patch, int]:
        """Return the mask of a plane that is clicked by itself, and the clicks."""
        session = Session(self._image[plane], self._predictor)
        click = self._robot.select(truth, self._rng)
        session.add_click(click.row, click.col, click.kind)
        made = 1 + self._corrected(session, truth, most - 1)
        patch = session.patch
        if patch is None or not patch.mask.any():
            raise ValueError(f"plane {plane}: no mask came of {made} clicks")
        return patch, made

    def _corrected(self, session: Session, truth: BoolArray, most: int) -> int:
        """Correct a mask until the user is content; return the clicks it took."""
        for made in range(most):
            if iou(session.mask, truth) >= GOAL:
                return made
            clicks = self._robot.correct(truth, session.mask, self._rng, clicked=session.clicks)
            if not clicks:
                return made
            session.add_click(clicks[0].row, clicks[0].col, clicks[0].kind)
        return most

    def _each(self, plane: int) -> tuple[float, int]:
        """Return the IoU and the clicks of a plane that is clicked by itself."""
        truth = _largest(self._truth[plane])
        patch, clicks = self._clicked(plane, truth, CAP)
        return iou(_whole(patch, truth.shape), self._truth[plane]), clicks

    def _part(self, plane: int) -> BoolArray:
        """Return the part of the object on a plane that its mask is about."""
        labels, count = components(self._truth[plane])
        shared = np.bincount(labels[self._mask(plane)], minlength=count + 1)
        shared[0] = 0
        part: BoolArray = (labels == shared.argmax()) & shared.any()
        return part

    def _mask(self, plane: int) -> BoolArray:
        shape = self._truth.shape[1:]
        found = self._masks.get(plane)
        return _whole(found, shape) if found is not None else np.zeros(shape, bool)

    def _plane_iou(self, plane: int) -> float:
        return iou(self._mask(plane), self._truth[plane])

    def _volume_iou(self, masks: dict[int, Patch]) -> float:
        """Return the IoU of all planes with the whole object."""
        common = union = 0
        for plane, truth in enumerate(self._truth):
            if plane in masks:
                mask = _whole(masks[plane], truth.shape)
                common += int(np.count_nonzero(mask & truth))
                union += int(np.count_nonzero(mask | truth))
            else:
                union += int(np.count_nonzero(truth))
        return common / union if union else 1.0


def _whole(patch: Patch, shape: tuple[int, ...]) -> BoolArray:
    return placed(patch, (slice(0, shape[0]), slice(0, shape[1])))


def _largest(mask: BoolArray) -> BoolArray:
    labels, _ = components(mask)
    largest: BoolArray = labels == np.bincount(labels.ravel())[1:].argmax() + 1
    return largest


def propagation_summary(results: Sequence[BodyResult]) -> dict[str, Any]:
    """Return the figures of a report."""

    def mean(of: Callable[[BodyResult], float]) -> float:
        return float(np.mean([of(each) for each in results]))

    times = np.concatenate([each.milliseconds for each in results])
    listed, bad = (sum(getattr(each, name) for each in results) for name in ("listed", "bad"))
    caught = sum(each.listed_bad for each in results)
    ends = [end for each in results for end in each.ends]
    return {
        "objects": len(results),
        "planes": mean(lambda each: each.planes),
        "iou_first": mean(lambda each: each.iou_first),
        "iou_copied": mean(lambda each: each.iou_copied),
        "iou_carried": mean(lambda each: each.iou_carried),
        "iou_corrected": mean(lambda each: each.iou_corrected),
        "clicks": mean(lambda each: each.clicks),
        "iou_each": mean(lambda each: each.iou_each),
        "iou_each_covered": mean(lambda each: each.iou_each_covered),
        "clicks_each": mean(lambda each: each.clicks_each),
        "listed": listed,
        "bad": bad,
        "precision": caught / listed if listed else 1.0,
        "recall": caught / bad if bad else 1.0,
        "failures": sum(each.iou_corrected < 0.5 for each in results),
        "milliseconds": {
            "median": float(np.median(times)),
            "p95": float(np.percentile(times, 95)),
        },
        "ends": {end: ends.count(end) for end in sorted(set(ends))},
    }
