from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import ndimage

from boundary_click.benchmark.protocol import (
    Plane,
    find_targets,
    run_benchmark,
    sample_targets,
)
from boundary_click.benchmark.report import details, summary
from boundary_click.core.arrays import IGNORE_LABEL
from boundary_click.core.geometry import Box, Window
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.state import MaskState

SIDE = 64


def disks(*places: tuple[int, int, int]) -> np.ndarray:
    """Labels 1, 2, ... of disks given by row, column and radius."""
    rows, cols = np.ogrid[:SIDE, :SIDE]
    labels = np.zeros((SIDE, SIDE), dtype=np.uint16)
    for index, (row, col, radius) in enumerate(places, start=1):
        labels[(rows - row) ** 2 + (cols - col) ** 2 <= radius**2] = index
    return labels


def plane(name: str, labels: np.ndarray) -> Plane:
    """A plane whose image shows the labels: what a fake predictor needs."""
    return Plane(name, lambda: (np.where(labels == IGNORE_LABEL, 0, labels), labels))


@dataclass
class FakePredictor:
    """Sees each object shrunk by some pixels, one less after each further click."""

    shrunk: int = 0
    gain: int = 1
    broken_id: int = -1
    name: str = "fake"
    device: str = "cpu"
    click_kinds: tuple = ("boundary", "positive", "negative")
    extents: tuple = ()

    def select(self, image, click, *, extent=None):
        self.extents += (extent,)
        object_id = int(image[round(click.row), round(click.col)])
        if object_id == self.broken_id:
            raise ValueError("image is constant near the click")
        return self._state(image, object_id, self.shrunk)

    def refine(self, image, state, clicks):
        object_id, shrunk = state.context
        return self._state(image, object_id, max(0, shrunk - self.gain))

    def _state(self, image, object_id, shrunk):
        mask = image == object_id
        if shrunk:
            mask = ndimage.binary_erosion(mask, iterations=shrunk)
        logits = np.where(mask, 10, -10).astype(np.float32)
        return MaskState(Window(Box.of_image(mask.shape), SIDE), logits, (object_id, shrunk))


def run(planes, predictor, robot=None, **options):
    targets = find_targets(planes)
    return list(run_benchmark(targets, predictor, robot or RobotUser(), seed=0, **options))


def test_a_perfect_mask_needs_one_click_and_keeps_its_iou():
    labels = disks((20, 20, 9), (45, 40, 12))
    results = run([plane("a", labels)], FakePredictor())
    assert [result.ious for result in results] == [(1.0,) * 20] * 2
    assert [len(result.clicks) for result in results] == [1, 1]
    assert [len(result.milliseconds) for result in results] == [1, 1]


def test_corrections_lie_on_the_true_outline_of_the_whole_image():
    labels = disks((20, 40, 12))
    (result,) = run([plane("a", labels)], FakePredictor(shrunk=3))
    assert result.ious == tuple(sorted(result.ious))
    assert result.ious[0] < 0.7
    assert result.ious[3:] == (1.0,) * 17
    assert [click.kind for click in result.clicks] == ["positive"] + ["boundary"] * 3
    for click in result.clicks[1:]:
        assert np.hypot(click.row - 20, click.col - 40) == pytest.approx(12, abs=1)


def test_signed_corrections_lie_in_the_error():
    labels = disks((20, 40, 12))
    (result,) = run([plane("a", labels)], FakePredictor(shrunk=2), RobotUser(style="signed"))
    assert {click.kind for click in result.clicks} == {"positive"}
    assert all(labels[round(c.row), round(c.col)] == 1 for c in result.clicks)


def test_clicks_that_change_nothing_go_on_up_to_the_cap_on_other_pixels():
    (result,) = run([plane("a", disks((30, 30, 9)))], FakePredictor(shrunk=2, gain=0), cap=7)
    assert len(result.clicks) == len(result.ious) == 7
    assert len(set(result.ious)) == 1
    assert len(set(result.clicks)) == 7


def test_the_goal_ends_the_clicks():
    labels = disks((30, 30, 20))
    (result,) = run([plane("a", labels)], FakePredictor(shrunk=4), goal=0.8)
    assert len(result.clicks) < 5
    assert 0.8 <= result.ious[-1] < 1


