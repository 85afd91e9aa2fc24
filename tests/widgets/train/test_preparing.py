from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.widgets.train.conftest import QUICK

from boundary_click.io.runs.place import runs_folder
from boundary_click.training.config_file import read_training_config
from boundary_click.widgets.train.preparing import (
    check,
    device_of,
    make_plan,
    prepare,
    with_changes,
)

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def plan():
    return make_plan("tiny", "quick")


def test_a_plan_is_the_preset_of_the_model(plan, architecture):
    assert plan.config.start_from == "tiny"
    assert plan.config.architecture == architecture


def test_a_plan_finds_a_file_from_anywhere(tiny, monkeypatch, tmp_path):
    other = tiny.parent.parent / "other.safetensors"
    tiny.rename(other)
    monkeypatch.chdir(other.parent)
    assert make_plan("other.safetensors", "quick").config.start_from == str(other)


def test_data_is_looked_through_and_not_kept(source, tmp_path):
    found = check(source, share=0.34, seed=0)
    assert (found.report.images, found.report.objects) == (3, 18)
    assert (found.split.learned, found.split.held_out, found.split.by) == (12, 6, "images")
    one = replace(source, image=source.image[0], labels=source.labels[0])
    one = replace(one, axes=(0, 1), chosen=(None, None))
    split = check(one, share=0.34, seed=0).split
    assert (split.learned, split.held_out, split.by) == (4, 2, "objects")


def test_bad_data_says_what_is_wrong(source):
    found = check(replace(source, image=np.zeros_like(source.image)), share=0.2, seed=0)
    assert found.split is None
    assert any("is constant" in problem.message for problem in found.report.problems)


def test_a_run_is_prepared(source, plan):
    folder = prepare(source, plan.config, QUICK, name="my disks", device="cpu")
    config = read_training_config(folder.config)
    assert folder.path == runs_folder() / "my disks"
    assert (config.name, config.selection.steps) == ("my disks", 4)
    assert [data.path for data in config.data] == ["data/layers"]
    assert len(list((folder.path / "data" / "layers" / "labels").iterdir())) == 3
    assert device_of(folder) == "cpu"
    with pytest.raises(ValueError, match="there is a run 'my disks' already"):
        prepare(source, plan.config, QUICK, name="my disks", device="cpu")


def test_nothing_is_left_of_a_run_that_cannot_be(source, plan):
    source.labels[:] = np.where(source.labels > 0, 1, 0)
    with pytest.raises(ValueError, match="stands for several objects"):
        prepare(source, plan.config, {}, name="bad", device="cpu")
    assert not (runs_folder() / "bad").exists()


def test_changes_that_do_not_fit_are_named(plan):
    with pytest.raises(ValueError, match=r"^selection\.learning_rate: .*greater than 0"):
        with_changes(plan.config, {("selection", "learning_rate"): 0})
    with pytest.raises(ValueError, match="keep_base averages with a model"):
        with_changes(plan.config, {("keep_head",): False})
