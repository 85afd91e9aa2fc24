from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import Box, Window

positions = st.floats(-500, 500)
sides = st.floats(1, 400)
boxes = st.builds(
    lambda top, left, height, width: Box(top, left, top + height, left + width),
    positions,
    positions,
    sides,
    sides,
)
windows = st.builds(Window, boxes, st.integers(2, 96))


class LazyImage:
    """Hands out the pixels that are asked for, and counts them."""

    def __init__(self, pixels: np.ndarray) -> None:
        self._pixels = pixels
        self.shape, self.dtype, self.ndim = pixels.shape, pixels.dtype, pixels.ndim
        self.asked: list[tuple[slice, ...]] = []

    def __getitem__(self, where):
        self.asked.append(where)
        return self._pixels[where]

    def __array__(self, *args, **kwargs):
        raise AssertionError("the whole image was read")


def ramp(shape: tuple[int, int]) -> np.ndarray:
    rows, cols = np.indices(shape)
    return (3 * rows + 0.5 * cols).astype(np.float32)


class TestBox:
    @pytest.mark.parametrize(("where", "expected"), [((3, 5), Box(3, 5, 4, 6)), (None, None)])
    def test_of_mask(self, where, expected):
        mask = np.zeros((8, 9), dtype=bool)
        if where:
            mask[where] = True
        assert Box.of_mask(mask) == expected

    @given(boxes, boxes)
    def test_union_and_intersection(self, first, second):
        union = first.union(second)
        assert union.contains(first)
        assert union.contains(second)
        common = first.intersection(second)
        assert common == first if second.contains(first) else common.height >= 0 <= common.width

    @given(boxes)
    def test_moving_a_box_in_keeps_its_size(self, box):
        outer = Box(0, 0, 200, 300)
        moved = box.shifted_into(outer)
        assert (moved.height, moved.width) == pytest.approx((box.height, box.width))
        if box.height <= 200 and box.width <= 300:
            assert outer.padded(1e-6).contains(moved)
        if box.height > 200:
            assert moved.centre[0] == pytest.approx(100)

    def test_pixels_are_those_it_touches(self):
        assert Box(0.5, 1.0, 2.0, 2.1).pixels((9, 9)) == (slice(0, 2), slice(1, 3))
        assert Box(-3, -3, 20, 20).pixels((9, 7)) == (slice(0, 9), slice(0, 7))

    def test_margin(self):
        box = Box(0, 0, 10, 10)
        assert box.holds(Click(-0.5, 9.5))
        assert not box.holds(Click(-0.5, 5), margin=1)
        assert box.holds(Click(0.5, 5), margin=1)
        assert box.holds(Click(-0.5, 5), margin=1, within=Box(0, 0, 20, 20))
        assert box.padded(2) == Box(-2, -2, 12, 12)


class TestMap:
    @given(windows, positions, positions)
    def test_inverse_undoes_forward(self, window, row, col):
        assert window.inverse(*window.forward(row, col)) == pytest.approx((row, col), abs=1e-6)
        assert window.forward(*window.inverse(row, col)) == pytest.approx((row, col), abs=1e-5)

    @given(windows, boxes)
    def test_boxes_map_like_their_corners(self, window, box):
        on_grid = window.box_to_grid(box)
        corner = window.forward(box.top - 0.5, box.left - 0.5)
        assert (on_grid.top - 0.5, on_grid.left - 0.5) == pytest.approx(corner, abs=1e-4)
        back = window.box_to_image(on_grid)
        assert (back.top, back.left) == pytest.approx((box.top, box.left), abs=1e-6)
        assert (back.bottom, back.right) == pytest.approx((box.bottom, box.right), abs=1e-6)

    def test_the_window_fills_its_grid(self):
        window = Window(Box(10, 20, 30, 60), 80)
        assert window.zoom == (4, 2)
        assert window.box_to_grid(window.box) == Box(0, 0, 80, 80)
        assert window.forward(9.5, 59.5) == (-0.5, 79.5)

    def test_clicks_keep_their_kind_and_may_lie_outside(self):
        window = Window(Box(10, 10, 20, 20), 20)
        inside, outside = window.to_grid((Click(10, 12, "boundary"), Click(0, 100, "negative")))
        assert inside == Click(0.5, 4.5, "boundary")
        assert outside.kind == "negative"
        assert not outside.is_in((20, 20))


