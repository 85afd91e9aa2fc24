"""First stage: the selection network learns an object's mask from one click."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from boundary_click.guidance.distance import gaussian_map
from boundary_click.models.build import TwoInOne
from boundary_click.training.config import SelectionStageConfig
from boundary_click.training.objective import objective
from boundary_click.training.samples import Sample, Sampler


class SelectionTask(nn.Module):
    """The selection network with its loss.

    Parameters
    ----------
    model : TwoInOne
    config : SelectionStageConfig
    """

    def __init__(self, model: TwoInOne, config: SelectionStageConfig) -> None:
        super().__init__()
        self.network = model.selection
        self.sigma = model.config.selection.click_sigma
        self.config = config

    def draw(self, sampler: Sampler, rng: np.random.Generator) -> Sample:
        """Return a random sample."""
        return sampler.draw(rng)

    def forward(self, samples: list[Sample]) -> Tensor:
        """Return the loss of a batch."""
        device = next(self.network.parameters()).device
        image, truth, valid = stack_samples(samples, device)
        clicks = np.stack([gaussian_map((s.click,), s.truth.shape, self.sigma) for s in samples])
        distance = torch.from_numpy(np.stack([s.distance for s in samples]))[:, None].to(device)
        click_map = torch.from_numpy(clicks)[:, None].to(device)
        logits = self.network(image, click_map).logits
        return objective(logits, truth, valid, distance, self.config)


def stack_samples(samples: list[Sample], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return image (B, 3, S, S), truth and valid (B, 1, S, S) of a batch."""
    image = torch.from_numpy(np.stack([s.image for s in samples])).permute(0, 3, 1, 2).to(device)
    truth = torch.from_numpy(np.stack([s.truth for s in samples]))[:, None].to(device).float()
    valid = torch.from_numpy(np.stack([s.valid for s in samples]))[:, None].to(device).float()
    return image, truth, valid
