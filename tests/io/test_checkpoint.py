from __future__ import annotations

import json
import os

import pytest
import torch
from safetensors.torch import load_file, save_file

from boundary_click.io.checkpoint import (
    SCHEMA_VERSION,
    CheckpointError,
    ModelCard,
    NotAModelError,
    file_digest,
    load_model,
    load_training_state,
    read_card,
    save_model,
    save_training_state,
)
from boundary_click.training.events import TrainingState, Validated


@pytest.fixture
def card(architecture) -> ModelCard:
    return ModelCard(
        name="tiny",
        architecture=architecture,
        description="Für Kerne.",
        licence="CC0-1.0",
        data=("disks (CC0)",),
        training={"seed": 3, "configuration": {"steps": 5}},
        metrics={"iou@1": 0.5},
    )


@pytest.fixture(scope="module")
def model(architecture, build):
    return build(architecture)


@pytest.fixture
def path(tmp_path, model, card):
    path = tmp_path / "tiny.safetensors"
    save_model(path, model, card)
    return path


def rewritten(path, *, tensors=None, **header):
    """Write a model file again with another header or other tensors."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        old = json.loads(file.metadata()["boundary_click"])
    metadata = {"boundary_click": json.dumps(old | header)}
    save_file(load_file(path) if tensors is None else tensors, path, metadata=metadata)
    return path


class TestRoundTrip:
    def test_weights_and_card(self, path, model, card):
        loaded = load_model(path)
        assert loaded.card == read_card(path) == card
        assert not loaded.model.training
        for name, value in model.state_dict().items():
            torch.testing.assert_close(loaded.model.state_dict()[name], value, rtol=0, atol=0)

    def test_a_model_of_the_guidance_family(self, tmp_path, guided_architecture, build):
        path = tmp_path / "guided.safetensors"
        card = ModelCard(name="guided", architecture=guided_architecture)
        model = build(guided_architecture)
        save_model(path, model, card)
        loaded = load_model(path)
        assert loaded.card == card
        weights = loaded.model.state_dict()
        assert all(torch.equal(value, weights[k]) for k, value in model.state_dict().items())

    def test_schema_1_had_the_width_of_the_click_elsewhere(self, path, card):
        old = card.model_dump(mode="json")
        del old["architecture"]["guidance"]
        old["architecture"]["selection"]["click_sigma"] = 7.0
        rewritten(path, schema=1, card=old)
        guidance = read_card(path).architecture.guidance
        assert guidance == card.architecture.guidance.model_copy(update={"sigma": 7.0})

    def test_half_the_size(self, path, model, tmp_path, card):
        half = tmp_path / "half.safetensors"
        save_model(half, model, card, is_half=True)
        assert half.stat().st_size < 0.6 * path.stat().st_size
        loaded = load_model(half).model.state_dict()
        for name, value in model.state_dict().items():
            assert loaded[name].dtype == value.dtype
            torch.testing.assert_close(loaded[name], value, rtol=1e-3, atol=1e-6)

    def test_digest(self, path, tmp_path):
        assert load_model(path).digest == file_digest(path)
        assert len(file_digest(path)) == 64
        (tmp_path / "other").write_bytes(b"x")
        assert file_digest(tmp_path / "other") != file_digest(path)

    def test_folders_are_made(self, tmp_path, model, card):
        path = tmp_path / "a" / "b" / "tiny.safetensors"
        save_model(path, model, card)
        assert read_card(path) == card


@pytest.mark.parametrize("load", [load_model, read_card, load_training_state])
class TestBadFiles:
    def test_missing(self, load, tmp_path):
        with pytest.raises(CheckpointError, match=r"not found: .*none\.safetensors; check the"):
            load(tmp_path / "none.safetensors")

    def test_a_folder(self, load, tmp_path):
        with pytest.raises(CheckpointError, match="not found"):
            load(tmp_path)

    @pytest.mark.parametrize("kept", [0, 5, 100, -1000])
    def test_truncated(self, load, path, kept):
        path.write_bytes(path.read_bytes()[:kept])
        with pytest.raises(CheckpointError, match=r"truncated or no safetensors file .*download"):
            load(path)

    def test_another_program(self, load, tmp_path):
        path = tmp_path / "foreign.safetensors"
        save_file({"weight": torch.zeros(3)}, path)
        with pytest.raises(
            CheckpointError, match="was not written by boundary_click; only its own"
        ):
            load(path)

    def test_a_newer_schema(self, load, path):
        rewritten(path, schema=SCHEMA_VERSION + 1)
        with pytest.raises(
            CheckpointError, match=rf"schema version {SCHEMA_VERSION + 1}, .* pip install -U"
        ):
            load(path)

    def test_a_header_without_a_schema_version(self, load, path):
        rewritten(path, schema="one")
        with pytest.raises(CheckpointError, match="header without a schema version; it is damaged"):
            load(path)

    def test_pickle_is_never_read(self, load, tmp_path, monkeypatch):
        path = tmp_path / "model.pt"
        torch.save({"weight": torch.zeros(3)}, path)

        def refuse(*args, **kwargs):
            raise AssertionError("a pickle was read")

        monkeypatch.setattr(torch, "load", refuse)
        monkeypatch.setattr("pickle.Unpickler", refuse)
        with pytest.raises(CheckpointError, match="no safetensors file"):
            load(path)


class TestBadModels:
    def test_a_wrong_header(self, path):
        for card in ({}, {"name": "x", "architecture": {"window_size": 3}}, None):
            rewritten(path, card=card)
            for load in (load_model, read_card):
                with pytest.raises(CheckpointError, match="invalid header"):
                    load(path)

    def test_weights_of_another_shape(self, path):
        tensors = load_file(path)
        tensors["selection.classifier.weight"] = torch.zeros(1, 9, 1, 1)
        rewritten(path, tensors=tensors)
        with pytest.raises(
            CheckpointError, match=r"1 tensors differ, such as 'selection\.classifier\.weight'"
        ):
            load_model(path)

    def test_missing_and_extra_weights(self, path):
        tensors = load_file(path)
        tensors["extra"] = tensors.pop("selection.classifier.weight")
        rewritten(path, tensors=tensors)
        with pytest.raises(CheckpointError, match=r"2 tensors differ, such as 'extra'; .*damaged"):
            load_model(path)


class TestWholeOrNotAtAll:
    @pytest.mark.parametrize("target", ["boundary_click.io.checkpoint.save", "os.replace"])
    def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
        self, path, model, monkeypatch, target, card
    ):
        def fail(*args, **kwargs):
            raise OSError(28, "No space left on device")

        before = path.read_bytes()
        with monkeypatch.context() as patched:
            patched.setattr(target, fail)
            with pytest.raises(OSError, match=r"No space left|disk is full"):
                save_model(path, model, card.model_copy(update={"name": "other"}))
        assert os.listdir(path.parent) == [path.name]
        assert path.read_bytes() == before

    def test_a_new_file_replaces_the_old_one(self, path, model, card):
        save_model(path, model, card.model_copy(update={"name": "other"}))
        assert read_card(path).name == "other"
        assert os.listdir(path.parent) == [path.name]


class TestTrainingState:
    @pytest.fixture
    def state(self) -> TrainingState:
        shared = torch.arange(6.0).view(2, 3)
        return TrainingState(
            stage="refinement",
            step=7,
            weights={"a.weight": shared, "b": torch.tensor(3)},
            average={"a.weight": shared, "b": torch.tensor(4)},
            optimizer={
                "state": {0: {"step": torch.tensor(7.0), "exp_avg": shared.T, "n": 2}, 3: {}},
                "param_groups": [{"lr": 1e-8, "betas": [0.9, 0.999], "params": [0, 3]}],
            },
            history=(Validated("selection", 5, {"iou@1": 0.25}),),
        )

    def test_round_trip(self, state, tmp_path):
        path = tmp_path / "state.safetensors"
        save_training_state(path, state)
        loaded = load_training_state(path)
        assert (loaded.stage, loaded.step, loaded.history) == ("refinement", 7, state.history)
        for own, old in ((loaded.weights, state.weights), (loaded.average, state.average)):
            assert own.keys() == old.keys()
            assert all(torch.equal(own[k], old[k]) for k in own)
        slot, old = loaded.optimizer["state"][0], state.optimizer["state"][0]
        assert slot.keys() == old.keys()
        assert torch.equal(slot["exp_avg"], old["exp_avg"])
        assert (slot["n"], loaded.optimizer["state"][3]) == (2, {})
        assert loaded.optimizer["param_groups"] == state.optimizer["param_groups"]

    @pytest.mark.parametrize("optimizer", [torch.optim.AdamW, torch.optim.SGD])
    def test_an_optimiser_goes_on(self, tmp_path, optimizer):
        weight = torch.nn.Parameter(torch.ones(3))
        old = optimizer([weight], lr=0.1)
        weight.grad = torch.ones(3)
        old.step()
        state = TrainingState("selection", 1, {}, {}, old.state_dict())
        save_training_state(tmp_path / "s.safetensors", state)
        new = optimizer([weight], lr=0.5)
        new.load_state_dict(load_training_state(tmp_path / "s.safetensors").optimizer)
        new.step()
        assert new.param_groups[0]["lr"] == 0.1

    def test_a_model_is_no_state_and_a_state_no_model(self, path, state, tmp_path):
        with pytest.raises(CheckpointError, match="holds a model, not the state of a training run"):
            load_training_state(path)
        save_training_state(tmp_path / "state.safetensors", state)
        with pytest.raises(NotAModelError, match="holds the state of a training run"):
            load_model(tmp_path / "state.safetensors")
