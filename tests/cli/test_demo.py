import numpy as np
import pytest
from skimage import io

from boundary_click.cli import demo
from boundary_click.io.clicks_csv import read_clicks
from boundary_click.io.stacks import read_stack


@pytest.fixture
def run_demo(run, model, tmp_path):
    def run_demo(*more):
        return run(
            "demo",
            "--output",
            tmp_path,
            "--model",
            model,
            "--objects",
            4,
            "--clicks",
            2,
            "--device",
            "cpu",
            *more,
        )

    return run_demo


def test_demo_writes_labels_clicks_and_a_picture(run_demo, tmp_path):
    code, out, err = run_demo("--no-gui")
    assert code == 0, err
    assert "Simulated clicks on fluorescent nuclei" in out
    assert "overlay.png" in out
    assert {p.name for p in tmp_path.iterdir()} == {"labels.tif", "clicks.csv", "overlay.png"}
    assert read_stack(tmp_path / "labels.tif").shape == read_stack(demo.IMAGE).shape
    clicked = read_clicks(tmp_path / "clicks.csv")
    assert len(clicked) == 4
    assert {o.plane for o in clicked} == {(0,), (1,), (2,), (3,)}  # spread over the planes
    assert io.imread(tmp_path / "overlay.png").std() > 10


def test_demo_clicks_give_its_labels_again(run_demo, run, model, tmp_path):
    run_demo("--no-gui")
    again = tmp_path / "again.tif"
    assert (
        run("segment", demo.IMAGE, tmp_path / "clicks.csv", "-o", again, "--model", model).code == 0
    )
    first, second = read_stack(tmp_path / "labels.tif").data, read_stack(again).data
    np.testing.assert_array_equal(first, second)


def test_demo_without_a_display_says_so(run_demo, monkeypatch):
    monkeypatch.setattr(demo, "_has_display", lambda: False)
    code, out, _ = run_demo()
    assert code == 0
    assert "No display: napari stays closed" in out
    assert "of 4 reached the IoU of 0.9" in out


@pytest.mark.parametrize("returned", [0, 1])
def test_napari_opens_in_a_process_of_its_own(run_demo, monkeypatch, returned):
    calls = []

    class Done:
        returncode = returned

    monkeypatch.setattr(demo, "_has_display", lambda: True)
    monkeypatch.setattr(demo.subprocess, "run", lambda *args, **kw: calls.append(args) or Done)
    code, _, err = run_demo()
    assert code == 0
    assert calls[0][0][1:3] == ["-m", "boundary_click.widgets.demo"]
    assert ("napari could not be opened" in err) == bool(returned)


def test_no_window_in_continuous_integration(monkeypatch):
    monkeypatch.setattr(demo.sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("CI", raising=False)
    assert demo._has_display()
    monkeypatch.setenv("CI", "true")
    assert not demo._has_display()
    monkeypatch.delenv("CI")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not demo._has_display()


def test_the_sample_stack_is_small_and_its_labels_fit():
    stack, truth = read_stack(demo.IMAGE), read_stack(demo.TRUTH)
    assert stack.shape == truth.shape == (4, 256, 256)
    assert demo.IMAGE.stat().st_size + demo.TRUTH.stat().st_size < 500_000
    assert all(len(np.unique(plane)) > 8 for plane in truth.data)
