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


@pytest.fixture
def passed_on(monkeypatch) -> dict[str, object]:
    """What the command asks of the training, which is left out."""
    options: dict[str, object] = {}

    def run_training(config, folder, **given):
        options.update(given)
        return iter(())

    monkeypatch.setattr("boundary_click.io.runs.training.run_training", run_training)
    return options


@pytest.mark.parametrize(
    ("arguments", "workers"), [([], 0), (["--workers", "0"], 0), (["--workers", "3"], 3)]
)
def test_workers_are_passed_on(run, tmp_path, passed_on, arguments, workers):
    (tmp_path / "run.toml").write_text(CONFIG.format(steps=0), encoding="utf-8")
    code, _, err = run("train", tmp_path / "run.toml", "--device", "cpu", *arguments)
    assert (code, err) == (0, "")
    assert passed_on["workers"] == workers


@pytest.mark.usefixtures("data_set")
def test_both_stages_ask_for_the_workers(run, tmp_path, model, monkeypatch):
    asked = []

    def over(batches, steps, *, workers):
        asked.append(workers)
        return map(batches.__getitem__, steps)

    monkeypatch.setattr("boundary_click.training.batches.Batches.over", over)
    (tmp_path / "tiny.safetensors").write_bytes(model.read_bytes())
    (tmp_path / "run.toml").write_text(CONFIG.format(steps=1), encoding="utf-8")
    options = "--output", tmp_path / "run", "--device", "cpu", "--workers", "3"
    assert run("train", tmp_path / "run.toml", *options).code == 0
    assert asked == [3, 3]


@pytest.mark.parametrize(
    ("value", "message"),
    [("-1", "must be 0 or more, got -1"), ("1.5", "'1.5'"), ("many", "'many'"), ("", "''")],
)
def test_a_wrong_number_of_workers_is_refused(run, tmp_path, passed_on, value, message):
    (tmp_path / "run.toml").write_text(CONFIG.format(steps=0), encoding="utf-8")
    code, out, err = run("train", tmp_path / "run.toml", "--workers", value)
    assert (code, out) == (2, "")
    assert "argument --workers: " in err
    assert message in err
    assert not passed_on


def test_a_wrong_configuration_is_one_line(run, tmp_path):
    (tmp_path / "run.toml").write_text(CONFIG.format(steps=-1), encoding="utf-8")
    code, out, err = run("train", tmp_path / "run.toml")
    assert (code, out) == (1, "")
    assert "selection.steps: " in err
    assert "refinement.steps: " in err
    assert err.count("\n") == 1
