from __future__ import annotations

import numpy as np
import pytest

from boundary_click.core.clicks import Click
from boundary_click.core.planes import Plane
from boundary_click.widgets.finding import object_at

SHAPE = (3, 900, 1000)
PLANE = Plane.through((1, 0, 0), SHAPE, (1, 2))


class Lazy:
    """Labels that are read piece by piece, and say how many pixels were."""

    def __init__(self, data):
        self.data, self.read = data, 0

    def __getitem__(self, index):
        piece = self.data[index]
        self.read += piece.size
        return piece


@pytest.fixture
def labels():
    return np.zeros(SHAPE, dtype=np.uint16)


def placed(found):
    mask = np.zeros(SHAPE[1:], dtype=bool)
    mask[found.piece.where] = found.piece.mask
    return mask


def test_a_small_object_in_a_large_plane_is_read_alone(labels):
    labels[1, 500:520, 600:630] = 17
    labels[1, 505, 610] = 0
    labels[0, 500:520, 600:630] = 18
    lazy = Lazy(labels)
    found = object_at(lazy, PLANE, Click(510.4, 611.6))
    assert found.object_id == 17
    np.testing.assert_array_equal(placed(found), labels[1] == 17)
    assert found.piece.where == (slice(500, 520), slice(600, 630))
    assert lazy.read < 130**2


def test_a_large_object_is_read_as_a_whole(labels):
    labels[1, 100:800, 200:900] = 3
    lazy = Lazy(labels)
    found = object_at(lazy, PLANE, Click(150, 250))
    np.testing.assert_array_equal(placed(found), labels[1] == 3)
    assert lazy.read < 2 * labels[1].size


@pytest.mark.parametrize("at", [(0, 0), (899, 999), (450, 0)])
def test_objects_at_the_edge(labels, at):
    labels[1, max(0, at[0] - 70) : at[0] + 70, max(0, at[1] - 70) : at[1] + 70] = 4
    found = object_at(labels, PLANE, Click(*at))
    np.testing.assert_array_equal(placed(found), labels[1] == 4)


def test_background_is_no_object(labels):
    labels[1, 10:20, 10:20] = 4
    assert object_at(labels, PLANE, Click(9.4, 15)) is None
    assert object_at(labels, PLANE, Click(9.6, 15)) is not None


def test_parts_that_do_not_touch_are_objects_of_their_own(labels):
    labels[1, 10:20, 10:20] = labels[1, 20:30, 20:30] = labels[1, 10:20, 40:50] = 1
    found = object_at(labels, PLANE, Click(12, 12))
    assert np.count_nonzero(placed(found)) == 200  # corners touch
    assert not placed(found)[12, 45]


def test_planes_shown_the_other_way_round(labels):
    labels[:, 400:420, 600:630] = 8
    plane = Plane.through((0, 410, 0), SHAPE, (2, 0))
    found = object_at(labels, plane, Click(610, 1))
    assert found.piece.where == (slice(600, 630), slice(0, 3))
