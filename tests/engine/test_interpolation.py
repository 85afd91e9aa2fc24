from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary_click.core.arrays import iou
from boundary_click.engine.interpolation import between, interpolate
from boundary_click.engine.state import Patch

SIDE = 120
ROWS, COLS = np.mgrid[:SIDE, :SIDE]
places = st.floats(40, 80)
radii = st.floats(4, 25)
shares = st.floats(0, 1)


@st.composite
def ellipses(draw) -> Patch:
    return ellipse(draw(places), draw(places), draw(radii), draw(radii))


def ellipse(row: float, col: float, height: float, width: float) -> Patch:
    return Patch.of(((ROWS - row) / height) ** 2 + ((COLS - col) / width) ** 2 <= 1)


def area(patch: Patch) -> int:
    return int(np.count_nonzero(patch.mask))


def same(first: Patch, second: Patch) -> bool:
    return first.where == second.where and np.array_equal(first.mask, second.mask)


@given(ellipses(), ellipses())
def test_ends_reproduce(first, last):
    assert same(between(first, last, 0), first)
    assert same(between(first, last, 1), last)


@given(ellipses(), shares)
def test_the_same_mask_stays(mask, share):
    assert same(between(mask, mask, share), mask)


@given(places, places, radii, radii, shares)
def test_the_area_lies_between(row, col, small, large, share):
    first, last = ellipse(60, 60, small, small), ellipse(row, col, large, large)
    low, high = sorted((area(first), area(last)))
    rim = 4 * high**0.5  # a moved outline gains or loses up to a pixel all round
    assert low - rim <= area(between(first, last, share)) <= high + rim


@given(ellipses(), ellipses(), shares, st.integers(0, 500), st.integers(0, 500))
def test_what_is_moved_is_interpolated_alike(first, last, share, rows, cols):
    def moved(patch: Patch) -> Patch:
        (top, left), (height, width) = (part.start for part in patch.where), patch.mask.shape
        top, left = top + rows, left + cols
        return Patch((slice(top, top + height), slice(left, left + width)), patch.probability)

    assert same(between(moved(first), moved(last), share), moved(between(first, last, share)))


@given(ellipses(), ellipses(), shares)
def test_the_way_back_is_the_same(first, last, share):
    there, back = between(first, last, share), between(last, first, 1 - share)
    masks = np.zeros((2, SIDE, SIDE), dtype=bool)
    for mask, patch in zip(masks, (there, back), strict=True):
        mask[patch.where] = patch.mask
    assert iou(*masks) > 0.9  # but for pixels on the outline itself


def test_an_object_that_moves_farther_than_it_is_wide():
    first, last = ellipse(20, 20, 6, 6), ellipse(20, 100, 6, 6)
    patches = interpolate(first, last, 3)
    assert len(patches) == 3
    for patch, col in zip(patches, (40, 60, 80), strict=True):
        assert same(patch, ellipse(20, col, 6, 6))


def test_nothing_in_between():
    disk = ellipse(20, 20, 6, 6)
    assert interpolate(disk, disk, 0) == ()


def test_what_cannot_be_interpolated():
    disk = ellipse(60, 60, 5, 5)
    with pytest.raises(ValueError, match="share must be from 0 to 1, got 2"):
        between(disk, disk, 2)
    empty = Patch(disk.where, np.zeros_like(disk.probability))
    with pytest.raises(ValueError, match="draw the object on both planes"):
        interpolate(disk, empty, 1)
    far = (np.hypot(ROWS - 60, COLS - 60) < 40) & (np.hypot(ROWS - 60, COLS - 60) > 38)
    with pytest.raises(ValueError, match="too little in common"):
        interpolate(disk, Patch.of(far), 1)
