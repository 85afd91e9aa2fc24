from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary_click.core.clicks import Click
from boundary_click.guidance.distance import euclidean_map, gaussian_map

clicks = st.builds(Click, st.floats(-20, 50), st.floats(-20, 60))


def test_no_clicks_no_guidance():
    drawn = gaussian_map((), (7, 9), 10.0)
    assert drawn.shape == (7, 9)
    assert drawn.dtype == np.float32
    assert not drawn.any()


@pytest.mark.parametrize("sigma", [1.0, 5.0, 10.0])
def test_sigma_is_the_standard_deviation(sigma):
    drawn = gaussian_map((Click(20, 30),), (61, 61), sigma)
    rows, cols = np.indices(drawn.shape)
    expected = np.exp(-((rows - 20) ** 2 + (cols - 30) ** 2) / (2 * sigma**2))
    np.testing.assert_allclose(drawn, expected, atol=1e-6)
    assert drawn[20, 30] == 1.0


@given(st.lists(clicks, min_size=1, max_size=4))
def test_gaussians_do_not_add_up(several):
    drawn = gaussian_map(tuple(several), (30, 40), 6.0)
    singles = [gaussian_map((click,), (30, 40), 6.0) for click in several]
    np.testing.assert_array_equal(drawn, np.max(singles, axis=0))
    assert drawn.max() <= 1.0


def test_a_click_outside_shines_in():
    drawn = gaussian_map((Click(-5, 10),), (30, 40), 10.0)
    assert drawn[0, 10] == pytest.approx(np.exp(-0.125))
    assert drawn.max() == drawn[0, 10]


def test_positions_between_pixels():
    drawn = gaussian_map((Click(4.5, 4.5),), (10, 10), 2.0)
    np.testing.assert_allclose(drawn, drawn[::-1, ::-1])


@given(st.lists(clicks, max_size=4))
def test_distance_to_the_nearest_click(several):
    drawn = euclidean_map(tuple(several), (30, 40))
    assert drawn.dtype == np.float32
    rows, cols = np.indices((30, 40))
    distances = [np.hypot(rows - click.row, cols - click.col) for click in several]
    expected = np.min([*distances, np.full((30, 40), 255.0)], axis=0)
    np.testing.assert_allclose(drawn, expected, rtol=1e-5, atol=1e-6)


def test_no_distance_is_above_255():
    drawn = euclidean_map((Click(0, 0),), (3, 400))
    assert drawn[0, 399] == 255
    assert drawn[0, 200] == 200
