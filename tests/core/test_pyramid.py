"""Large windows read coarse levels, and see the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.giant import Blob, virtual_levels

from boundary_click.core.geometry import Box, Window
from boundary_click.core.planes import Plane
from boundary_click.core.pyramid import Pyramid


class Counted:
    """An array that knows how many pixels were read."""

    def __init__(self, data: np.ndarray) -> None:
        self.data, self.shape, self.dtype, self.ndim = data, data.shape, data.dtype, data.ndim
        self.pixels = 0

    def __getitem__(self, where):
        block = self.data[where]
        self.pixels += block.shape[0] * block.shape[1]
        return block


def halved(image: np.ndarray) -> np.ndarray:
    rows, cols = (length // 2 for length in image.shape)
    return image[: 2 * rows, : 2 * cols].reshape(rows, 2, cols, 2).mean(axis=(1, 3))


def levels_of(image: np.ndarray, count: int) -> list[np.ndarray]:
    levels = [image]
    while len(levels) < count:
        levels.append(halved(levels[-1]))
    return levels


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(200, 301),
    width=st.integers(200, 301),
    side=st.floats(60, 190),
    size=st.sampled_from([8, 16, 32]),
    seed=st.integers(0, 9),
)
def test_a_ramp_looks_the_same_at_any_level(height, width, side, size, seed):
    rows, cols = np.indices((height, width), dtype=float)
    levels = levels_of(3 * rows - cols, 4)
    top, left = np.random.default_rng(seed).uniform(0, 5, 2)
    window = Window(Box(top, left, top + side, left + side), size)
    inside = slice(1, -1)
    np.testing.assert_allclose(
        window.read(Pyramid(levels))[inside, inside],
        window.read(levels[0])[inside, inside],
        atol=0.35 * side / size,
    )


def test_few_pixels_are_read():
    levels = [Counted(level) for level in levels_of(np.zeros((2048, 2048)), 6)]
    Window(Box(0, 0, 2048, 2048), 64).read(Pyramid(levels))
    assert sum(level.pixels for level in levels) <= 16 * 64 * 64
    Window(Box(0, 0, 64, 64), 64).read(Pyramid(levels))
    assert levels[0].pixels > 0


def test_as_an_array_it_is_the_finest_level():
    image = np.arange(64.0).reshape(8, 8)
    pyramid = Pyramid(levels_of(image, 3))
    assert (pyramid.shape, pyramid.ndim, pyramid.dtype) == ((8, 8), 2, np.dtype(float))
    np.testing.assert_array_equal(pyramid[2:4, 1:3], image[2:4, 1:3])


def test_planes_of_a_stack_whose_levels_have_fewer_planes():
    stack = np.arange(8.0)[:, None, None] * np.ones((8, 40, 40))
    small = stack.reshape(4, 2, 20, 2, 20, 2).mean(axis=(1, 3, 5))
    plane = Plane.through((5, 0, 0), stack.shape, (1, 2))
    pyramid = Pyramid.of_plane([stack, small], plane, is_rgb=False)
    whole = Box(0, 0, 40, 40)
    assert Window(whole, 40).read(pyramid).max() == 5
    assert Window(whole, 10).read(pyramid).max() == 4.5


def test_a_giant_image_is_looked_at_in_no_time():
    levels = virtual_levels([Blob(50_000, 50_000, 9_000)])
    seen = Window(Box(30_000, 30_000, 70_000, 70_000), 192).read(Pyramid(levels))
    assert seen[96, 96] > seen[0, 0]
    assert sum(level.pixels_read for level in levels) < 16 * 192 * 192 + 2000


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ([], "at least one level"),
        ([np.zeros((4, 4)), np.zeros((2, 2, 3))], "same axes"),
        ([np.zeros((4, 4)), np.zeros((8, 8))], "finest to the coarsest"),
    ],
)
def test_what_is_no_pyramid_is_refused(levels, message):
    with pytest.raises(ValueError, match=message):
        Pyramid(levels)
