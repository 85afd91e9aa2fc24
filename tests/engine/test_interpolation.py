from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary_click.core.arrays import iou
from boundary_click.engine.interpolation import interpolate
from boundary_click.engine.state import Patch

SHAPE = (90, 100)
radii = st.integers(6, 15)
places = st.integers(20, 70)


def disk(row: float, col: float, radius: float) -> np.ndarray:
    rows, cols = np.indices(SHAPE)
    return np.hypot(rows - row, cols - col) <= radius


def whole(patch: Patch) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[patch.where] = patch.mask[: SHAPE[0] - patch.where[0].start, : SHAPE[1]]
    return mask


@settings(max_examples=30, deadline=None)
@given(first=st.tuples(places, places, radii), last=st.tuples(places, places, radii))
def test_a_disk_that_moves_stays_a_disk(first, last):
    patches = interpolate(Patch.of(disk(*first)), Patch.of(disk(*last)), 3)
    for step, patch in enumerate(patches, start=1):
        middle = [a + (b - a) * step / 4 for a, b in zip(first, last, strict=True)]
        assert iou(whole(patch), disk(*middle)) > 0.7


@settings(max_examples=20, deadline=None)
@given(radius=radii, count=st.integers(1, 5))
def test_between_equal_masks_nothing_changes(radius, count):
    mask = disk(40, 50, radius)
    patches = interpolate(Patch.of(mask), Patch.of(mask), count)
    assert len(patches) == count
    for patch in patches:
        np.testing.assert_array_equal(whole(patch), mask)


def test_areas_lie_between():
    first, last = disk(40, 30, 6), disk(50, 60, 14)
    areas = [whole(p).sum() for p in interpolate(Patch.of(first), Patch.of(last), 4)]
    assert [first.sum(), *areas, last.sum()] == sorted([first.sum(), *areas, last.sum()])


def test_moving_both_masks_moves_what_is_between():
    def between(row: int, col: int) -> Patch:
        ends = disk(30 + row, 30 + col, 8), disk(40 + row, 45 + col, 11)
        return interpolate(*map(Patch.of, ends), 1)[0]

    here, there = between(0, 0), between(7, 5)
    np.testing.assert_array_equal(here.mask, there.mask)
    assert [part.start for part in there.where] == [
        part.start + by for part, by in zip(here.where, (7, 5), strict=True)
    ]


def test_masks_at_the_edge_stay_in_the_image():
    patches = interpolate(Patch.of(disk(0, 0, 9)), Patch.of(disk(3, 4, 9)), 2)
    assert all(part.start >= 0 for patch in patches for part in patch.where)
