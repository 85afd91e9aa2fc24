"""What one boundary click says of the rest of the outline."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import CENTRE, COLS, ROWS, SIDE, boundary, disk

from boundary_click.core.clicks import Click
from boundary_click.engine.level import shift_level


def radius_at(logits: np.ndarray, turns: float) -> int:
    """Cells from the middle to the outline, a share of a turn from the boundary click."""
    way = np.arange(47)
    rows = np.round(48 + np.sin(2 * np.pi * turns) * way).astype(int)
    cols = np.round(48 + np.cos(2 * np.pi * turns) * way).astype(int)
    return int(np.argmin(logits[rows, cols] > 0))


class TestShiftLevel:
    @given(st.floats(10, 30), st.floats(0.6, 1.6))
    def test_the_outline_moves_the_way_of_the_click_all_round(self, radius, factor):
        click = boundary(0, factor * radius)
        shifted = shift_level(disk(radius), click, rim=0.5, inside=CENTRE)
        assert shifted.dtype == np.float32
        if factor * radius > radius + 1:
            assert (shifted >= disk(radius)).all()
        if factor * radius < radius - 1:
            assert (shifted <= disk(radius)).all()

    @pytest.mark.parametrize("end", [14, 28])
    def test_most_beside_the_click_least_on_the_far_side(self, end):
        shifted = shift_level(disk(20), boundary(0, end), rim=0.5, inside=CENTRE)
        near, side, far = (abs(radius_at(shifted, turns) - 20) for turns in (0, 0.25, 0.5))
        assert near >= side >= far > 0
        assert near < abs(end - 20)  # the click itself is obeyed by a pull

    def test_the_selection_click_keeps_its_level(self):
        inside = Click(48, 60)
        shifted = shift_level(disk(20), boundary(0, 14), rim=0.5, inside=inside)
        assert shifted[48, 60] == pytest.approx(disk(20)[48, 60])

    def test_a_click_on_the_outline_moves_nothing(self):
        shifted = shift_level(disk(20), boundary(0, 19.5), rim=0.5, inside=CENTRE)
        np.testing.assert_allclose(shifted, disk(20), atol=0.05)

    def test_an_empty_mask_stays_as_it_is(self):
        empty = np.full((SIDE, SIDE), -3.0, dtype=np.float32)
        assert shift_level(empty, boundary(0, 9), rim=0.5, inside=CENTRE) is empty

    @pytest.mark.parametrize("half_width", [3, 5])
    def test_a_long_object_stays_as_it_is(self, half_width):
        bar = np.minimum(half_width - abs(ROWS - 48), 40 - abs(COLS - 48)).astype(np.float32)
        shifted = shift_level(bar, boundary(0, 44), rim=0.5, inside=CENTRE)
        np.testing.assert_array_equal(shifted, bar)
