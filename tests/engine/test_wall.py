from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import CENTRE, SIDE, angles, boundary, disk, rims

from boundary_click.core.clicks import Click
from boundary_click.engine.wall import without_walled_off

OBJECT, NEIGHBOUR = disk(14, 48, 28), disk(18, 48, 58)
BOTH = np.maximum(OBJECT, NEIGHBOUR)
SELECTION = Click(48, 28)
BRIDGE = np.flatnonzero(BOTH[:, 41] > 0)
WALL = tuple(Click(float(row), 41, "boundary") for row in sorted({*BRIDGE[::3], BRIDGE[-1]}))
assert len(WALL) > 3


def test_clicks_along_a_bridge_part_it():
    before = BOTH.copy()
    mask = without_walled_off(BOTH, (SELECTION, *WALL), rim=0.5) > 0
    np.testing.assert_array_equal(BOTH, before)
    assert mask[OBJECT > 0].all()
    assert not mask[:, 50:].any()


@pytest.mark.parametrize("more", [(), (Click(30, 58),), (Click(48, 76, "boundary"),)])
def test_two_clicks_or_those_of_before_are_no_wall(more):
    """Only the wall of the latest click counts, and it has three."""
    clicks = (SELECTION, *WALL, *more) if more else (SELECTION, *WALL[:2])
    assert without_walled_off(BOTH, clicks, rim=0.5) is BOTH


def test_clicks_that_leave_a_gap_part_nothing():
    clicks = (SELECTION, *WALL[:3])
    np.testing.assert_array_equal(without_walled_off(BOTH, clicks, rim=0.5), BOTH)


@pytest.mark.parametrize(
    "click", [Click(48, 70), Click(48, 76, "boundary"), Click(31, 58, "boundary")]
)
def test_another_click_there_keeps_a_part(click):
    clicks = (SELECTION, click, *WALL)
    np.testing.assert_array_equal(without_walled_off(BOTH, clicks, rim=0.5), BOTH)


@given(st.lists(angles, min_size=2, max_size=12), st.floats(14, 40), rims)
def test_clicks_on_the_outline_of_a_disk_take_little(turns, radius, rim):
    """What lies beyond the chords between neighbouring clicks is thin."""
    logits = disk(radius)
    clicks = (CENTRE, *(boundary(angle, radius - 0.5) for angle in turns))
    kept = without_walled_off(logits, clicks, rim=rim) > 0
    assert kept[round(CENTRE.row), round(CENTRE.col)]
    assert kept.sum() > 0.9 * (logits > 0).sum()
    assert not (kept & (logits <= 0)).any()


def test_a_small_part_stays():
    both = np.maximum(OBJECT, disk(4, 48, 45))
    np.testing.assert_array_equal(without_walled_off(both, (SELECTION, *WALL), rim=0.5), both)


def test_an_empty_mask():
    logits = np.full((SIDE, SIDE), -1, dtype=np.float32)
    assert without_walled_off(logits, (SELECTION, *WALL), rim=0.5) is logits
