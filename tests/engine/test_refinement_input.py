from __future__ import annotations

import numpy as np

from boundary_click.core.clicks import Click
from boundary_click.engine.refinement_input import refinement_input
from boundary_click.models.config import RefinementConfig

SIDE = 32
CLICKS = (Click(16, 16), Click(16, 26, "boundary"))


def steep_disk(radius: float) -> np.ndarray:
    rows, cols = np.ogrid[:SIDE, :SIDE]
    return (20 * (radius - np.hypot(rows - 16, cols - 16))).astype(np.float32)


def test_no_logit_is_too_large_for_the_head_to_overrule():
    config = RefinementConfig(roi_size=SIDE)
    previous = steep_disk(8)
    image = np.zeros((3, SIDE, SIDE), np.float32)
    step = refinement_input(config, previous=previous, image=image, clicks=CLICKS, rim=0.5)
    assert np.abs(previous).max() > 100
    assert np.abs(step.base).max() <= 3
    assert step.base[16, 25] > 0 > previous[16, 25]
    assert step.planes.shape == (config.plane_channels, SIDE, SIDE)
    assert np.abs(step.planes).max() <= 1


def test_planes_come_in_the_order_of_the_configuration():
    config = RefinementConfig(head="plain", planes=("boundary", "image", "positive"), roi_size=SIDE)
    image = np.full((3, SIDE, SIDE), 0.25, np.float32)
    step = refinement_input(config, previous=steep_disk(8), image=image, clicks=CLICKS, rim=0.5)
    boundary, colours, positive = step.planes[0], step.planes[1:4], step.planes[4]
    assert np.unravel_index(boundary.argmax(), boundary.shape) == (16, 26)
    assert (colours == 0.25).all()
    assert np.unravel_index(positive.argmax(), positive.shape) == (16, 16)
