"""What a run learns from and what it is tried on: no object is both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from boundary_click.benchmark.protocol import MIN_AREA, Plane, Target, find_targets
from boundary_click.core.arrays import labelled_objects
from boundary_click.io.bundled import replay_folder
from boundary_click.io.datasets import FolderSource, MixedSource, Pair, find_pairs, read_pair
from boundary_click.training.config import TrainingConfig

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Split:
    """The pairs of one data set, by use.

    Attributes
    ----------
    training, validation : tuple of Pair
    held_out : frozenset of int
        Objects that are held out of an image which is in both, empty if images are held out whole.
    """

    training: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    held_out: frozenset[int] = frozenset()

    @property
    def source(self) -> FolderSource:
        """Where objects to learn are drawn from."""
        return FolderSource(self.training, held_out=self.held_out)

    def targets(self, prefix: str) -> tuple[Target, ...]:
        """Return the objects to be tried on; the names of their planes begin with ``prefix``."""
        planes = [Plane(f"{prefix}{p.name}", partial(read_pair, p)) for p in self.validation]
        found = find_targets(planes)
        return tuple(t for t in found if not self.held_out or t.object_id in self.held_out)


@dataclass(frozen=True, slots=True)
class RunData:
    """All data of a run.

    Attributes
    ----------
    source : MixedSource
    count : int
        Objects to learn, without those that are drawn so that the model does not forget.
    held_out : tuple of Target
    """

    source: MixedSource
    count: int
    held_out: tuple[Target, ...]


def read_data(config: TrainingConfig, root: Path) -> RunData:
    """Read and split the data sets of a run.

    Raises
    ------
    FileNotFoundError, ValueError
        If they cannot be used; the message says why.
    """
    share, seed = config.validation_share, config.validation_seed
    splits = [split_pairs(find_pairs(root / data.path), share, seed) for data in config.data]
    sources, weights = [split.source for split in splits], [data.weight for data in config.data]
    count = sum(source.count for source in sources)
    if config.replay:
        sources.append(FolderSource(find_pairs(replay_folder())))
        weights.append(sum(weights) * config.replay / (1 - config.replay))
    held_out = tuple(
        target for index, split in enumerate(splits) for target in split.targets(f"{index}/")
    )
    return RunData(MixedSource(sources, weights), count, held_out)


def split_pairs(pairs: Sequence[Pair], share: float, seed: int) -> Split:
    """Hold a share of the images out, or of the objects where only one image has any.

    At least one object is held out where there are two, unless the share is zero. The split
    depends on names, objects and the seed alone.
    """
    used, held = divided(pairs, share, seed)
    if share == 0 or (any(map(object_ids, used)) and any(map(object_ids, held))):
        return Split(used, held)
    filled = tuple(pair for pair in pairs if object_ids(pair))
    if len(filled) != 1:
        return Split(*divided(filled or pairs, share, seed))
    _, objects = divided(object_ids(filled[0]), share, seed)
    return Split(filled, filled if objects else (), frozenset(objects))


def divided(
    items: Sequence[Item], share: float, seed: int
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Divide items by chance into those to keep and a share to hold out, at least one of two."""
    held = 0 if share == 0 or len(items) < 2 else max(1, round(share * len(items)))
    order = np.random.default_rng(seed).permutation(len(items))
    kept, out = sorted(order[held:]), sorted(order[:held])
    return tuple(items[i] for i in kept), tuple(items[i] for i in out)


def object_ids(pair: Pair) -> tuple[int, ...]:
    """Return the objects of a pair that are large enough to count."""
    _, labels = read_pair(pair)
    return tuple(found.object_id for found in labelled_objects(labels, min_area=MIN_AREA))
