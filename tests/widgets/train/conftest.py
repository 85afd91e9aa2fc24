"""A tiny model in the library, small images with labels, and runs that take seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from boundary_click.io.checkpoint import ModelCard, save_model
from boundary_click.widgets.train.sources import LayerSource

SIDE = 96
QUICK = {
    ("selection", "steps"): 4,
    ("selection", "batch_size"): 1,
    ("selection", "warmup_steps"): 0,
    ("validation_objects",): 3,
    ("validation_clicks",): 3,
    ("validation_interval",): 2,
    ("checkpoint_interval",): 1,
}
"""What makes a run of the tiny model short."""


@pytest.fixture
def tiny(models_of_the_user, architecture, build) -> Path:
    """A small random model in the library, under the name ``tiny``."""
    models_of_the_user.mkdir(parents=True)
    path = models_of_the_user / "tiny.safetensors"
    save_model(path, build(architecture), ModelCard(name="tiny", architecture=architecture))
    return path


def disks(planes: int = 3, count: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Return a stack of bright disks with noise, and its labels."""
    rows, cols = np.ogrid[:SIDE, :SIDE]
    rng = np.random.default_rng(0)
    labels = np.zeros((planes, SIDE, SIDE), np.int32)
    for plane in labels:
        for number in range(count):
            row, col = 18 + 30 * (number // 3), 18 + 30 * (number % 3)
            radius = rng.uniform(7, 11)
            plane[(rows - row) ** 2 + (cols - col) ** 2 <= radius**2] = number + 1
    image = np.where(labels > 0, 170, 20) + rng.integers(0, 40, labels.shape)
    return image.astype(np.uint8), labels


@pytest.fixture
def source() -> LayerSource:
    image, labels = disks()
    return LayerSource("disks", image, labels, False, (1, 2), (None, None, None))
