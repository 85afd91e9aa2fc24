from __future__ import annotations

import numpy as np
import pytest

from boundary_click.benchmark.crops import CropResult, crop_summary, study_crops
from boundary_click.benchmark.protocol import Plane, find_targets
from boundary_click.core.geometry import Box

LABELS = np.zeros((40, 50), dtype=np.uint16)
LABELS[10:20, 10:30] = 1
LABELS[0:8, 40:50] = 2
PLANE = Plane("two", lambda: (LABELS, LABELS))


class Shrunk:
    """Crops the clicked object's box, smaller by two pixels on each side, and pads it."""

    def __init__(self) -> None:
        self.clicks = []

    def crop_boxes(self, image, click, paddings):
        self.clicks.append((int(click.row), int(click.col)))
        box = Box.of_mask(image == image[self.clicks[-1]]).padded(-2)
        return tuple(box.padded(padding * box.side) for padding in paddings)


def test_recall_and_area_follow_the_padding():
    cropper = Shrunk()
    results = list(study_crops(find_targets([PLANE]), cropper, seed=0, paddings=(0.0, 0.125, 0.5)))
    assert [LABELS[click] for click in cropper.clicks] == [1, 2]
    first, second = results
    assert first == CropResult("two", 1, (False, True, True), first.area_shares)
    assert first.area_shares[:2] == (6 * 16 / 2000, 10 * 20 / 2000)
    assert second.is_held == (False, False, True)
    assert second.area_shares[2] == 9 * 11 / 2000  # cut at the edge of the image


def test_summary():
    results = [
        CropResult("a", 1, (False, True), (0.1, 0.2)),
        CropResult("a", 2, (True, True), (0.3, 0.6)),
    ]
    assert crop_summary(results, paddings=(0.0, 0.5)) == {
        "objects": 2,
        "paddings": [0.0, 0.5],
        "recall": [0.5, 1.0],
        "reduction": [pytest.approx(0.8), pytest.approx(0.6)],
    }


def test_nothing_to_sum_up():
    with pytest.raises(ValueError, match="no object"):
        crop_summary([])
