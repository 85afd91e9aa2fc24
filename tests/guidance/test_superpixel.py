from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary_click.core.clicks import Click
from boundary_click.guidance.superpixel import (
    METHODS,
    Superpixels,
    find_superpixels,
    superpixel_map,
)

QUARTERS = Superpixels.of(np.kron([[7, 3], [3 + 8, 5]], np.ones((10, 20), int)))
positions = st.tuples(st.floats(0, 19), st.floats(0, 39))


def clicks_at(*places: tuple[float, float]) -> tuple[Click, ...]:
    return tuple(Click(row, col) for row, col in places)


def test_labels_without_gaps_and_their_centres():
    assert sorted(np.unique(QUARTERS.labels)) == [0, 1, 2, 3]
    assert len(QUARTERS) == 4
    for label, centre in enumerate(QUARTERS.centres):
        np.testing.assert_allclose(np.argwhere(QUARTERS.labels == label).mean(axis=0), centre)


def test_a_click_speaks_for_its_superpixel():
    drawn = superpixel_map(QUARTERS, clicks_at((2, 3)))
    assert drawn.dtype == np.float32
    far = np.hypot(10, 20)
    expected = np.kron([[0, 20], [10, far]], np.ones((10, 20))) * 255 / far
    np.testing.assert_allclose(drawn, expected, rtol=1e-5)


@given(st.lists(positions, min_size=1, max_size=4))
def test_each_pixel_takes_the_nearest_of_several_clicks(places):
    """As in eq. 2, pixel by pixel."""
    drawn = superpixel_map(QUARTERS, clicks_at(*places))
    clicked = [QUARTERS.labels[round(row), round(col)] for row, col in places]
    centres = QUARTERS.centres
    distance = [min(np.linalg.norm(centres[s] - centres[q]) for s in clicked) for q in range(4)]
    expected = np.array(distance)[QUARTERS.labels]
    np.testing.assert_allclose(drawn, expected * 255 / max(expected.max(), 1e-9), rtol=1e-5)
    assert (drawn[np.isin(QUARTERS.labels, clicked)] == 0).all()


def test_no_click_is_as_far_as_can_be():
    np.testing.assert_array_equal(superpixel_map(QUARTERS, ()), np.full((20, 40), 255))


def test_no_distance_counts_for_more_than_the_limit():
    drawn = superpixel_map(QUARTERS, clicks_at((2, 3)), limit=15)
    np.testing.assert_allclose(drawn[::10, ::20], [[0, 255], [170, 255]], rtol=1e-5)


def test_a_click_outside_speaks_for_no_superpixel():
    inside, outside = clicks_at((3, 5)), clicks_at((-3, 55))
    assert (superpixel_map(QUARTERS, outside) == 255).all()
    both = superpixel_map(QUARTERS, inside + outside)
    np.testing.assert_array_equal(both, superpixel_map(QUARTERS, inside))
    assert superpixel_map(QUARTERS, clicks_at((-0.5, 5)))[0, 5] == 0


def test_one_superpixel_has_no_distance():
    one = Superpixels.of(np.full((4, 5), 9))
    assert not superpixel_map(one, clicks_at((1, 1))).any()


@pytest.mark.parametrize("method", METHODS)
def test_superpixels_keep_to_edges(method):
    image = np.zeros((60, 80, 3), np.float32)
    image[20:40, 30:60] = 0.8
    found = find_superpixels(image, method=method, count=24)
    assert found.labels.shape == (60, 80)
    inside = np.unique(found.labels[22:38, 32:58])
    outside = np.ones((60, 80), bool)
    outside[18:42, 28:62] = False
    assert not set(inside) & set(np.unique(found.labels[outside]))


@pytest.mark.parametrize("count", [40, 160])
def test_slic_makes_about_as_many_as_asked(count):
    image = np.full((90, 90, 3), 0.5, np.float32)
    assert len(find_superpixels(image, count=count)) == pytest.approx(count, rel=0.4)


def test_bad_arguments():
    image = np.zeros((8, 8, 3), np.float32)
    with pytest.raises(ValueError, match="count of superpixels must be 1 or more, got 0"):
        find_superpixels(image, count=0)
    with pytest.raises(ValueError, match="must be one of slic, felzenszwalb; got 'seeds'"):
        find_superpixels(image, method="seeds")


@pytest.mark.parametrize("spread", [0.05, 0.15])
def test_noise_leaves_enough_superpixels(spread):
    rows, cols = np.ogrid[:128, :128]
    disk = np.where((rows - 60) ** 2 + (cols - 60) ** 2 < 900, 0.6, 0.4)
    noise = np.random.default_rng(0).normal(0, spread, disk.shape)
    image = np.repeat((disk + noise).clip(0, 1)[..., None], 3, axis=2).astype(np.float32)
    assert len(find_superpixels(image, count=200)) > 150
