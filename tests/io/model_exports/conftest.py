"""Tiny models as they are after some training."""

from __future__ import annotations

import pytest
import torch

from boundary_click.io.checkpoint import LoadedModel, ModelCard


@pytest.fixture
def loaded(build):
    """Give a model weights and statistics of which none is zero."""

    def loaded(architecture, **card) -> LoadedModel:
        model, generator = build(architecture), torch.Generator().manual_seed(0)
        for name, value in model.state_dict().items():
            if name.endswith(("running_mean", "bias", "classifier.weight")):
                value.copy_(torch.randn(value.shape, generator=generator) / 10)
            elif name.endswith("running_var"):
                value.copy_(0.5 + torch.rand(value.shape, generator=generator))
        told = {"name": "mine", "licence": "MIT", "data": ("disks",)} | card
        return LoadedModel(model.eval(), ModelCard(architecture=architecture, **told), "abc")

    return loaded
