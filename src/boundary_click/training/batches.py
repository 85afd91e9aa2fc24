"""The batches of a stage, each drawn from the seed and its place in the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch.utils.data import DataLoader, Dataset

_PREFETCH = 4
"""Batches that each worker prepares ahead."""


@dataclass(frozen=True, slots=True)
class BatchSource:
    """What the batches of a stage are made of.

    Attributes
    ----------
    draw : callable
        Returns a sample from a random generator.
    collate : callable
        Turns a list of samples into what the task is called with.
    is_portable : bool
        Whether other processes can do both: no network is part of them.
    """

    draw: Callable[[np.random.Generator], Any]
    collate: Callable[[list[Any]], Any]
    is_portable: bool


@dataclass(frozen=True)
class Batches(Dataset[Any]):
    """Batches by step.

    Parameters
    ----------
    source : BatchSource
    size : int
        Samples a batch.
    key : tuple of int
        Seed of the run and number of the stage.
    rank : int
        Number of this process; each draws other samples.
    """

    source: BatchSource
    size: int
    key: tuple[int, ...]
    rank: int = 0

    def __getitem__(self, step: int) -> Any:
        """Return the batch of a step."""
        keys = [(*self.key, step, self.rank, index) for index in range(self.size)]
        samples = [self.source.draw(np.random.default_rng(key)) for key in keys]
        return self.source.collate(samples)

    def over(self, steps: range, *, workers: int = 0) -> Iterator[Any]:
        """Yield the batches of some steps.

        ``workers`` processes draw samples beside the training, if the source is portable; they
        change nothing but the speed.
        """
        workers = workers if self.source.is_portable else 0
        loader = DataLoader(
            self,
            batch_size=None,
            sampler=steps,
            num_workers=workers,
            prefetch_factor=_PREFETCH if workers else None,
        )
        return iter(loader)
