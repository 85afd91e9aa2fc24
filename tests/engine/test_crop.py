from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import Box
from boundary_click.engine.crop import clicked_part, crop_box
from boundary_click.engine.windows import square_window

SIDE = 64


def probability(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    result = np.full((SIDE, SIDE), 1e-4, dtype=np.float32)
    for top, left, bottom, right in boxes:
        result[top:bottom, left:right] = 0.01
    return result


def crop(values: np.ndarray, click: Click, **options) -> Box:
    options = {"threshold": 0.001, "padding": 0.0, "is_square": False} | options
    return crop_box(values, click, **options)


class TestClickedPart:
    MASK = probability((2, 2, 10, 10), (40, 40, 60, 60)) > 0.001

    @pytest.mark.parametrize(
        ("click", "pixel"),
        [
            (Click(5, 5), (3, 3)),
            (Click(50, 50), (41, 41)),
            (Click(20, 20), (3, 3)),  # in neither: the nearer one
            (Click(-9, 200), (41, 41)),
        ],
    )
    def test_one_part_stays(self, click, pixel):
        part = clicked_part(self.MASK, click)
        assert part[pixel]
        assert part.sum() in (64, 400)

    def test_a_single_part_or_none(self):
        single = probability((2, 2, 10, 10)) > 0.001
        np.testing.assert_array_equal(clicked_part(single, Click(60, 60)), single)
        assert not clicked_part(np.zeros((9, 9), bool), Click(3, 3)).any()


class TestCropBox:
    def test_the_box_of_all_that_is_above_the_threshold(self):
        assert crop(probability((20, 10, 40, 50)), Click(30, 30)) == Box(20, 10, 40, 50)

    def test_padding_is_a_share_of_the_longer_side(self):
        box = crop(probability((20, 20, 30, 40)), Click(25, 30), padding=0.25)
        assert box == Box(15, 15, 35, 45)

    def test_it_is_cut_at_the_image(self):
        box = crop(probability((0, 0, 20, 64)), Click(5, 5), padding=0.5)
        assert box == Box(0, 0, 52, 64)

    def test_a_square_is_moved_instead(self):
        box = crop(probability((0, 0, 20, 40)), Click(5, 5), padding=0.1, is_square=True)
        assert box == Box(0, 0, 48, 48)

    def test_other_objects_are_left_out(self):
        assert crop(probability((2, 2, 10, 10), (40, 40, 60, 60)), Click(5, 5)).bottom == 10

    @given(st.integers(0, 999), st.floats(-3, 70), st.floats(-3, 70), st.booleans())
    def test_it_holds_the_click_whatever_was_predicted(self, seed, row, col, is_square):
        values = np.random.default_rng(seed).random((SIDE, SIDE), dtype=np.float32) ** 8
        box = crop(values, Click(row, col), threshold=0.5, padding=0.2, is_square=is_square)
        assert Box(0, 0, SIDE, SIDE).padded(1e-6).contains(box)
        if Click(row, col).is_in((SIDE, SIDE)):
            assert box.holds(Click(row, col), margin=-1e-6)
        assert min(box.height, box.width) > 0 or not Click(row, col).is_in((SIDE, SIDE))
        if is_square:
            assert box.height == pytest.approx(box.width)

    def test_nothing_predicted(self):
        box = crop(np.zeros((SIDE, SIDE), np.float32), Click(30, 30))
        assert box.centre == pytest.approx((30.5, 30.5))
        assert 8 <= box.side <= 48


class TestSquareWindow:
    @given(st.floats(0, 200), st.floats(0, 300), st.floats(4, 150))
    def test_it_lies_in_the_image_and_holds_its_centre(self, row, col, side):
        window = square_window((row, col), side, (200, 300), 64)
        assert Box(0, 0, 200, 300).padded(1e-6).contains(window.box)
        assert window.box.padded(1e-6).holds(Click(row - 0.5, col - 0.5))
        assert window.zoom == pytest.approx((64 / side, 64 / side))

    def test_an_image_smaller_than_the_window_keeps_the_zoom(self):
        window = square_window((5, 5), 100, (20, 300), 50)
        assert window.zoom == (0.5, 0.5)
        assert window.box == Box(-40, 0, 60, 100)
