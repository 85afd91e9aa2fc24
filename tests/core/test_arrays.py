from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from boundary_click.core.arrays import (
    IGNORE_LABEL,
    check_image,
    components,
    inner_boundary,
    iou,
    is_colour_image,
    labelled_objects,
    normalise,
    signed_distance,
)
from boundary_click.core.geometry import Box, Window

masks = arrays(bool, (9, 11))


def noise(shape, dtype=np.float32, high=200):
    return np.random.default_rng(0).integers(0, high, shape).astype(dtype)


class TestCheckImage:
    @pytest.mark.parametrize("shape", [(2, 2), (5, 7), (5, 7, 1), (5, 7, 9)])
    @pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.uint16, np.float32, np.float64])
    def test_accepts_planes_of_real_numbers(self, shape, dtype):
        assert check_image(np.zeros(shape, dtype)) == shape[:2]

    @pytest.mark.parametrize("shape", [(), (5,), (3, 4, 5, 6)])
    def test_dimensions(self, shape):
        with pytest.raises(ValueError, match=rf"got {len(shape)} dimensions .* stack\[z\]"):
            check_image(np.zeros(shape))

    @pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 50), (50, 1), (0, 9), (9, 9, 0)])
    def test_size(self, shape):
        with pytest.raises(ValueError, match=r"at least 2 pixels high and wide, got shape"):
            check_image(np.zeros(shape))

    @pytest.mark.parametrize("dtype", [complex, "U3", object, "datetime64[s]"])
    def test_dtype(self, dtype):
        with pytest.raises(TypeError, match=r"must hold real numbers, got dtype .* convert it"):
            check_image(np.zeros((4, 4)).astype(dtype))

    def test_reads_no_pixel(self):
        class Lazy:
            shape, dtype, ndim = (10**6, 10**6), np.dtype("u2"), 2

            def __array__(self, *args, **kwargs):
                raise AssertionError("the whole image was read")

        assert check_image(Lazy()) == (10**6, 10**6)


