from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import CENTRE, COLS, ROWS, SIDE, angles, boundary, disk, gap, rims

from boundary_click.core.clicks import Click
from boundary_click.engine.neighbour import without_neighbour

OBJECT, NEIGHBOUR = disk(14, 48, 28), disk(18, 48, 59)
BOTH = np.maximum(OBJECT, NEIGHBOUR)
SELECTION, BETWEEN = Click(48, 28), Click(48, 41, "boundary")


def block(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """Logits of a rectangle, the last row and column included."""
    rows = np.minimum(ROWS - top, bottom - ROWS)
    return (np.minimum(rows, np.minimum(COLS - left, right - COLS)) + 0.5).astype(np.float32)


class TestCut:
    def test_a_touching_neighbour_goes_and_the_object_stays(self):
        before = BOTH.copy()
        mask = without_neighbour(BOTH, BETWEEN, rim=0.5, inside=SELECTION) > 0
        np.testing.assert_array_equal(BOTH, before)
        assert mask[OBJECT > 0].mean() > 0.9
        assert mask[(NEIGHBOUR > 0) & (OBJECT <= 0)].mean() < 0.05

    @given(angles, rims)
    def test_it_only_takes_away_and_only_behind_the_click(self, angle, rim):
        logits, click = disk(44), boundary(angle, 6)
        cut = without_neighbour(logits, click, rim=rim, inside=CENTRE)
        assert cut.dtype == np.float32
        assert (cut <= logits).all()
        unit = math.sin(angle), math.cos(angle)
        behind = (ROWS - click.row) * unit[0] + (COLS - click.col) * unit[1]
        np.testing.assert_array_equal((cut > 0)[behind <= rim], (logits > 0)[behind <= rim])
        assert gap(cut, click) <= 1 + rim

    @pytest.mark.parametrize("place", [(48, 14), (34, 28), (62, 28), (48, 41)])
    def test_earlier_clicks_elsewhere_do_not_keep_it(self, place):
        options = {"rim": 0.5, "inside": SELECTION}
        anchors = (Click(*place, "boundary"),)
        cut = without_neighbour(BOTH, BETWEEN, **options, anchors=anchors)
        np.testing.assert_array_equal(cut, without_neighbour(BOTH, BETWEEN, **options))


class TestNothingChanges:
    @pytest.mark.parametrize("place", [(48, 76), (31, 59), (65, 62), (48, 46)])
    def test_an_earlier_click_on_it_keeps_the_neighbour(self, place):
        anchors = (Click(48, 14, "boundary"), Click(*place, "boundary"))
        cut = without_neighbour(BOTH, BETWEEN, rim=0.5, inside=SELECTION, anchors=anchors)
        np.testing.assert_array_equal(cut, BOTH)

    @pytest.mark.parametrize("turn", range(4))
    def test_a_way_that_leaves_the_grid(self, turn):
        """Towards each of its sides, in a mask that fills it."""
        full = np.full((SIDE, SIDE), 3, dtype=np.float32)
        angle = turn * math.pi / 2
        far, near = boundary(angle, 40), boundary(angle, 6)
        cut = without_neighbour(full, far, rim=0.5, inside=CENTRE)
        np.testing.assert_array_equal(cut, full)
        large = disk(44)
        assert (without_neighbour(large, near, rim=0.5, inside=CENTRE) < large).any()

    def test_an_object_at_the_edge_of_the_image(self):
        """There the mask ends, but no outline passes."""
        logits = np.maximum(disk(9, 0, 40), disk(9, 0, 49))
        inside, click = Click(2, 49), Click(4, 43, "boundary")
        cut = without_neighbour(logits, click, rim=0.5, inside=inside)
        np.testing.assert_array_equal(cut, logits)

    @pytest.mark.parametrize("row", [32, 38, 58, 64])
    def test_a_click_beside_the_outline_of_a_long_object(self, row):
        """It speaks of the outline there: the object goes on."""
        bar = block(30, 66, 4, 92)
        cut = without_neighbour(bar, Click(row, 50, "boundary"), rim=0.5, inside=Click(row, 30))
        np.testing.assert_array_equal(cut, bar)

    def test_a_click_in_the_middle_of_a_long_object(self):
        bar = block(42, 54, 4, 92)
        cut = without_neighbour(bar, Click(48, 58, "boundary"), rim=0.5, inside=Click(48, 44))
        np.testing.assert_array_equal(cut, bar)

    def test_a_way_that_leaves_the_mask(self):
        """From one arm of a U to the inner outline of the other, a thick one."""
        arms = np.maximum(block(20, 80, 10, 16), block(20, 80, 25, 50))
        shape = np.maximum(arms, block(60, 80, 10, 50))
        click = Click(45, 25, "boundary")
        cut = without_neighbour(shape, click, rim=0.5, inside=Click(45, 13))
        np.testing.assert_array_equal(cut, shape)
        filled = np.maximum(shape, block(20, 80, 10, 50))
        assert (without_neighbour(filled, click, rim=0.5, inside=Click(45, 13)) < filled).any()

    @pytest.mark.parametrize("rim", [0.0, 0.5])
    def test_a_click_on_the_selection_click(self, rim):
        click = Click(SELECTION.row, SELECTION.col, "boundary")
        cut = without_neighbour(BOTH, click, rim=rim, inside=SELECTION)
        np.testing.assert_array_equal(cut, BOTH)

    @given(st.floats(10, 24), st.floats(0, 0.5), angles)
    def test_a_mask_that_is_a_little_too_wide(self, radius, extra, angle):
        wide = disk(radius * (1 + extra))
        cut = without_neighbour(wide, boundary(angle, radius), rim=0.5, inside=CENTRE)
        np.testing.assert_array_equal(cut, wide)
