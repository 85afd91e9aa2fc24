from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from boundary_click.core.arrays import IGNORE_LABEL
from boundary_click.io.datasets import Pair, find_pairs
from boundary_click.io.runs.split import divided, read_data, split_pairs
from boundary_click.training.config import DataConfig, TrainingConfig


class TestDivided:
    def test_all_are_used_once(self):
        everything = tuple("abcdefghij")
        kept, held = divided(everything, 0.3, seed=1)
        assert len(held) == 3
        assert sorted(kept + held) == list(everything)
        assert (kept, held) == divided(everything, 0.3, seed=1)
        assert (kept, held) != divided(everything, 0.3, seed=2)

    @pytest.mark.parametrize(
        ("count", "share", "held"), [(1, 0.5, 0), (2, 0.01, 1), (9, 0.0, 0), (20, 0.05, 1)]
    )
    def test_how_many(self, count, share, held):
        assert len(divided(range(count), share, 0)[1]) == held


def data_set(folder: Path, counts: list[int]) -> tuple[Pair, ...]:
    """Write images with so many squares each."""
    for index, count in enumerate(counts):
        labels = np.zeros((30, 60), dtype=np.uint8)
        for number in range(count):
            labels[5:15, 10 * number + 1 : 10 * number + 9] = number + 1
        for part in ("images", "labels"):
            (folder / part).mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(folder / part / f"{index}.tif", labels)
    return find_pairs(folder)


class TestSplit:
    def test_images_are_held_out_where_there_are_several(self, tmp_path):
        split = split_pairs(data_set(tmp_path, [2, 2, 2, 2]), 0.25, seed=0)
        assert (len(split.training), len(split.validation)) == (3, 1)
        assert not split.held_out
        assert len(split.targets("")) == 2

    @pytest.mark.parametrize("counts", [[5], [5, 0], [0, 5, 0]])
    def test_objects_are_held_out_of_a_single_image(self, tmp_path, counts):
        split = split_pairs(data_set(tmp_path, counts), 0.4, seed=0)
        assert split.training == split.validation
        assert {target.object_id for target in split.targets("")} == split.held_out
        scenes = split.source.scenes()
        assert {scene.object_id for scene in scenes} == {1, 2, 3, 4, 5} - split.held_out
        labels = scenes[0].labels
        assert set(np.unique(labels)) - {0, IGNORE_LABEL} == {1, 2, 3, 4, 5} - split.held_out
        assert np.count_nonzero(labels == IGNORE_LABEL) == 80 * len(split.held_out)
        assert split == split_pairs(find_pairs(tmp_path), 0.4, seed=0)

    @pytest.mark.parametrize("seed", range(5))
    def test_two_objects_are_one_to_learn_and_one_to_try(self, tmp_path, seed):
        for name, counts in {"one": [2], "two": [1, 1], "empty": [1, 0, 0, 1]}.items():
            split = split_pairs(data_set(tmp_path / name, counts), 0.05, seed=seed)
            assert len(split.source.scenes()) == len(split.targets("")) == 1

    def test_a_single_object_is_learned(self, tmp_path):
        split = split_pairs(data_set(tmp_path, [1]), 0.5, seed=0)
        assert split.targets("") == ()
        assert len(split.source.scenes()) == 1

    def test_nothing_is_held_out_with_a_share_of_zero(self, tmp_path):
        split = split_pairs(data_set(tmp_path, [3]), 0.0, seed=0)
        assert split.targets("") == ()


class TestReadData:
    def test_a_share_is_drawn_from_what_the_bundled_models_learned(self, tmp_path):
        data_set(tmp_path / "own", [2, 2, 2])
        config = TrainingConfig(data=(DataConfig(path="own"),), validation_share=0.3, replay=0.25)
        data = read_data(config, tmp_path)
        assert data.count == 4
        rng = np.random.default_rng(0)
        drawn = [data.source.draw(rng).labels.shape for _ in range(400)]
        others = sum(shape != (30, 60) for shape in drawn)
        assert 70 < others < 130
        assert {target.plane.name.partition("/")[0] for target in data.held_out} == {"0"}

    def test_nothing_else_is_drawn_unless_it_is_wanted(self, tmp_path):
        data_set(tmp_path / "own", [2, 2, 2])
        config = TrainingConfig(data=(DataConfig(path="own"),), validation_share=0.3)
        source = read_data(config, tmp_path).source
        assert source.count == 4
