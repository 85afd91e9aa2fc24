"""First stage: the selection network learns an object's mask from one click."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from boundary_click.core.geometry import FloatArray
from boundary_click.engine.guidance_stack import find_regions, guidance_stack
from boundary_click.models.build import TwoInOne
from boundary_click.models.config import GuidanceConfig
from boundary_click.training.batches import BatchSource
from boundary_click.training.config import SelectionStageConfig
from boundary_click.training.objective import objective
from boundary_click.training.samples import Sample, Sampler


class SelectionBatch(NamedTuple):
    """Samples side by side.

    Attributes
    ----------
    image : Tensor, shape (B, 3, S, S)
        In [0, 1].
    guidance : Tensor, shape (B, K, S, S)
        Maps of the selection clicks.
    truth, valid : Tensor of bool, shape (B, 1, S, S)
    distance : Tensor, shape (B, 1, S, S)
        As in `Sample`.
    """

    image: Tensor
    guidance: Tensor
    truth: Tensor
    valid: Tensor
    distance: Tensor

    @classmethod
    def of(cls, samples: list[Sample], config: GuidanceConfig) -> SelectionBatch:
        """Stack samples, and draw the maps of their clicks."""
        return cls(
            torch.from_numpy(np.stack([np.moveaxis(s.image, 2, 0) for s in samples])),
            torch.from_numpy(np.stack([_maps(s, config) for s in samples])),
            torch.from_numpy(np.stack([s.truth for s in samples]))[:, None],
            torch.from_numpy(np.stack([s.valid for s in samples]))[:, None],
            torch.from_numpy(np.stack([s.distance for s in samples]))[:, None],
        )

    @classmethod
    def packed(cls, samples: list[Sample], config: GuidanceConfig) -> SelectionBatch:
        """Stack samples in half precision: a large batch may come from another process."""
        batch = cls.of(samples, config)
        return cls(*(part.half() if part.is_floating_point() else part for part in batch))

    def to(self, device: torch.device) -> SelectionBatch:
        """Return the batch on a device, as float32."""
        return SelectionBatch(*(part.to(device).float() for part in self))


def _maps(sample: Sample, config: GuidanceConfig) -> FloatArray:
    regions = find_regions(config, sample.image)
    return guidance_stack(config, (sample.click,), sample.truth.shape, regions=regions)


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
        self.guidance = model.config.guidance
        self.config = config

    def source(self, sampler: Sampler) -> BatchSource:
        """Return where batches come from."""
        collate = partial(SelectionBatch.packed, config=self.guidance)
        return BatchSource(sampler.draw, collate, is_portable=True)

    def forward(self, batch: SelectionBatch) -> Tensor:
        """Return the loss of a batch."""
        batch = batch.to(next(self.network.parameters()).device)
        logits = self.network(batch.image, batch.guidance).logits.float()
        return objective(logits, batch.truth, batch.valid, batch.distance, self.config)