def test_ignored_pixels_count_nowhere():
    labels = disks((30, 30, 12))
    seen = labels.copy()
    labels[30:34] = IGNORE_LABEL  # the model finds these pixels too
    whole = Plane("a", lambda: (seen, labels))
    (result,) = run([whole], FakePredictor())
    assert result.ious == (1.0,) * 20
    assert result.object_id == 1


def test_the_model_is_told_nothing_of_the_object():
    predictor = FakePredictor()
    run([plane("a", disks((20, 20, 9), (45, 40, 12)))], predictor)
    assert predictor.extents == (None, None)


def test_an_error_is_a_failure_of_that_object_only():
    labels = disks((20, 20, 9), (45, 40, 12))
    first, second = run([plane("a", labels)], FakePredictor(broken_id=1))
    assert first.error == "ValueError: image is constant near the click"
    assert first.ious == (0.0,) * 20
    assert first.clicks == ()
    assert second.error == ""
    assert second.ious[0] == 1.0


def test_results_depend_on_no_other_object():
    planes = [plane("a", disks((20, 20, 9), (45, 40, 12))), plane("b", disks((25, 30, 10)))]
    targets = find_targets(planes)
    robot = RobotUser(jitter=0.2)

    def clicks(chosen):
        results = run_benchmark(chosen, FakePredictor(shrunk=2), robot, seed=3)
        return {(r.image, r.object_id): r.clicks for r in results}

    forward, backward = clicks(targets), clicks(targets[::-1])
    assert forward == backward
    assert clicks(targets[1:2]).items() <= forward.items()
    assert len(set(forward.values())) == 3


def test_the_seed_decides():
    targets = find_targets([plane("a", disks((30, 30, 12)))])

    def clicks(seed):
        robot = RobotUser(jitter=0.2)
        (result,) = run_benchmark(targets, FakePredictor(), robot, seed=seed)
        return result.clicks

    assert clicks(1) == clicks(1)
    assert clicks(1) != clicks(2)


def test_small_and_ignored_objects_are_no_targets():
    labels = disks((20, 20, 1), (40, 40, 5))
    labels[:3] = IGNORE_LABEL
    (target,) = find_targets([plane("a", labels)])
    assert (target.object_id, target.area) == (2, np.count_nonzero(labels == 2))
    assert target.box == Box(35, 35, 46, 46)


def test_ids_may_be_far_apart():
    labels = disks((20, 20, 6), (45, 40, 6)).astype(np.int64) * 1_000_000
    assert [t.object_id for t in find_targets([plane("a", labels)])] == [1_000_000, 2_000_000]


def test_samples_are_spread_over_planes():
    crowd = plane("crowd", disks(*((row, col, 3) for row in (8, 24, 40) for col in (8, 24, 40))))
    loner = plane("loner", disks((30, 30, 8)))
    targets = find_targets([crowd, loner])
    names = [t.plane.name for t in sample_targets(targets, 3, seed=0)]
    assert names == ["crowd", "crowd", "loner"]
    assert sample_targets(targets, 3, seed=0) == sample_targets(targets, 3, seed=0)
    chosen = {sample_targets(targets, 3, seed=seed) for seed in range(8)}
    assert len(chosen) > 1
    assert sample_targets(targets, 99, seed=0) == sample_targets(targets, None, seed=1) == targets


def test_summary_sums_up():
    planes = [plane("a", disks((20, 20, 9), (45, 40, 12)))]
    results = run(planes, FakePredictor(broken_id=1))
    figures = summary(results)
    assert figures["objects"] == 2
    assert figures["cap"] == 20
    assert figures["errors"] == 1
    assert figures["iou"] == dict.fromkeys(("1", "2", "3", "5", "10", "20"), 0.5)
    assert figures["clicks"]["85"] == {"mean": 10.5, "failures": 1, "failure_share": 0.5}
    assert figures["drops"] == {"share": 0.0, "largest": 0.0}
    assert figures["milliseconds"]["first"]["median"] > 0
    assert figures["milliseconds"]["further"] is None
    broken, whole = details(results)
    assert broken["error"].startswith("ValueError")
    assert whole == {"image": "a", "id": 2, "area": 441, "clicks": 1, "iou": [1.0] * 20}
