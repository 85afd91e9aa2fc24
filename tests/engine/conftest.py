"""A tiny random model of the fast kind, and a disk to click on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from boundary_click.engine.two_in_one import TwoInOnePredictor
from boundary_click.models.build import TwoInOne


@pytest.fixture(scope="session")
def model(architecture, build) -> TwoInOne:
    """A model whose classifiers say something, though nothing sensible."""
    built = build(architecture)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        torch.nn.init.normal_(built.refinement.classifier.weight, std=0.2)
    return built.eval()


@pytest.fixture(scope="session")
def predictor(model) -> TwoInOnePredictor:
    return TwoInOnePredictor(model, name="tiny")


@pytest.fixture(scope="session")
def image() -> np.ndarray:
    """A noisy bright disk of radius 20 round (60, 70)."""
    rows, cols = np.ogrid[:120, :150]
    disk = (rows - 60) ** 2 + (cols - 70) ** 2 <= 400
    noise = np.random.default_rng(0).integers(0, 40, disk.shape)
    return (np.where(disk, 180, 30) + noise).astype(np.uint8)
