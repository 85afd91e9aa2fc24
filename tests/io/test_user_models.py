from __future__ import annotations

import pytest

from boundary_click.io.bundled import bundled_models
from boundary_click.io.checkpoint import CheckpointError, ModelCard, save_model
from boundary_click.io.library import find_model, known_models, load_predictor
from boundary_click.io.user_models import (
    delete_model,
    export_model,
    import_model,
    models_folder,
    rename_model,
    user_models,
)


@pytest.fixture
def path(tmp_path, architecture, build):
    path = tmp_path / "mine.safetensors"
    save_model(path, build(architecture), ModelCard(name="mine", architecture=architecture))
    return path


def test_the_folder_is_that_of_the_environment(models_of_the_user, monkeypatch):
    assert models_folder() == models_of_the_user
    assert user_models() == {}
    monkeypatch.delenv("BOUNDARY_CLICK_MODELS")
    assert models_folder().parts[-2:] == ("boundary-click", "models")


def test_a_model_lives_in_the_library(path, tmp_path):
    """Imported, found by name, renamed, exported, deleted."""
    assert import_model(path) == models_folder() / "mine.safetensors"
    path.unlink()
    assert list(known_models()) == [*bundled_models(), "mine"]
    assert load_predictor("mine", device="cpu").click_kinds
    assert rename_model("mine", "my cells, day 2") == find_model("my cells, day 2")
    export_model("my cells, day 2", path)
    assert path.read_bytes() == find_model("my cells, day 2").read_bytes()
    delete_model("my cells, day 2")
    assert user_models() == {}


def test_a_file_that_is_no_model_is_not_taken(path, tmp_path):
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="is truncated or no safetensors file"):
        import_model(path)
    with pytest.raises(CheckpointError, match="model file not found"):
        import_model(tmp_path / "none.safetensors")
    assert user_models() == {}


@pytest.mark.parametrize("name", ["default", "Default", "MINE"])
def test_a_name_that_is_taken(path, name):
    import_model(path)
    with pytest.raises(ValueError, match=f"there is a model '{name}' already; choose another"):
        import_model(path, name)
    with pytest.raises(ValueError, match=f"there is a model '{name}' already; choose another"):
        rename_model("mine", name)


@pytest.mark.parametrize("name", ["", " ", "..", "a/b", "a\\b", "c:", " x", "what?"])
def test_a_name_that_is_none(path, name):
    with pytest.raises(ValueError, match="cannot be the name of a model; use letters"):
        import_model(path, name)


@pytest.mark.parametrize("change", [delete_model, lambda name: rename_model(name, "other")])
def test_only_models_of_ones_own_change(change):
    with pytest.raises(ValueError, match="'default' came with the package and stays as it is"):
        change("default")
    with pytest.raises(CheckpointError, match=r"no model 'none' of your own; there are \(none\)"):
        change("none")


def test_a_bundled_model_can_be_exported(tmp_path):
    export_model("default", tmp_path / "out.safetensors")
    assert (tmp_path / "out.safetensors").read_bytes() == bundled_models()["default"].read_bytes()
    with pytest.raises(CheckpointError, match="unknown model 'none'; choose one of default"):
        export_model("none", tmp_path / "out.safetensors")


def test_no_file_takes_the_place_of_a_bundled_model(path):
    models_folder().mkdir(parents=True)
    path.rename(models_folder() / "default.safetensors")
    assert find_model("default") == bundled_models()["default"]
    assert user_models() == {}
