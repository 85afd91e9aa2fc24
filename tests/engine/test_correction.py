from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from boundary_click.core.arrays import inner_boundary, iou, signed_distance
from boundary_click.core.clicks import Click
from boundary_click.engine.correction import (
    obey,
    outline_error,
    pull_outline,
    reach_map,
    settle,
    tidy,
)
from boundary_click.engine.robot_user import RobotUser

SIDE = 96
ROWS, COLS = np.ogrid[:SIDE, :SIDE]
rims = st.floats(0.1, 1.5)
radii = st.floats(8, 30)
cells = st.floats(12, SIDE - 13)
angles = st.floats(0, 2 * math.pi)


def disk(radius: float, row: float = 48, col: float = 48) -> np.ndarray:
    """Logits that are the distance to the outline of a disk."""
    return (radius - np.hypot(ROWS - row, COLS - col)).astype(np.float32)


def boundary(angle: float, radius: float) -> Click:
    return Click(48 + radius * math.sin(angle), 48 + radius * math.cos(angle), "boundary")


def gap(logits: np.ndarray, click: Click) -> float:
    """Distance from a click to the mask's outermost cells."""
    outline = np.argwhere(inner_boundary(logits > 0))
    return float(np.linalg.norm(outline - (click.row, click.col), axis=1).min())


class TestPullOutline:
    @given(radii, cells, cells, rims)
    def test_the_outline_passes_by_the_click(self, radius, row, col, rim):
        click = Click(row, col, "boundary")
        pulled = pull_outline(disk(radius), click, rim=rim)
        assert gap(pulled, click) <= 2 + rim
        assert outline_error(pulled, click, rim=rim) <= 2

    @given(radii, angles, rims)
    def test_an_outline_that_is_right_stays(self, radius, angle, rim):
        logits = disk(radius)
        click = boundary(angle, radius - rim)
        np.testing.assert_array_equal(pull_outline(logits, click, rim=rim) > 0, logits > 0)

    @given(st.floats(14, 24), angles, st.floats(-6, 6))
    def test_nothing_changes_far_away(self, radius, angle, shift):
        logits = disk(radius)
        click = boundary(angle, radius + shift)
        pulled = pull_outline(logits, click, rim=0.5)
        is_far = np.hypot(ROWS - click.row, COLS - click.col) > 16 + 4 * abs(shift)
        np.testing.assert_allclose(pulled[is_far], logits[is_far], atol=0.05)

    @given(st.floats(14, 24), angles, st.floats(-8, 8), st.floats(0.6, 2 * math.pi - 0.6))
    def test_anchors_hold(self, radius, angle, shift, apart):
        logits = disk(radius)
        anchor = boundary(angle + apart, radius - 0.5)
        click = boundary(angle, radius + shift)
        pulled = pull_outline(logits, click, rim=0.5, anchors=(anchor,))
        assert gap(pulled, anchor) <= 2
        assert gap(pulled, click) <= 2.5

    def test_a_wider_piece_moves_where_the_object_is_larger(self):
        def moved(radius: float) -> int:
            logits = disk(radius)
            click = boundary(0.0, radius - 6)
            pulled = pull_outline(logits, click, rim=0.5)
            return int(np.count_nonzero(((pulled > 0) != (logits > 0)).any(axis=1)))

        assert moved(12) < moved(20) < moved(36)

    def test_an_anchor_under_the_click_gives_way(self):
        click = boundary(0.0, 26)
        pulled = pull_outline(disk(20), click, rim=0.5, anchors=(click,))
        assert gap(pulled, click) <= 2

    @given(cells, cells, rims)
    def test_an_empty_mask_gets_an_outline(self, row, col, rim):
        click = Click(row, col, "boundary")
        pulled = pull_outline(np.full((SIDE, SIDE), -3, np.float32), click, rim=rim)
        assert (pulled > 0).any()
        assert gap(pulled, click) <= 4 + rim

    @given(radii, cells, cells)
    def test_it_changes_nothing_in_place_and_stays_finite(self, radius, row, col):
        logits = disk(radius)
        before = logits.copy()
        pulled = pull_outline(logits, Click(row, col, "boundary"), rim=0.5)
        np.testing.assert_array_equal(logits, before)
        assert np.isfinite(pulled).all()
        assert pulled.shape == logits.shape


