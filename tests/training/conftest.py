"""Data small enough for a test: one image with disks on it, and what draws samples of it."""

from __future__ import annotations

import numpy as np
import pytest

from boundary_click.core.geometry import Box
from boundary_click.engine.robot_user import RobotUser
from boundary_click.training.augmentation import Augmenter
from boundary_click.training.config import AugmentationConfig, WindowDrawConfig
from boundary_click.training.samples import Sampler, Scene


class DiskSource:
    """Draws one of three disks of an image; the third reaches over the edge."""

    PLACES = ((30, 30, 12), (60, 80, 20), (95, 25, 15))

    def __init__(self) -> None:
        rows, cols = np.ogrid[:100, :120]
        self.labels = np.zeros((100, 120), dtype=np.uint16)
        for index, (row, col, radius) in enumerate(self.PLACES, start=1):
            self.labels[(rows - row) ** 2 + (cols - col) ** 2 <= radius**2] = index
        noise = np.random.default_rng(0).integers(0, 40, self.labels.shape)
        self.image = (np.where(self.labels, 180, 30) + noise).astype(np.uint8)

    def draw(self, rng: np.random.Generator) -> Scene:
        index = int(rng.integers(1, 4))
        box = Box.of_mask(self.labels == index)
        assert box is not None
        return Scene(self.image, self.labels, index, box)


@pytest.fixture(scope="session")
def source() -> DiskSource:
    return DiskSource()


@pytest.fixture
def sampler(architecture, source) -> Sampler:
    return Sampler(
        source, architecture, WindowDrawConfig(), Augmenter(AugmentationConfig()), RobotUser()
    )
