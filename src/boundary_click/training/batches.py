"""The batches of a stage, each drawn from the seed and its place in the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from torch.utils.data import DataLoader, Dataset

from boundary_click.training.samples import Sampler


class Task(Protocol):
    """What a stage learns from; see `SelectionTask` and `RefinementTask`."""

    needs_model: bool
    """Whether drawing a sample runs the model, so that it cannot be done elsewhere."""

    def draw(self, sampler: Sampler, rng: np.random.Generator) -> Any:
        """Return a random sample."""
        ...

    def collate(self, samples: list[Any]) -> Any:
        """Return what the task is called with."""
        ...


@dataclass(frozen=True)
class _Batches(Dataset[Any]):
    """Batches by step."""

    task: Task
    sampler: Sampler
    size: int
    key: tuple[int, ...]
    rank: int

    def __getitem__(self, step: int) -> Any:
        return self.task.collate(
            [
                self.task.draw(
                    self.sampler, np.random.default_rng((*self.key, step, self.rank, index))
                )
                for index in range(self.size)
            ]
        )


def batches(
    task: Task,
    sampler: Sampler,
    steps: range,
    *,
    size: int,
    key: tuple[int, ...],
    rank: int = 0,
    workers: int = 0,
) -> Iterator[Any]:
    """Draw the batches of some steps.

    Parameters
    ----------
    task : Task
    sampler : Sampler
    steps : range
        Which of the stage's batches are wanted.
    size : int
        Samples a batch.
    key : tuple of int
        Seed of the run and number of the stage.
    rank : int
        Number of this process; each draws other samples.
    workers : int
        Processes that draw samples beside the training; they change nothing but the speed.
    """
    data = _Batches(task, sampler, size, key, rank)
    loader = DataLoader(
        data,
        batch_size=None,
        sampler=steps,
        num_workers=0 if task.needs_model else workers,
        prefetch_factor=4 if workers and not task.needs_model else None,
    )
    return iter(loader)
