from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import CENTRE, COLS, ROWS, SIDE, angles, boundary, cells, disk, gap, radii, rims

from boundary_click.core.clicks import Click
from boundary_click.engine.pull import outline_error, pull_outline


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


class TestShrinking:
    """Clicks inside a mask that is too large."""

    @given(st.floats(6, 20), st.floats(0.3, 2.5))
    def test_the_edge_of_the_grid_stays_where_no_click_is(self, row, away):
        """A half disk that the grid cuts off keeps its straight side."""
        logits = disk(30, 48, -0.5)
        click = Click(48 - 30 + row, away, "boundary")
        pulled = pull_outline(logits, click, rim=0.6, inside=Click(48, 6))
        is_far = np.abs(np.arange(SIDE) - click.row) > 3 + row
        np.testing.assert_array_equal(pulled[is_far, 0] > 0, logits[is_far, 0] > 0)

    @given(angles, st.floats(6, 16))
    def test_the_selection_click_stays_in_the_object(self, angle, radius):
        """A click near the selection in a mask far too large: a neighbour goes, not the object."""
        click = boundary(angle, radius)
        pulled = pull_outline(disk(36), click, rim=0.5, inside=CENTRE)
        assert pulled[48, 48] > 0
        assert gap(pulled, click) <= 2

    @pytest.mark.parametrize(("depth", "away"), [(2, 3), (2, 5), (4, 8), (4, 12)])
    def test_the_selection_click_stays_beside_a_click_that_takes_its_side_off(self, depth, away):
        """Both lie near one side of a band, the selection nearer."""
        band = (8 - np.abs(ROWS - 48) + 0 * COLS).astype(np.float32)
        click = Click(41 + depth, 40 + away, "boundary")
        pulled = pull_outline(band, click, rim=0.5, inside=Click(41, 40))
        assert pulled[41, 40] > 0
        assert gap(pulled, click) <= 2


class TestOutlineError:
    @given(st.floats(10, 30), angles, st.floats(2, 8))
    def test_it_is_the_distance_to_go(self, radius, angle, away):
        click = boundary(angle, radius + away)
        assert outline_error(disk(radius), click, rim=0.0) == pytest.approx(away, abs=1)

    def test_an_empty_mask_has_no_outline(self):
        logits = np.full((SIDE, SIDE), -1, dtype=np.float32)
        assert outline_error(logits, Click(20, 20, "boundary"), rim=0.5) is None

    @pytest.mark.parametrize("row", [SIDE - 1, SIDE - 2])
    def test_a_click_at_the_edge_of_the_grid_speaks_of_the_outline_inside_it(self, row):
        """The edge itself is the outline of the mask all along it: no click is needed to say so."""
        logits, click = disk(40, SIDE - 1, 40), Click(row, 72, "boundary")
        pulled = pull_outline(logits, click, rim=1.0, inside=Click(SIDE - 8, 40))
        assert pulled[row, 68] > 0
        assert (pulled[row, 75:] < 0).all()

    def test_a_mask_that_fills_the_grid_ends_at_its_sides(self):
        logits = np.full((SIDE, SIDE), 1, dtype=np.float32)
        click = Click(20, 40, "boundary")
        assert outline_error(logits, click, rim=0.5) == pytest.approx(20)
        assert gap(pull_outline(logits, click, rim=0.5, inside=Click(60, 40)), click) <= 2