class TestNormalise:
    @pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8"])
    def test_the_stretch_does_not_depend_on_the_type(self, dtype):
        image = noise((32, 32), high=100)
        window = Window(Box.of_image(image.shape), 32)
        seen = normalise(window.read(image.astype(dtype)), is_colour=False)
        assert seen.dtype == np.float32
        np.testing.assert_allclose(seen, normalise(image, is_colour=False), atol=1e-6)

    @pytest.mark.parametrize("channels", [(), (2,), (3,)])
    @pytest.mark.parametrize("dtype", ["u4", "i4", "f8"])
    def test_nor_on_a_large_offset(self, dtype, channels):
        image = noise((40, 40, *channels), high=100)
        for side in (23.4, 40, 71):  # enlarged, as it is, shrunk
            window = Window(Box.square(20, 20, side), 32)
            for is_colour in (False, True):
                expected = normalise(window.read(image), is_colour=is_colour)
                shifted = window.read(image.astype(dtype) + np.array(10**9, dtype))
                seen = normalise(shifted, is_colour=is_colour)
                np.testing.assert_allclose(seen, expected, atol=1e-5)

    @given(st.floats(0.01, 1e4), st.floats(-1e3, 1e3))
    def test_nor_on_scale_and_offset(self, scale, offset):
        image = noise((32, 32)) / 200
        seen = normalise(image * np.float32(scale) + np.float32(offset), is_colour=False)
        # An offset far above the contrast costs digits.
        atol = 1e-4 + 1e-6 * abs(offset) / scale
        np.testing.assert_allclose(seen, normalise(image, is_colour=False), atol=atol)

    def test_the_darkest_and_brightest_are_clipped(self):
        image = noise((64, 64), high=100)
        image[0, 0], image[2, 2] = -1e6, 1e6
        seen = normalise(image, is_colour=False)
        assert seen.min() == 0.0
        assert seen.max() == 1.0
        assert 0.4 < seen.mean() < 0.6

    @pytest.mark.parametrize("channels", [None, 1, 2, 3, 4, 5])
    def test_there_are_always_three_channels(self, channels):
        image = noise((16, 16) if channels is None else (16, 16, channels))
        seen = normalise(image, is_colour=False)
        assert seen.shape == (16, 16, 3)
        single = image if channels is None else image[..., 0]
        np.testing.assert_allclose(seen[..., 0], normalise(single, is_colour=False)[..., 0])
        if channels in (None, 1):
            np.testing.assert_array_equal(seen[..., 0], seen[..., 2])

    def test_the_third_of_two_channels_is_their_mean(self):
        image = noise((16, 16, 2))
        mean = normalise(image.mean(axis=2), is_colour=False)[..., 0]
        np.testing.assert_allclose(normalise(image, is_colour=False)[..., 2], mean, atol=1e-6)

    def test_a_colour_keeps_its_hue(self):
        image = noise((16, 16, 3))
        image[..., 2] /= 4
        assert normalise(image, is_colour=True)[..., 2].max() < 0.5
        assert normalise(image, is_colour=False)[..., 2].max() == 1.0

    def test_a_constant_channel_is_dark(self):
        image = noise((16, 16, 3))
        image[..., 1] = 7
        assert not normalise(image, is_colour=False)[..., 1].any()

    def test_a_single_bright_pixel_is_contrast_enough(self):
        image = np.zeros((64, 64), dtype=np.float32)
        image[31, 31] = 1
        assert normalise(image, is_colour=False)[31, 31, 0] == 1.0

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_what_is_not_finite(self, bad):
        image = noise((16, 16))
        image[3, 3] = bad
        with pytest.raises(ValueError, match=r"NaN or infinite values near the click.*nan_to_num"):
            normalise(image, is_colour=False)

    @pytest.mark.parametrize("is_colour", [True, False])
    def test_no_contrast(self, is_colour):
        with pytest.raises(ValueError, match=r"image is constant \(value 7\) near the click"):
            normalise(np.full((16, 16, 3), 7, dtype=np.float32), is_colour=is_colour)

    @pytest.mark.parametrize("side", [9.7, 30.3, 100.3])
    @pytest.mark.parametrize(
        ("dtype", "value"), [("u1", 7), ("u2", 40_000), ("f4", 0.1), ("i4", -(10**9)), ("f8", 1e9)]
    )
    def test_the_rounding_of_resampling_is_no_contrast(self, dtype, value, side):
        window = Window(Box.square(50, 50, side), 32).read(np.full((100, 100), value, dtype))
        with pytest.raises(ValueError, match="image is constant"):
            normalise(window, is_colour=False)

    @pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
    @pytest.mark.parametrize(
        ("shape", "expected"),
        [((8, 8), False), *(((8, 8, n), n in (3, 4)) for n in range(1, 6))],
    )
    def test_which_images_are_pictures(self, shape, dtype, expected):
        assert is_colour_image(np.zeros(shape, dtype)) is expected

    @pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
    def test_colours_do_not_depend_on_the_type(self, dtype):
        picture = noise((32, 32, 3), np.uint8)
        picture[..., 2] //= 4
        scaled = picture * np.array(257 if dtype == "u2" else 1 / 255, dtype)
        assert scaled.dtype == dtype
        window = Window(Box.square(16, 16, 20.3), 32)
        seen, expected = (
            normalise(window.read(image), is_colour=is_colour_image(image))
            for image in (scaled, picture)
        )
        np.testing.assert_allclose(seen, expected, atol=1e-5)

    @pytest.mark.parametrize("alpha", [0.0, 1.0, np.nan])
    def test_alpha_does_not_count(self, alpha):
        image = noise((16, 16, 3))
        seen = normalise(np.dstack([image, np.full((16, 16), alpha)]), is_colour=True)
        np.testing.assert_allclose(seen, normalise(image, is_colour=True), atol=1e-6)

    def test_eight_bit_pictures_are_as_they_were(self):
        """The bundled model learned from pictures that were brought to [0, 1] in this way."""
        picture = noise((300, 300, 3), np.uint8)
        picture[..., 1] //= 2
        window = Window(Box.square(150, 150, 64), 64)
        low, high = np.percentile(picture[118:182:2, 118:182:2], (0.5, 99.5))
        expected = (picture[118:182, 118:182].astype(np.float32) - low) / (high - low)
        seen = normalise(window.read(picture), is_colour=is_colour_image(picture))
        np.testing.assert_array_equal(seen, np.clip(expected, 0, 1).astype(np.float32))


