"""What one boundary click says of the rest of the outline."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import CENTRE, SIDE, boundary, disk

from boundary_click.core.clicks import Click
from boundary_click.engine.level import level_map


class TestLevelMap:
    @given(st.floats(10, 30), st.floats(0.6, 1.6))
    def test_the_outline_would_move_the_way_of_the_click_all_round(self, radius, factor):
        before, click = disk(radius), boundary(0, factor * radius)
        level = level_map(before, (CENTRE, click), rim=0.5)
        assert level.dtype == np.float32
        grown, shrunk = factor * radius > radius + 1.5, factor * radius < radius - 1.5
        assert not grown or (level <= 0).all()
        assert not shrunk or (level >= 0).all()
        if grown or shrunk:
            followed = before - level > 0
            assert followed[48, round(48 - factor * radius + 2 * (1 if grown else -1))] == grown

    def test_clicks_before_keep_their_level(self):
        clicks = (CENTRE, boundary(2, 20), boundary(0, 30))
        level = level_map(disk(20), clicks, rim=0.5)
        for click in clicks[:2]:
            assert abs(level[round(click.row), round(click.col)]) < 0.5
        assert level.min() == pytest.approx(-10, abs=1)

    @pytest.mark.parametrize("latest", [boundary(0, 19.5), Click(48, 80, "positive")])
    def test_no_level_of_a_click_on_the_outline_or_of_another_kind(self, latest):
        level = level_map(disk(20), (CENTRE, latest), rim=0.5)
        np.testing.assert_array_equal(level, np.zeros((SIDE, SIDE)))

    def test_no_level_of_an_empty_mask(self):
        empty = np.full((SIDE, SIDE), -3.0, dtype=np.float32)
        assert not level_map(empty, (CENTRE, boundary(0, 9)), rim=0.5).any()
