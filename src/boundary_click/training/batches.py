"""The batches of a stage, each drawn from the seed and its place in the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch.utils.data import DataLoader, Dataset

from boundary_click.training.optimisation import OutOfMemoryError

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
        Number of this process. The batches of n processes are together that of one process with
        n times the size.
    parts : int
        In how many parts each batch is given.
    """

    source: BatchSource
    size: int
    key: tuple[int, ...]
    rank: int = 0
    parts: int = 1

    def __getitem__(self, number: int) -> Any:
        """Return a part of a batch, counted over all steps: without parts, the batch of a step."""
        step, part = divmod(number, self.parts)
        first = self.rank * self.size
        # The zero stands in the keys of all models made so far.
        keys = [(*self.key, step, 0, first + index) for index in self._indices(part)]
        samples = [self.source.draw(np.random.default_rng(key)) for key in keys]
        return self.source.collate(samples)

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of each part in a batch."""
        return tuple(len(self._indices(part)) / self.size for part in range(self.parts))

    def halved(self) -> Batches:
        """Return the same batches in twice as many parts, of one sample at least."""
        return replace(self, parts=min(2 * self.parts, self.size))

    def _indices(self, part: int) -> range:
        start, stop = (self.size * number // self.parts for number in (part, part + 1))
        return range(start, stop)

    def over(self, steps: range, *, workers: int = 0) -> Iterator[Any]:
        """Yield the batches of some steps, part by part.

        ``workers`` processes draw samples beside the training, if the source is portable; they
        change nothing but the speed.
        """
        workers = workers if self.source.is_portable else 0
        loader = DataLoader(
            self,
            batch_size=None,
            sampler=range(steps.start * self.parts, steps.stop * self.parts),
            num_workers=workers,
            prefetch_factor=_PREFETCH if workers else None,
        )
        return iter(loader)


class Feed:
    """The batches of a stage one after another, in smaller parts once memory has run out.

    Parameters
    ----------
    batches : Batches
    workers : int
        See `Batches.over`.
    """

    def __init__(self, batches: Batches, *, workers: int = 0) -> None:
        self._batches, self._workers = batches, workers
        self._drawn: Iterator[Any] | None = None

    @property
    def largest(self) -> int:
        """Samples of the largest part."""
        return round(max(self._batches.shares) * self._batches.size)

    def parts(self, step: int, steps: int) -> Iterator[tuple[Any, float]]:
        """Yield the parts of a step's batch, each with its share; steps come in their order.

        Parameters
        ----------
        step, steps : int
            This step, and the number of all.
        """
        if self._drawn is None:
            self._drawn = self._batches.over(range(step, steps), workers=self._workers)
        for share in self._batches.shares:
            yield next(self._drawn), share

    def halve(self, step: int) -> None:
        """Give this step and all that follow in parts of half the size.

        Raises
        ------
        OutOfMemoryError
            If a part is one sample already.
        """
        if self._batches.parts == self._batches.size:
            raise OutOfMemoryError(
                f"not enough memory to learn from one object at a time (step {step + 1}); close "
                "other programs, or train on another device"
            )
        self._batches, self._drawn = self._batches.halved(), None
