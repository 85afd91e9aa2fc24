from __future__ import annotations

import numpy as np
import pytest

from boundary_click.benchmark.maps import MapResult, covered, map_summary, study_maps
from boundary_click.benchmark.protocol import Plane, find_targets
from boundary_click.guidance.superpixel import Superpixels

LABELS = np.zeros((90, 120), dtype=np.uint16)
LABELS[30:60, 40:90] = 1
IMAGE = np.where(LABELS, 200, 40).astype(np.uint8)
NAMES = {"slic 500", "slic 1000", "felzenszwalb 500", "felzenszwalb 1000"}


def test_regions_fit_a_clear_object():
    (result,) = study_maps(find_targets([Plane("one", lambda: (IMAGE, LABELS))]), seed=0)
    assert (result.image, result.object_id) == ("one", 1)
    assert set(result.ious) == set(result.counts) == NAMES | {"proposals"}
    assert min(result.ious.values()) > 0.9
    maps = {f"{name}, map" for name in NAMES} | {"object map"}
    assert set(result.milliseconds) == NAMES | {"proposals"} | maps
    assert result.counts["slic 500"] == pytest.approx(500, rel=0.3)


def test_superpixels_count_by_their_larger_part():
    superpixels = Superpixels.of(np.kron([[0, 1], [2, 3]], np.ones((2, 4), int)))
    mask = np.zeros((4, 8), bool)
    mask[:2, :3] = mask[:2, 4:6] = True
    expected = np.zeros((4, 8), bool)
    expected[:2, :4] = True
    np.testing.assert_array_equal(covered(superpixels, mask), expected)


def test_summary():
    results = [
        MapResult("a", 1, {"slic 500": 0.6}, {"slic 500": 480}, {"slic 500": 10.0}),
        MapResult("a", 2, {"slic 500": 0.8}, {"slic 500": 500}, {"slic 500": 20.0}),
    ]
    summary = map_summary(results)
    assert summary["objects"] == 2
    fit = {"iou": pytest.approx(0.7), "over70": 0.5, "count": 490.0}
    assert summary["regions"] == {"slic 500": fit}
    assert summary["milliseconds"]["slic 500"]["median"] == 15.0


def test_nothing_to_sum_up():
    with pytest.raises(ValueError, match="no object"):
        map_summary([])
