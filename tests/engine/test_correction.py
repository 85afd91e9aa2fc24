from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import COLS, ROWS, SIDE, angles, boundary, cells, disk, gap, radii

from boundary_click.core.arrays import iou
from boundary_click.core.clicks import Click
from boundary_click.engine.correction import first_answer, obey, reach_map, settle
from boundary_click.engine.robot_user import RobotUser


class TestFirstAnswer:
    @given(angles, st.floats(3, 10))
    def test_a_signed_click_takes_a_disk_and_nothing_else(self, angle, away):
        for kind, radius in (("positive", 20 + away), ("negative", 20 - away)):
            edge = boundary(angle, radius)
            click = Click(edge.row, edge.col, kind)
            answer = first_answer(disk(20), (Click(48, 48), click), rim=0.5)
            changed = (answer > 0) != (disk(20) > 0)
            assert changed.any()
            distance = np.hypot(ROWS - click.row, COLS - click.col)
            assert distance[changed].max() < away
            assert (answer[changed] > 0).all() == (kind == "positive")

    def test_other_clicks_bound_the_disk(self):
        clicks = (Click(48, 48), Click(48, 50, "negative"))
        assert first_answer(disk(20), clicks, rim=0.5)[48, 48] > 0

    @pytest.mark.parametrize(("radius", "kind"), [(12, "positive"), (40, "negative")])
    def test_a_boundary_click_bounds_the_disk_up_to_its_rim(self, radius, kind):
        clicks = (Click(48, 48), Click(48, 75, "boundary"), Click(48, 70, kind))
        answer = first_answer(disk(radius), clicks, rim=1.5)
        changed = (answer > 0) != (disk(radius) > 0)
        np.testing.assert_array_equal(changed, np.hypot(ROWS - 48, COLS - 70) < 5 - 1.5)

    def test_a_touching_neighbour_is_cut_off(self):
        both = np.maximum(disk(14, 48, 28), disk(18, 48, 59))
        answer = first_answer(both, (Click(48, 28), Click(48, 41, "boundary")), rim=0.5)
        assert iou(answer > 0, disk(14, 48, 28) > 0) > 0.9

    def test_nothing_is_cut_off_where_the_outline_is_right(self):
        """A click where two lobes of one object meet; the way there goes on into the other."""
        lobes = np.maximum(disk(20, 48, 30), disk(20, 48, 66))
        clicks = (Click(48, 30), Click(40, 48, "boundary"))
        np.testing.assert_array_equal(first_answer(lobes, clicks, rim=0.5), lobes)

    def test_a_signed_click_that_is_right_changes_nothing(self):
        clicks = (Click(48, 48), Click(48, 60))
        np.testing.assert_array_equal(first_answer(disk(20), clicks, rim=0.5), disk(20))


class TestReach:
    @pytest.mark.parametrize("kind", ["boundary", "positive", "negative"])
    @given(radii, cells, cells)
    def test_full_at_the_click_and_falling(self, kind, radius, row, col):
        reach = reach_map(disk(radius), Click(row, col, kind), rim=0.5)
        assert reach.shape == (SIDE, SIDE)
        assert reach.dtype == np.float32
        assert 0 <= reach.min() <= reach.max() <= 1
        assert reach[round(row), round(col)] == 1
        distance = np.hypot(ROWS - row, COLS - col).ravel()
        assert (np.diff(reach.ravel()[np.argsort(distance)]) <= 1e-6).all()

    def test_a_larger_error_reaches_farther(self):
        near, far = (reach_map(disk(20), boundary(0, 20 + away), rim=0.5) for away in (1, 12))
        assert far.sum() > near.sum()
        assert near.min() == 0

    @pytest.mark.parametrize("kind", ["positive", "negative"])
    @pytest.mark.parametrize("rim", [0.5, 1.0, 2.0])
    def test_a_signed_click_beside_the_outline_reaches_its_neighbours(self, kind, rim):
        """The outline runs along the clicked pixel's edge."""
        side = 1 if kind == "positive" else -1
        half = (47.5 - COLS + 0 * ROWS).astype(np.float32)
        click = Click(48, 47.5 + side * rim, kind)
        reach = reach_map(half, click, rim=rim)
        pixels = np.hypot(ROWS - click.row, COLS - click.col) / (2 * rim)
        assert (reach[pixels <= 1.4] == 1).all()
        assert (reach[pixels >= 2.3] == 0).all()

    @pytest.mark.parametrize("kind", ["boundary", "positive", "negative"])
    def test_a_pixel_without_size_reaches_somewhere(self, kind):
        """Also where the outline runs through the click."""
        half = (47.5 - COLS + 0 * ROWS).astype(np.float32)
        reach = reach_map(half, Click(48, 47.5, kind), rim=0.0)
        assert np.isfinite(reach).all()
        assert (reach[48, 47:49] == 1).all()


