from __future__ import annotations

import dataclasses
import os
import pickle

import numpy as np
import pytest
import torch

from boundary_click.training.batches import Batches, BatchSource, Feed
from boundary_click.training.config import (
    RefinementStageConfig,
    SelectionStageConfig,
)
from boundary_click.training.refinement_task import RefinementTask
from boundary_click.training.selection_task import SelectionBatch, SelectionTask


@pytest.fixture
def selection(build, architecture, sampler) -> BatchSource:
    return SelectionTask(build(architecture), SelectionStageConfig()).source(sampler)


NUMBERS = BatchSource(lambda rng: int(rng.integers(2**40)), list, is_portable=False)
"""Batches of random numbers; no other process can load what draws them."""


def process(rng: np.random.Generator) -> int:
    return os.getpid()


def same(first: SelectionBatch, second: SelectionBatch) -> bool:
    return all(map(torch.equal, first, second))


class TestWhatTravels:
    def test_no_network_goes_to_the_workers(self, selection):
        """Pictures and labels of the tests take far less than a network."""
        assert selection.is_portable
        packed = pickle.dumps(Batches(selection, 2, (0, 0)))
        assert len(packed) < 1e6
        assert same(pickle.loads(packed)[3], Batches(selection, 2, (0, 0))[3])

    def test_what_needs_a_network_stays(self, build, architecture, sampler):
        task = RefinementTask(build(architecture), RefinementStageConfig())
        assert not task.source(sampler).is_portable

    def test_a_source_that_is_not_portable_is_not_given_to_workers(self):
        with pytest.raises((AttributeError, pickle.PicklingError)):
            pickle.dumps(NUMBERS)
        here = BatchSource(lambda rng: process(rng), list, is_portable=False)
        drawn = Batches(here, 2, (0, 0)).over(range(3), workers=2)
        assert list(drawn) == [[os.getpid()] * 2] * 3

    @pytest.mark.slow
    def test_one_that_is_portable_is(self):
        there = BatchSource(process, list, is_portable=True)
        (drawn,) = Batches(there, 1, (0, 0)).over(range(1), workers=1)
        assert drawn != [os.getpid()]


class TestDraws:
    def test_the_same_key_draws_the_same(self, selection):
        first, again = (Batches(selection, 2, (7, 0))[5] for _ in range(2))
        assert same(first, again)

    @pytest.mark.parametrize(
        ("key", "rank", "step"), [((7, 0), 1, 5), ((7, 1), 0, 5), ((8, 0), 0, 5), ((7, 0), 0, 6)]
    )
    def test_another_process_stage_seed_or_step_draws_other_samples(self, key, rank, step):
        first, other = Batches(NUMBERS, 3, (7, 0))[5], Batches(NUMBERS, 3, key, rank)[step]
        assert not set(first) & set(other)

    @pytest.mark.parametrize("parts", [1, 2])
    def test_processes_divide_a_batch_of_the_sum_of_their_sizes(self, parts):
        whole = Batches(NUMBERS, 12, (7, 0))
        divided = [Batches(NUMBERS, 4, (7, 0), rank, parts) for rank in range(3)]
        drawn = [list(batches.over(range(5, 6))) for batches in divided]
        assert [n for process in drawn for part in process for n in part] == whole[5]

    def test_the_samples_of_a_batch_differ(self):
        assert len(set(Batches(NUMBERS, 50, (0, 0))[0])) == 50

    def test_any_steps_can_be_drawn(self):
        """Such as the rest of a run that was stopped."""
        batches = Batches(NUMBERS, 2, (0, 0))
        assert list(batches.over(range(4, 7))) == [batches[step] for step in (4, 5, 6)]

    @pytest.mark.parametrize("parts", [1, 2, 4, 5])
    def test_parts_are_the_whole(self, parts):
        whole = Batches(NUMBERS, 5, (0, 0))
        divided = dataclasses.replace(whole, parts=parts)
        drawn = list(divided.over(range(2, 4)))
        assert [n for part in drawn for n in part] == [n for step in (2, 3) for n in whole[step]]
        assert sum(divided.shares) == pytest.approx(1)
        assert [len(part) / 5 for part in drawn[:parts]] == list(divided.shares)

    def test_a_feed_goes_on_in_smaller_parts(self):
        batches = Batches(NUMBERS, 4, (0, 0))
        feed = Feed(batches)
        assert [part for part, _ in feed.parts(0, 3)] == [batches[0]]
        next(feed.parts(1, 3))
        feed.halve(1)
        assert feed.largest == 2
        for step in (1, 2):
            parts, shares = zip(*feed.parts(step, 3), strict=True)
            assert [n for part in parts for n in part] == batches[step]
            assert shares == (0.5, 0.5)
