from __future__ import annotations

import numpy as np
import pytest

from boundary_click.core.clicks import Click
from boundary_click.engine.guidance_stack import (
    find_regions,
    guidance_stack,
    without_clicks,
)
from boundary_click.guidance.distance import euclidean_map, gaussian_map
from boundary_click.guidance.proposal import object_map
from boundary_click.guidance.scale import object_scale
from boundary_click.guidance.superpixel import superpixel_map
from boundary_click.models.config import GuidanceConfig

ALL = (
    "gaussian-positive",
    "gaussian-negative",
    "euclidean-positive",
    "euclidean-negative",
    "superpixel-positive",
    "superpixel-negative",
    "object",
    "previous",
)
CLICKS = (Click(20, 30), Click(24, 33), Click(50, 50, "negative"))
SHAPE = (64, 64)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    rows, cols = np.ogrid[:64, :64]
    disk = (rows - 22) ** 2 + (cols - 30) ** 2 <= 144
    noise = np.random.default_rng(0).random((64, 64)) * 0.1
    return np.repeat((np.where(disk, 0.7, 0.2) + noise)[..., None], 3, axis=2).astype(np.float32)


def test_each_map_in_its_place(picture):
    config = GuidanceConfig(maps=ALL, superpixel_count=50, sigma=4)
    regions = find_regions(config, picture)
    mask = np.zeros(SHAPE, dtype=bool)
    mask[10:20, 10:20] = True
    maps = guidance_stack(config, CLICKS, SHAPE, regions=regions, previous=mask)
    positive, negative = CLICKS[:2], CLICKS[2:]
    expected = {
        "gaussian-positive": gaussian_map(positive, SHAPE, 4),
        "gaussian-negative": gaussian_map(negative, SHAPE, 4),
        "euclidean-positive": euclidean_map(positive, SHAPE) / 255,
        "euclidean-negative": euclidean_map(negative, SHAPE) / 255,
        "superpixel-positive": superpixel_map(regions.superpixels, positive) / 255,
        "superpixel-negative": superpixel_map(regions.superpixels, negative) / 255,
        "object": object_map(regions.proposals, positive) / 255,
    }
    assert maps.shape == (8, 64, 64)
    assert maps.dtype == np.float32
    for name, found in zip(ALL, maps, strict=True):
        assert 0 <= found.min() <= found.max() <= 1
        if name in expected:
            np.testing.assert_allclose(found, expected[name], atol=1e-6)
    assert maps[7][15, 15] == 0
    assert maps[7][15, 24] == pytest.approx(5 / 255)


def test_without_clicks_each_map_is_constant(picture):
    config = GuidanceConfig(maps=ALL, superpixel_count=50)
    maps = guidance_stack(config, (), SHAPE, regions=find_regions(config, picture))
    for name, found in zip(ALL, maps, strict=True):
        assert (found == without_clicks(name)).all(), name


def test_regions_are_found_only_if_a_map_needs_them(picture):
    regions = find_regions(GuidanceConfig(maps=("gaussian-positive", "previous")), picture)
    assert regions.superpixels is None
    assert regions.proposals is None
    regions = find_regions(GuidanceConfig(maps=("object",)), picture)
    assert regions.superpixels is None
    assert regions.proposals is not None


def test_the_scale_is_estimated_or_told(picture):
    maps = ("superpixel-positive", "object")
    free = GuidanceConfig(maps=maps, superpixel_count=50)
    aware = free.model_copy(update={"superpixel_reach": 0.5, "proposal_range": (0.0, 1.0)})
    regions = find_regions(free, picture)
    scale = object_scale(CLICKS)
    estimated = guidance_stack(aware, CLICKS, SHAPE, regions=regions)
    told = guidance_stack(aware, CLICKS, SHAPE, regions=regions, scale=scale)
    np.testing.assert_array_equal(estimated, told)
    assert not np.array_equal(estimated, guidance_stack(free, CLICKS, SHAPE, regions=regions))
    # One positive click alone says nothing of the scale.
    first = (guidance_stack(config, CLICKS[:1], SHAPE, regions=regions) for config in (free, aware))
    np.testing.assert_array_equal(*first)
