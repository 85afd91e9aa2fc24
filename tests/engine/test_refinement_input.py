from __future__ import annotations

import numpy as np
import torch

from boundary_click.core.clicks import Click
from boundary_click.engine.refinement_input import guidance_batch, refinement_input
from boundary_click.models.config import RefinementConfig

SIDE = 32
CLICKS = (Click(16, 16), Click(16, 26, "boundary"))
IMAGE = np.full((3, SIDE, SIDE), 0.25, np.float32)


def steep_disk(radius: float) -> np.ndarray:
    rows, cols = np.ogrid[:SIDE, :SIDE]
    return (20 * (radius - np.hypot(rows - 16, cols - 16))).astype(np.float32)


def test_planes_are_limited_however_steep_the_logits():
    config = RefinementConfig(roi_size=SIDE)
    step = refinement_input(config, previous=steep_disk(8), image=IMAGE, clicks=CLICKS, rim=0.5)
    assert step.pulled[16, 25] > 0 > step.previous[16, 25]
    assert np.abs(step.previous).max() > 100
    assert step.planes.shape == (config.plane_channels, SIDE, SIDE)
    assert np.abs(step.planes).max() <= 1


def test_the_plane_of_the_level_is_the_mask_that_follows_it():
    config = RefinementConfig(
        planes=("level", "previous", "outline", "reach", "boundary"), roi_size=SIDE
    )
    step = refinement_input(config, previous=steep_disk(8), image=IMAGE, clicks=CLICKS, rim=0.5)
    followed = step.planes[0] > 0
    assert followed[16, 25]
    assert followed[16, 7]  # on the far side too
    np.testing.assert_array_equal(followed, step.previous > step.level)


def test_planes_come_in_the_order_of_the_configuration():
    config = RefinementConfig(head="plain", planes=("boundary", "image", "positive"), roi_size=SIDE)
    step = refinement_input(config, previous=steep_disk(8), image=IMAGE, clicks=CLICKS, rim=0.5)
    boundary, colours, positive = step.planes[0], step.planes[1:4], step.planes[4]
    assert np.unravel_index(boundary.argmax(), boundary.shape) == (16, 26)
    assert (colours == 0.25).all()
    assert np.unravel_index(positive.argmax(), positive.shape) == (16, 16)


def test_steps_make_a_batch():
    config = RefinementConfig(roi_size=SIDE)
    steps = [
        refinement_input(config, previous=steep_disk(r), image=IMAGE, clicks=CLICKS, rim=0.5)
        for r in (7, 8, 9)
    ]
    batch = guidance_batch(steps, torch.device("cpu"))
    assert batch.planes.shape == (3, config.plane_channels, SIDE, SIDE)
    assert {part.shape for part in batch[1:]} == {(3, 1, SIDE, SIDE)}
    assert {part.dtype for part in batch} == {torch.float32}
    np.testing.assert_array_equal(batch.reach[1, 0].numpy(), steps[1].reach)
