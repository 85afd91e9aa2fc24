"""A stack of two cylinders, and a model that takes what is bright for the object."""

from __future__ import annotations

import numpy as np
import pytest

from boundary_click.benchmark.bodies import Body, draw_bodies, find_bodies
from boundary_click.benchmark.propagation import Failure, run_propagation
from boundary_click.benchmark.propagation_report import propagation_details, propagation_summary
from boundary_click.core.geometry import Box, Window
from boundary_click.engine.crop import clicked_part
from boundary_click.engine.propagation_rules import PropagationRules
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.state import MaskState, Patch

DEPTH, SIDE = 14, 64
ROWS, COLS = np.mgrid[:SIDE, :SIDE]


class Brightness:
    """Selects what is bright and connected; a correction brings nothing."""

    name, device, click_kinds = "bright", "cpu", ("boundary",)

    def select(self, image, click, *, extent=None) -> MaskState:
        if click.row > 60:
            raise ValueError("no contrast there")
        part = clicked_part(image > 120, click)
        logits = np.where(part, 5, -5).astype(np.float32)
        return MaskState(Window(Box.of_image(image.shape), SIDE), logits)

    def resume(self, image, mask):
        return self.select(image, mask.centre)

    def refine(self, image, state, clicks):
        return state


def disk(row: float, col: float, radius: float) -> np.ndarray:
    return np.hypot(ROWS - row, COLS - col) <= radius


@pytest.fixture
def labels() -> np.ndarray:
    """Body 2 leans and goes from plane 2 to 11, with a branch that is apart; 5 is upright."""
    labels = np.zeros((DEPTH, SIDE, SIDE), dtype=np.uint16)
    for index in range(DEPTH):
        labels[index][disk(45, 45, 9)] = 5
        if 2 <= index <= 11:
            labels[index][disk(16, 14 + index, 8)] = 2
        if 3 <= index <= 5:
            labels[index][disk(16, 50, 5)] = 2
    return labels


@pytest.fixture
def image(labels) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 30, labels.shape)
    return (np.where(labels, 180, 30) + noise).astype(np.uint8)


@pytest.fixture
def bodies(labels) -> tuple[Body, ...]:
    return find_bodies(labels, min_area=100, min_planes=8)


@pytest.fixture
def results(bodies, image):
    return list(
        run_propagation(bodies, image, Brightness(), RobotUser(), PropagationRules(), seed=0)
    )


def test_bodies_are_found_by_size(labels, bodies):
    assert [(b.object_id, b.first, b.last, b.middle) for b in bodies] == [
        (2, 2, 11, 6),
        (5, 0, 13, 6),
    ]
    assert [b.object_id for b in find_bodies(labels, min_area=100, min_planes=11)] == [5]
    assert find_bodies(labels, min_area=5000) == ()


def test_a_draw_keeps_the_order(bodies):
    assert draw_bodies(bodies, 5, seed=0) == bodies
    assert len(draw_bodies(bodies, 1, seed=0)) == 1
    assert draw_bodies(bodies, 1, seed=3) == draw_bodies(bodies, 1, seed=3)


def test_parts_of_a_cross_section(bodies):
    branched = bodies[0]
    assert len(branched.parts(4)) == 2
    np.testing.assert_array_equal(branched.largest_part(4), disk(16, 18, 8))
    np.testing.assert_array_equal(branched.parts_near(4, None), disk(16, 18, 8))
    branch = Patch.of(disk(16, 51, 3))
    np.testing.assert_array_equal(branched.parts_near(4, branch), disk(16, 50, 5))
    nowhere = Patch.of(disk(60, 60, 2))
    np.testing.assert_array_equal(branched.parts_near(4, nowhere), disk(16, 18, 8))


def test_what_can_be_reached_leaves_a_loose_branch_out(bodies):
    branched, upright = bodies
    assert upright.iou(upright.traced()) == 1
    traced = branched.traced()
    assert set(traced) == set(branched.planes)
    volume = sum(int(branched.on(k).sum()) for k in branched.planes)
    lost = 3 * int(disk(16, 50, 5).sum())
    assert branched.iou(traced) == pytest.approx(1 - lost / volume)
    assert branched.plane_iou(traced, 0) == 1
    assert branched.plane_iou({}, 4) == 0


def test_a_perfect_model_needs_a_click_a_body(results):
    figures = propagation_summary(results)
    assert (figures["bodies"], figures["failures"]) == (2, 0)
    everything, simple = figures["all"], figures["simple"]
    assert simple["bodies"] == 1
    assert simple["iou"]["one click"] > 0.97
    assert simple["iou"]["copy, one click"] == pytest.approx(1, abs=0.03)
    assert simple["clicks"]["corrected"] == 1
    assert simple["clicks"]["plane by plane"] == 14
    assert simple["passes"]["one click"]["unreached"] == 0
    assert simple["passes"]["one click"]["listing"]["recall"] is None
    assert everything["iou"]["one click"] > everything["iou"]["copy, one click"]
    for method in everything["iou"].values():
        assert 0 <= method <= 1


def test_where_a_body_ends_the_user_looks(results):
    leaning = results[0]
    stops = leaning.passes["one click"].stops
    assert {stop.index for stop in stops} == {1, 12}
    assert leaning.corrected.looks == 3
    assert set(leaning.corrected.masks) == set(range(2, 12))
    assert leaning.corrected.clicks == 1


def test_each_part_is_clicked_where_planes_are(results):
    each = results[0].plane_by_plane
    assert each.indices == (2, 7)
    assert each.clicks == (1, 1)
    assert results[0].body.iou(each.masks, each.indices) == pytest.approx(1)


def test_details_name_each_body(results):
    first, second = propagation_details(results)
    assert (first["id"], first["planes"], first["looks"]) == (2, 10, 3)
    assert second["iou"]["reachable"] == 1


def test_a_body_that_cannot_be_clicked_is_a_failure(labels, image):
    labels[:, 61:, 5:60] = 9
    bodies = find_bodies(labels, min_area=100, min_planes=8)
    running = run_propagation(bodies, image, Brightness(), RobotUser(), PropagationRules(), seed=0)
    results = list(running)
    assert isinstance(results[-1], Failure)
    figures = propagation_summary(results)
    assert (figures["bodies"], figures["failures"]) == (3, 1)
    assert "no contrast there" in propagation_details(results)[-1]["error"]
    with pytest.raises(ValueError, match="no body was segmented"):
        propagation_summary(results[-1:])