class TestOutlineError:
    @given(st.floats(10, 30), angles, st.floats(2, 8))
    def test_it_is_the_distance_to_go(self, radius, angle, away):
        click = boundary(angle, radius + away)
        assert outline_error(disk(radius), click, rim=0.0) == pytest.approx(away, abs=1)

    @pytest.mark.parametrize("value", [-1.0, 1.0])
    def test_there_may_be_no_outline(self, value):
        logits = np.full((SIDE, SIDE), value, dtype=np.float32)
        assert outline_error(logits, Click(20, 20, "boundary"), rim=0.5) is None


class TestReach:
    @given(radii, cells, cells)
    def test_full_at_the_click_and_falling(self, radius, row, col):
        reach = reach_map(disk(radius), Click(row, col, "boundary"))
        assert reach.shape == (SIDE, SIDE)
        assert reach.dtype == np.float32
        assert 0 <= reach.min() <= reach.max() <= 1
        assert reach[round(row), round(col)] == 1
        distance = np.hypot(ROWS - row, COLS - col).ravel()
        assert (np.diff(reach.ravel()[np.argsort(distance)]) <= 1e-6).all()

    def test_a_larger_error_reaches_farther(self):
        near, far = (reach_map(disk(20), boundary(0, 20 + away)) for away in (1, 12))
        assert far.sum() > near.sum()
        assert near.min() == 0


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

    def test_clicks_that_contradict_each_other_do_not_fight(self):
        selection, earlier, latest = Click(48, 48), boundary(0.0, 28), boundary(0.05, 14)
        previous = obey(disk(20), (selection, earlier), rim=0.5)
        settled = settle(previous, previous, (selection, earlier, latest), rim=0.5)
        assert gap(settled, latest) <= 2
        far_side = COLS[0] < 48
        np.testing.assert_array_equal(settled[:, far_side] > 0, previous[:, far_side] > 0)


class TestTidy:
    TWO = np.maximum(disk(15, 30, 30), disk(8, 75, 75))

    def test_parts_without_a_click_go(self):
        mask = tidy(self.TWO, (Click(30, 30),)) > 0
        np.testing.assert_array_equal(mask, disk(15, 30, 30) > 0)

    @pytest.mark.parametrize("kind", ["positive", "boundary"])
    def test_parts_with_a_click_stay(self, kind):
        tidied = tidy(self.TWO, (Click(30, 30), Click(75, 82, kind)))
        np.testing.assert_array_equal(tidied > 0, self.TWO > 0)

    def test_without_any_click_the_largest_stays(self):
        np.testing.assert_array_equal(tidy(self.TWO, ()) > 0, disk(15, 30, 30) > 0)

    def test_small_holes_are_filled_large_ones_stay(self):
        holed = np.minimum(np.minimum(disk(30), -disk(2, 40, 40)), -disk(14, 55, 55))
        mask = tidy(holed, (Click(48, 30),)) > 0
        np.testing.assert_array_equal(mask, np.minimum(disk(30), -disk(14, 55, 55)) > 0)

    @pytest.mark.parametrize("kind", ["negative", "boundary"])
    def test_a_hole_that_was_clicked_stays(self, kind):
        holed = np.minimum(disk(30), -disk(2.5, 40, 40))
        tidied = tidy(holed, (Click(48, 48), Click(40, 40, kind)))
        np.testing.assert_array_equal(tidied > 0, holed > 0)

    def test_logits_change_only_where_the_mask_does(self):
        tidied = tidy(self.TWO, (Click(30, 30),))
        same = (tidied > 0) == (self.TWO > 0)
        np.testing.assert_array_equal(tidied[same], self.TWO[same])

    @pytest.mark.parametrize("value", [-1.0, 1.0])
    def test_empty_and_full_masks(self, value):
        logits = np.full((SIDE, SIDE), value, dtype=np.float32)
        np.testing.assert_array_equal(tidy(logits, (Click(3, 3),)), logits)


@given(st.integers(0, 10_000))
def test_obey_and_tidy_on_any_logits(seed):
    """A random map and random clicks: a mask comes out that holds its selection click."""
    rng = np.random.default_rng(seed)
    mask = signed_distance(rng.random((SIDE, SIDE)) < rng.random())
    clicks = (Click(*rng.uniform(0, SIDE - 1, 2)),)
    logits = tidy(obey(mask, clicks, rim=0.5), clicks)
    position = [[clicks[0].row], [clicks[0].col]]
    assert ndimage.map_coordinates(logits, position, order=1)[0] > 0
    assert np.isfinite(logits).all()
