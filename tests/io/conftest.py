"""A data set and the configuration of a run, small enough for a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from boundary_click.training.config import (
    DataConfig,
    GuidedStageConfig,
    RefinementStageConfig,
    SelectionStageConfig,
    TrainingConfig,
)


@pytest.fixture
def config(architecture) -> TrainingConfig:
    return TrainingConfig(
        name="tiny",
        licence="CC0-1.0",
        model=architecture,
        pretrained=False,
        data=(DataConfig(path="disks", licence="CC0-1.0"),),
        validation_share=0.5,
        validation_objects=2,
        validation_interval=2,
        checkpoint_interval=1,
        selection=SelectionStageConfig(steps=2, batch_size=1, warmup_steps=0),
        refinement=RefinementStageConfig(steps=1, batch_size=1, warmup_steps=0),
    )


@pytest.fixture
def root(tmp_path) -> Path:
    rows, cols = np.ogrid[:48, :56]
    labels = ((rows - 20) ** 2 + (cols - 24) ** 2 <= 100).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 30, labels.shape)
    image = (labels * 150 + noise).astype(np.uint8)
    for part, array in (("images", image), ("labels", labels)):
        (tmp_path / "disks" / part).mkdir(parents=True)
        for name in "ab":
            tifffile.imwrite(tmp_path / "disks" / part / f"{name}.tif", array)
    return tmp_path


@pytest.fixture
def guided(config, guided_architecture) -> TrainingConfig:
    stage = GuidedStageConfig(steps=1, batch_size=1, warmup_steps=0)
    return config.model_copy(update={"model": guided_architecture, "guidance": stage})
