from __future__ import annotations

from pathlib import Path

import pytest

from boundary_click.io.checkpoint import load_model

CONFIG = """
name = "again"
start_from = "tiny.safetensors"
validation_objects = 0

[[data]]
path = "disks"

[model]
window_size = 64
windows = {{ search_side = 64, min_side = 32 }}
selection = {{ pyramid_channels = 16, feature_channels = 8 }}
refinement = {{ channels = [4, 8, 8, 8], roi_size = 32 }}

[selection]
steps = {steps}

[refinement]
steps = {steps}
"""


@pytest.mark.usefixtures("data_set")
def test_paths_are_relative_to_the_configuration(run, tmp_path, model, monkeypatch):
    (tmp_path / "tiny.safetensors").write_bytes(model.read_bytes())
    (tmp_path / "run.toml").write_text(CONFIG.format(steps=0), encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    code, out, err = run("train", "../run.toml", "--device", "cpu")
    assert (code, err) == (0, "")
    written = Path("runs", "again", "model.safetensors")
    assert out == f"model written to {written}\n"
    loaded, start = load_model(written), load_model(model)
    for mine, its in zip(loaded.model.parameters(), start.model.parameters(), strict=True):
        assert mine.half().equal(its.half())


def test_a_wrong_configuration_is_one_line(run, tmp_path):
    (tmp_path / "run.toml").write_text(CONFIG.format(steps=-1), encoding="utf-8")
    code, out, err = run("train", tmp_path / "run.toml")
    assert (code, out) == (1, "")
    assert "selection.steps: " in err
    assert "refinement.steps: " in err
    assert err.count("\n") == 1
