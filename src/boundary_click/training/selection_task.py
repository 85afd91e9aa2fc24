"""First stage: the selection network learns an object's mask from one click."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from boundary_click.guidance.distance import gaussian_map
from boundary_click.models.build import TwoInOne
from boundary_click.training.config import SelectionStageConfig
from boundary_click.training.objective import objective
from boundary_click.training.samples import Sample, Sampler


class SelectionBatch(NamedTuple):
    """Samples side by side: the image (B, 3, S, S), all others (B, 1, S, S).

    In half precision until it is on its device: a batch is large, and comes from another
    process.
    """

    image: Tensor
    click_map: Tensor
    truth: Tensor
    valid: Tensor
    distance: Tensor

    @classmethod
    def of(cls, samples: list[Sample], sigma: float) -> SelectionBatch:
        """Stack samples; ``sigma`` is the standard deviation of the click's Gaussian."""
        clicks = [gaussian_map((s.click,), s.truth.shape, sigma) for s in samples]
        return cls(
            _stacked([np.moveaxis(s.image, 2, 0) for s in samples]),
            _stacked([click[None] for click in clicks]),
            _stacked([s.truth[None] for s in samples]),
            _stacked([s.valid[None] for s in samples]),
            _stacked([s.distance[None] for s in samples]),
        )

    def to(self, device: torch.device) -> SelectionBatch:
        """Return the batch on a device, as float32."""
        return SelectionBatch(*(part.to(device).float() for part in self))


def _stacked(arrays: list[np.ndarray]) -> Tensor:
    """Stack arrays, floats in half precision."""
    stacked = torch.from_numpy(np.stack(arrays))
    return stacked.half() if stacked.is_floating_point() else stacked


class SelectionTask(nn.Module):
    """The selection network with its loss.

    Parameters
    ----------
    model : TwoInOne
    config : SelectionStageConfig
    """

    needs_model = False

    def __init__(self, model: TwoInOne, config: SelectionStageConfig) -> None:
        super().__init__()
        self.network = model.selection
        self.sigma = model.config.selection.click_sigma
        self.config = config

    def draw(self, sampler: Sampler, rng: np.random.Generator) -> Sample:
        """Return a random sample."""
        return sampler.draw(rng)

    def collate(self, samples: list[Sample]) -> SelectionBatch:
        """Return a batch of samples."""
        return SelectionBatch.of(samples, self.sigma)

    def forward(self, batch: SelectionBatch) -> Tensor:
        """Return the loss of a batch."""
        batch = batch.to(next(self.network.parameters()).device)
        logits = self.network(batch.image, batch.click_map).logits.float()
        return objective(logits, batch.truth, batch.valid, batch.distance, self.config)
