import subprocess
import sys

import pytest

import boundary_click
from boundary_click.cli import COMMANDS, main
from boundary_click.io.checkpoint import save_training_state
from boundary_click.training.events import TrainingState


def test_help_names_every_command(run):
    code, out, err = run("--help")
    assert code == 0
    assert all(f"    {name}" in out for name in COMMANDS)
    assert err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run, name):
    code, out, _ = run(name, "--help")
    assert code == 0
    assert f"boundary-click {name}" in out


def test_help_loads_neither_torch_nor_qt():
    code = (
        "import sys\nfrom boundary_click.cli import main\n"
        "try:\n    main(['evaluate', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"torch", "numpy", "qtpy", "napari"} & set(done.stdout.split())


def test_version(run):
    assert run("--version").out.strip() == boundary_click.__version__


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["segment", "image.tif"],
        ["evaluate"],
        ["evaluate", "--data", "x", "--speed"],
        ["evaluate", "--data", "x", "--style", "wild"],
        ["evaluate", "--data", "x", "--objects", "0"],
        ["evaluate", "--data", "x", "--seed", "-1"],
    ],
)
def test_a_wrong_argument_ends_with_2(run, arguments):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert "usage: boundary-click" in err


def test_an_interrupt_is_no_traceback(run, monkeypatch):
    def interrupt(args):
        raise KeyboardInterrupt

    monkeypatch.setattr("boundary_click.cli.info.run", interrupt)
    assert run("info") == (130, "", "boundary-click: interrupted\n")


def test_memory_errors_are_one_line(run, monkeypatch):
    def fail(args):
        raise RuntimeError("CUDA out of memory.\nTried to allocate 2 GiB")

    monkeypatch.setattr("boundary_click.cli.info.run", fail)
    code, _, err = run("info")
    assert code == 1
    assert err == "boundary-click: error: CUDA out of memory. Tried to allocate 2 GiB\n"


def test_info_names_versions_and_devices(run):
    code, out, _ = run("info")
    assert code == 0
    for word in ("torch", "numpy", "napari", "device taken", boundary_click.__version__):
        assert word in out


def test_models_lists_cards(run, model):
    code, out, _ = run("models", "--folder", model.parent)
    assert code == 0
    assert "CC0-1.0" in out
    assert "disks (CC0)" in out


def test_models_of_a_run_are_listed_without_its_state(run, model, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(model.read_bytes())
    save_training_state(
        tmp_path / "state.safetensors",
        TrainingState("selection", 1, {}, {}, {"state": {}, "param_groups": []}),
    )
    code, out, _ = run("models", "--folder", tmp_path)
    assert code == 0
    assert "model.safetensors" in out
    assert "state" not in out


def test_models_shows_a_card_in_full(run, model):
    code, out, _ = run("models", model)
    assert code == 0
    assert '"window_size": 64' in out
    assert "sha256" in out


def test_models_of_no_folder(run, tmp_path):
    code, _, err = run("models", "--folder", tmp_path / "none")
    assert code == 1
    assert "no such folder" in err


def test_main_is_the_entry_point():
    from importlib.metadata import entry_points

    (entry,) = entry_points(group="console_scripts", name="boundary-click")
    assert entry.load() is main