class TestObey:
    @given(radii, st.integers(0, SIDE - 1), st.integers(0, SIDE - 1))
    def test_signed_clicks_are_taken_at_their_word(self, radius, row, col):
        for kind in ("positive", "negative"):
            logits = obey(disk(radius), (Click(row, col, kind),), rim=0.5)
            assert (logits[row, col] > 0) == (kind == "positive")

    @given(st.integers(0, 2**32 - 1))
    def test_each_click_of_a_user_is_obeyed_and_helps(self, seed):
        """A disk becomes an ellipse, click by click."""
        rng = np.random.default_rng(seed)
        axes, angle = rng.uniform(12, 26, 2), rng.uniform(0, math.pi)
        rows, cols = ROWS - rng.uniform(44, 52), COLS - rng.uniform(44, 52)
        along = math.cos(angle) * cols + math.sin(angle) * rows
        across = math.cos(angle) * rows - math.sin(angle) * cols
        truth = (along / axes[0]) ** 2 + (across / axes[1]) ** 2 <= 1
        logits = disk(rng.uniform(12, 26))
        clicks: tuple[Click, ...] = (Click(48, 48),)
        first = iou(logits > 0, truth)
        for _ in range(4):
            correction = RobotUser().correct(truth, logits > 0, rng)
            if not correction:
                break
            clicks += correction
            logits = obey(logits, clicks, rim=0.5)
            assert gap(logits, clicks[-1]) <= 2
        assert iou(logits > 0, truth) >= first - 0.02

    def test_what_is_right_stays(self):
        logits = disk(20)
        clicks = (Click(48, 48), boundary(1.0, 19.5), Click(10, 10, "negative"))
        np.testing.assert_array_equal(obey(logits, clicks, rim=0.5), logits)

    def test_clicks_outside_the_grid_do_no_harm(self):
        clicks = (Click(48, 48), Click(-30, 200, "boundary"), Click(500, -3, "negative"))
        assert np.isfinite(obey(disk(20), clicks, rim=0.5)).all()


class TestSettle:
    def test_a_head_that_wants_more_is_held_at_earlier_clicks(self):
        selection, earlier, latest = Click(48, 48), boundary(math.pi, 19.5), boundary(0.0, 26)
        wanted, previous = disk(25), disk(20)
        settled = settle(wanted, previous, (selection, earlier, latest), rim=0.5)
        assert gap(settled, earlier) <= 2
        assert gap(settled, latest) <= 2
        free = settle(wanted, previous, (selection, latest), rim=0.5)
        assert gap(free, earlier) > 4

    def test_a_head_does_not_get_a_neighbour_back(self):
        own, both = disk(14, 48, 28), np.maximum(disk(14, 48, 28), disk(18, 48, 59))
        settled = settle(both, both, (Click(48, 28), Click(48, 41, "boundary")), rim=0.5)
        assert iou(settled > 0, own > 0) > 0.9

    def test_a_head_that_wants_nothing_leaves_the_selection_click_its_surroundings(self):
        """It may say so everywhere; its word counts less the nearer the selection click is."""
        latest = boundary(0.0, 20)
        nothing = np.full((SIDE, SIDE), -10, dtype=np.float32)
        settled = settle(nothing, disk(30), (Click(48, 48), latest), rim=0.5)
        assert (settled[disk(6) > 0] > 0).all()
        assert gap(settled, latest) <= 2

    def test_clicks_that_contradict_each_other_do_not_fight(self):
        selection, earlier, latest = Click(48, 48), boundary(0.0, 28), boundary(0.05, 14)
        previous = obey(disk(20), (selection, earlier), rim=0.5)
        settled = settle(previous, previous, (selection, earlier, latest), rim=0.5)
        assert gap(settled, latest) <= 2
        far_side = COLS[0] < 48
        np.testing.assert_array_equal(settled[:, far_side] > 0, previous[:, far_side] > 0)