class TestRead:
    @pytest.mark.parametrize(
        ("dtype", "read"),
        [(bool, "f4"), ("u1", "f4"), ("i2", "f4"), (">u2", "f4"), ("u4", "f8"), (">f8", "f8")],
    )
    def test_identity(self, dtype, read):
        image = (np.arange(144).reshape(12, 12) % 7).astype(dtype)
        grid = Window(Box.of_image(image.shape), 12).read(image)
        assert grid.dtype == read
        np.testing.assert_allclose(grid, image.astype(np.float32), atol=1e-6)

    @given(st.floats(1, 20), st.floats(1, 20), st.floats(2, 16), st.integers(16, 40))
    def test_a_ramp_is_exact_where_the_window_enlarges(self, top, left, side, size):
        window = Window(Box(top, left, top + side, left + side), size)
        rows, cols = window.inverse(np.arange(size)[:, None], np.arange(size)[None])
        grid = window.read(ramp((38, 38)))
        np.testing.assert_allclose(grid, 3 * rows + 0.5 * cols, atol=1e-3)

    @given(st.floats(1.0, 9.0), st.integers(4, 24))
    def test_a_ramp_keeps_its_values_where_the_window_shrinks(self, scale, size):
        side = scale * size
        image = ramp((300, 300))
        window = Window(Box.square(150, 150, side), size)
        rows, cols = window.inverse(np.arange(size)[:, None], np.arange(size)[None])
        np.testing.assert_allclose(
            window.read(image), 3 * rows + 0.5 * cols, atol=3.5 * 0.3 * scale
        )

    @pytest.mark.parametrize("factor", [2, 3, 7, 16])
    def test_shrinking_averages(self, factor):
        image = np.random.default_rng(0).random((240, 240), dtype=np.float32)
        size = 240 // factor
        grid = Window(Box.of_image(image.shape), size).read(image)
        assert grid.mean() == pytest.approx(image.mean(), abs=0.01)
        assert grid.std() < image.std() / 1.5

    @given(st.floats(0.2, 6), st.floats(-20, 30), st.sampled_from([None, -10.0, 0.0, 5.0]))
    def test_a_constant_stays_constant(self, scale, start, outside):
        """Also beyond the edge where the nearest pixel counts, or that very value."""
        image = np.full((40, 40), 5.0, dtype=np.float32)
        window = Window(Box(start, start, start + 24 * scale, start + 24 * scale), 24)
        grid = window.read(image, outside=outside)
        centres = np.array([window.inverse(i, i)[0] for i in range(24)])
        deep = (centres > scale + 1) & (centres < 39 - scale - 1)
        if outside in (None, 5.0):
            deep[:] = True
        np.testing.assert_allclose(grid[np.ix_(deep, deep)], 5.0, atol=1e-4)

    def test_beyond_the_edge(self):
        image = np.array([[1.0, 2.0], [3.0, 4.0]])
        window = Window(Box(-2, -2, 4, 4), 6)
        np.testing.assert_allclose(window.read(image), np.pad(image, 2, mode="edge"))
        np.testing.assert_allclose(
            window.read(image, outside=9), np.pad(image, 2, constant_values=9)
        )

    def test_a_window_beside_the_image(self):
        image = np.arange(9.0).reshape(3, 3)
        window = Window(Box(50, 50, 54, 54), 4)
        np.testing.assert_allclose(window.read(image), 8.0)
        np.testing.assert_allclose(window.read(image, outside=-1), -1.0)

    def test_channels_are_read_alike(self):
        image = np.random.default_rng(0).integers(0, 255, (30, 40, 5), dtype=np.uint8)
        window = Window(Box(2.2, 3.3, 25, 35), 16)
        grid = window.read(image)
        assert grid.shape == (16, 16, 5)
        np.testing.assert_allclose(grid[..., 3], window.read(image[..., 3]), rtol=1e-6)

    def test_only_the_window_is_read(self):
        image = LazyImage(np.zeros((500, 600), dtype=np.uint8))
        Window(Box(100, 200, 120, 230), 64).read(image)
        ((rows, cols),) = image.asked
        assert 97 <= rows.start <= 100
        assert 120 <= rows.stop <= 123
        assert 197 <= cols.start <= 200
        assert 230 <= cols.stop <= 233

    def test_a_huge_window_reads_a_bounded_number_of_pixels(self):
        image = LazyImage(np.broadcast_to(np.uint8(7), (20_000, 20_000)))
        grid = Window(Box.of_image(image.shape), 32).read(image)
        np.testing.assert_allclose(grid, 7.0, rtol=1e-5)
        ((rows, cols),) = image.asked
        assert len(range(*rows.indices(20_000))) <= 32 * 6
        assert len(range(*cols.indices(20_000))) <= 32 * 6


class TestWrite:
    @given(st.integers(-8, 20), st.integers(-8, 20), st.integers(2, 24))
    def test_reading_undoes_writing_at_zoom_one(self, top, left, size):
        shape = (24, 30)
        window = Window(Box(top, left, top + size, left + size), size)
        grid = np.random.default_rng(size).random((size, size), dtype=np.float32)
        (rows, cols), values = window.write(grid, shape)
        assert values.shape == (rows.stop - rows.start, cols.stop - cols.start)
        assert values.dtype == np.float32
        np.testing.assert_allclose(
            values,
            grid[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left],
            atol=1e-5,
        )

    @given(st.floats(0, 20), st.floats(0, 20), st.floats(8, 30), st.integers(4, 60))
    def test_a_smooth_image_survives_the_round_trip(self, top, left, side, size):
        image = ramp((60, 60))
        window = Window(Box(top, left, top + side, left + side), size)
        where, values = window.write(window.read(image), image.shape)
        # The rim of the window is the grid's outermost value.
        rim = int(np.ceil(side / size)) + 1
        inner = (slice(rim, -rim), slice(rim, -rim))
        expected = image[where][inner]
        np.testing.assert_allclose(values[inner], expected, atol=0.01 + 1.5 * side / size)

    def test_only_pixels_with_their_centre_in_the_window_are_written(self):
        window = Window(Box(1.6, -3, 4.4, 2.5), 8)
        (rows, cols), values = window.write(np.ones((8, 8), dtype=np.float32), (10, 10))
        assert (rows, cols) == (slice(2, 4), slice(0, 3))
        np.testing.assert_allclose(values, 1.0)

    @pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float64])
    def test_a_grid_of_another_type_is_written_as_float32(self, dtype):
        grid = np.array([[0, 1], [1, 0]], dtype=dtype)
        _, values = Window(Box(0, 0, 4, 4), 2).write(grid, (4, 4))
        assert values.dtype == np.float32
        np.testing.assert_allclose(values[0], [0, 0.25, 0.75, 1])

    def test_a_window_beside_the_image_writes_nothing(self):
        where, values = Window(Box(20, 0, 30, 10), 8).write(np.ones((8, 8), np.float32), (10, 10))
        assert values.size == 0
        assert np.zeros((10, 10))[where].size == 0
