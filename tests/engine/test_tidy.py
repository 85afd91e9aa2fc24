from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from shapes import CENTRE, SIDE, disk

from boundary_click.core.arrays import signed_distance
from boundary_click.core.clicks import Click
from boundary_click.engine.correction import obey
from boundary_click.engine.tidy import tidy


class TestTidy:
    TWO = np.maximum(disk(15, 30, 30), disk(8, 75, 75))

    def test_parts_without_a_click_go(self):
        mask = tidy(self.TWO, (Click(30, 30),)) > 0
        np.testing.assert_array_equal(mask, disk(15, 30, 30) > 0)

    @pytest.mark.parametrize("kind", ["positive", "boundary"])
    def test_parts_with_a_click_stay(self, kind):
        tidied = tidy(self.TWO, (Click(30, 30), Click(75, 82, kind)))
        np.testing.assert_array_equal(tidied > 0, self.TWO > 0)

    def test_a_part_beside_a_boundary_click_stays(self):
        tidied = tidy(self.TWO, (Click(30, 30), Click(75, 84.4, "boundary")))
        np.testing.assert_array_equal(tidied > 0, self.TWO > 0)

    def test_a_part_that_a_boundary_click_cut_off_goes(self):
        """The click lies in the gap, beside both the object and what it cut off."""
        beside = np.maximum(disk(10, 30, 30), disk(20, 30, 61))
        tidied = tidy(beside, (Click(30, 30), Click(30, 40.4, "boundary")))
        np.testing.assert_array_equal(tidied > 0, disk(10, 30, 30) > 0)

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_the_order_of_the_clicks_does_not_matter(self, order):
        """A boundary click in a part keeps it, whether or not one beside it came before."""
        kept = np.maximum(disk(10, 30, 30), disk(10, 70, 30))
        clicks = Click(30, 30), Click(70, 22, "boundary"), Click(70, 40.4, "boundary")
        tidied = tidy(np.maximum(kept, disk(10, 70, 51)), tuple(clicks[i] for i in order))
        np.testing.assert_array_equal(tidied > 0, kept > 0)

    def test_without_any_click_the_largest_stays(self):
        np.testing.assert_array_equal(tidy(self.TWO, ()) > 0, disk(15, 30, 30) > 0)

    def test_small_holes_are_filled_large_ones_stay(self):
        holed = np.minimum(np.minimum(disk(30), -disk(2, 40, 40)), -disk(14, 55, 55))
        mask = tidy(holed, (Click(48, 30),)) > 0
        np.testing.assert_array_equal(mask, np.minimum(disk(30), -disk(14, 55, 55)) > 0)

    @pytest.mark.parametrize("kind", ["negative", "boundary"])
    def test_a_hole_that_was_clicked_stays(self, kind):
        holed = np.minimum(disk(30), -disk(2.5, 40, 40))
        tidied = tidy(holed, (CENTRE, Click(40, 40, kind)))
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
