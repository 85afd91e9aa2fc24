from __future__ import annotations

import numpy as np
import pytest
import torch

from boundary_click.core.clicks import Click
from boundary_click.io.bundled import bundled_models
from boundary_click.io.checkpoint import CheckpointError, ModelCard, save_model
from boundary_click.io.library import choose_device, find_model, load_predictor


@pytest.fixture
def path(tmp_path, architecture, build):
    path = tmp_path / "mine.safetensors"
    save_model(path, build(architecture), ModelCard(name="mine", architecture=architecture))
    return path


def test_bundled_models_are_found_by_name():
    for name, path in bundled_models().items():
        assert path.is_file()
        assert find_model(name) == path


def test_a_path_is_taken_as_it_is(path):
    assert find_model(path) == find_model(str(path)) == path


def test_a_relative_path_may_start_elsewhere(path):
    assert find_model("mine.safetensors", root=path.parent) == path
    assert find_model(path, root=path.parent / "x") == path
    assert find_model("default", root=path.parent) == bundled_models()["default"]


def test_an_unknown_model():
    with pytest.raises(CheckpointError, match=r"unknown model 'nonesuch'; choose one of .* path"):
        load_predictor("nonesuch", device="cpu")


def test_a_missing_file(tmp_path):
    with pytest.raises(CheckpointError, match="model file not found: "):
        load_predictor(tmp_path / "none.safetensors", device="cpu")


def test_a_file_that_is_no_model(tmp_path):
    torch.save({}, tmp_path / "model.pt")
    with pytest.raises(CheckpointError, match="no safetensors file"):
        load_predictor(tmp_path / "model.pt", device="cpu")


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "", "cpu:x"])
def test_an_unknown_device(path, device):
    with pytest.raises(
        ValueError, match=rf"device '{device}' is unknown or not available \(.*\); use 'auto' or"
    ):
        load_predictor(path, device=device)


def test_auto_is_a_device_that_works():
    assert torch.zeros(1, device=choose_device()).item() == 0
    assert choose_device("cpu") == torch.device("cpu")


def test_a_predictor_is_ready_for_clicks(path):
    predictor = load_predictor(path, device="cpu")
    assert (predictor.name, predictor.device) == ("mine", "cpu")
    assert predictor.click_kinds[0] == "boundary"
    image = np.random.default_rng(0).random((80, 80))
    assert predictor.select(image, Click(40, 40)).render((80, 80)).mask.any()