class TestMasks:
    @given(masks, masks)
    def test_iou_is_symmetric_and_bounded(self, first, second):
        assert 0 <= iou(first, second) == iou(second, first) <= 1
        assert iou(first, first) == 1
        assert iou(first, ~first) == 0

    def test_iou_of_nothing_is_one(self):
        assert iou(np.zeros((3, 3), bool), np.zeros((3, 3), bool)) == 1

    @given(masks, masks, masks)
    def test_iou_leaves_pixels_out(self, first, second, valid):
        assert iou(first, second, valid=valid) == iou(first[valid], second[valid])

    @pytest.mark.parametrize("edge_counts", [False, True])
    @given(mask=masks)
    def test_the_boundary_is_what_has_a_neighbour_outside(self, mask, edge_counts):
        """Beyond the image's edge is outside only on demand."""
        boundary = inner_boundary(mask, edge_counts=edge_counts)
        padded = np.pad(mask, 1) if edge_counts else np.pad(mask, 1, mode="edge")
        enclosed = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
        np.testing.assert_array_equal(boundary, mask & ~enclosed)

    def test_a_full_mask_has_a_boundary_only_where_the_edge_counts(self):
        full = np.ones((5, 6), dtype=bool)
        assert not inner_boundary(full).any()
        assert np.count_nonzero(inner_boundary(full, edge_counts=True)) == 18

    @given(masks)
    def test_signed_distance(self, mask):
        distance = signed_distance(mask)
        assert distance.dtype == np.float32
        np.testing.assert_array_equal(distance > 0, mask)
        assert (np.abs(distance) >= 0.5).all()
        np.testing.assert_allclose(signed_distance(~mask), -distance)

    def test_signed_distance_of_a_half_plane(self):
        mask = np.zeros((5, 6), dtype=bool)
        mask[:, :2] = True
        np.testing.assert_allclose(signed_distance(mask)[3], [1.5, 0.5, -0.5, -1.5, -2.5, -3.5])

    def test_diagonal_neighbours_belong_together(self):
        assert components(np.eye(4, dtype=bool))[1] == 1
        assert components(np.zeros((4, 4), bool))[1] == 0


class TestLabelledObjects:
    LABELS = np.zeros((20, 30), dtype=np.int64)
    LABELS[2:8, 3:9] = 1
    LABELS[4, 4] = 0
    LABELS[10:18, 10:28] = 5
    LABELS[0, 29] = 7
    OBJECTS = ((1, 35, Box(2, 3, 8, 9)), (5, 144, Box(10, 10, 18, 28)), (7, 1, Box(0, 29, 1, 30)))

    @pytest.mark.parametrize("dtype", ["u1", "u2", ">i2", "i4", "u4", "i8", "u8"])
    def test_ids_areas_and_boxes(self, dtype):
        labels = self.LABELS.astype(dtype)
        assert labelled_objects(labels) == list(self.OBJECTS)
        assert labelled_objects(labels, min_area=35) == list(self.OBJECTS[:2])
        assert labelled_objects(labels == 5) == [(1, *self.OBJECTS[1][1:])]
        assert labelled_objects(np.zeros_like(labels)) == []

    @pytest.mark.parametrize("offset", [70_000, 2**31 - 10, 2**40, -(2**31)])
    def test_large_and_negative_ids_cost_no_memory(self, offset):
        labels = np.where(self.LABELS, self.LABELS + offset, 0)
        expected = [(k + offset, *rest) for k, *rest in self.OBJECTS]
        assert labelled_objects(labels) == expected

    def test_ignored_pixels_are_no_object(self):
        labels = self.LABELS.copy()
        labels[19] = IGNORE_LABEL
        assert labelled_objects(labels) == list(self.OBJECTS)
        large = np.zeros((300, 300), dtype=np.uint16)
        large[3] = IGNORE_LABEL
        assert labelled_objects(large) == []
