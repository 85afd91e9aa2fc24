from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary_click.core.planes import Plane, PlaneError, PlaneImage, displayed_axes

STACK = np.arange(3 * 4 * 5 * 6).reshape(3, 4, 5, 6)
EVERYTHING = slice(None), slice(None)


@given(
    axes=st.permutations(range(4)).map(lambda order: tuple(order[:2])),
    point=st.tuples(*(st.floats(0, length - 1) for length in STACK.shape)),
)
def test_point_of_located_point_is_the_point_on_its_plane(axes, point):
    plane = Plane.through(point, STACK.shape, axes)
    back = plane.point(*plane.locate(point))
    expected = [value if axis in axes else round(value) for axis, value in enumerate(point)]
    assert back == pytest.approx(expected)


@given(axes=st.permutations(range(4)).map(lambda order: tuple(order[:2])))
def test_pixels_read_are_those_indexed(axes):
    plane = Plane.through((1, 2, 3, 4), STACK.shape, axes)
    image = PlaneImage(STACK, plane, is_rgb=False)
    assert image.shape == plane.shape == (STACK.shape[axes[0]], STACK.shape[axes[1]])
    rows, cols = np.indices(plane.shape)
    indices = plane.indices(rows.ravel(), cols.ravel())
    np.testing.assert_array_equal(image[EVERYTHING].ravel(), STACK[indices])


def test_plane_on_screen_is_the_one_at_the_slider():
    plane = Plane.through((1.4, 2.6, 0, 0), STACK.shape, (2, 3))
    assert plane.at == (1, 3, 0, 0)
    np.testing.assert_array_equal(
        PlaneImage(STACK, plane, is_rgb=False)[1:3, 2:4], STACK[1, 3, 1:3, 2:4]
    )


def test_colours_are_the_last_axis_of_a_plane():
    colours = np.zeros((2, 5, 6, 3), dtype=np.uint8)
    plane = Plane.through((1, 0, 0), colours.shape[:-1], (1, 2))
    image = PlaneImage(colours, plane, is_rgb=True)
    assert image.shape == (5, 6, 3)
    assert image[1:3, 0:4].shape == (2, 4, 3)


def test_only_the_piece_asked_for_is_read():
    class Lazy:
        shape, dtype = (10, 1000, 1000), np.dtype("u1")
        asked: tuple = ()

        def __getitem__(self, index):
            self.asked = index
            return np.zeros((2, 3), dtype=np.uint8)

    lazy = Lazy()
    image = PlaneImage(lazy, Plane.through((7, 0, 0), lazy.shape, (1, 2)), is_rgb=False)
    image[4:6, 7:10]
    assert lazy.asked == (7, slice(4, 6), slice(7, 10))


def test_layers_with_fewer_axes_have_the_last_ones_of_the_viewer():
    assert displayed_axes(2, 4, (2, 3)) == (0, 1)
    assert displayed_axes(3, 4, (3, 1)) == (2, 0)


@pytest.mark.parametrize(
    ("point", "axes", "message"),
    [
        ((0, 0, 0, 0), (1, 2, 3), "clicks need the 2D view"),
        ((0, 0, 0, 0), (-1, 2), "the view shows an axis that the image does not have"),
        ((3, 0, 0, 0), (2, 3), "the image has no plane at this slider position"),
    ],
)
def test_views_without_a_plane_say_so(point, axes, message):
    with pytest.raises(PlaneError, match=message):
        Plane.through(point, STACK.shape, axes)
