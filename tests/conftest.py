"""A tiny model for all, and which tests can run here: not everywhere are data and a display."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from boundary_click.models.config import (
    GuidanceConfig,
    GuidedConfig,
    RefinementConfig,
    SelectionConfig,
    TwoInOneConfig,
    WindowConfig,
)

os.environ.setdefault("MPLBACKEND", "Agg")

# The same cases in every build, however busy the machine; `--hypothesis-profile=explore` for more.
settings.register_profile("build", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("build")


@pytest.fixture(autouse=True)
def models_of_the_user(tmp_path_factory, monkeypatch) -> Path:
    """The library's folder, empty for each test."""
    folder = tmp_path_factory.mktemp("library") / "models"
    monkeypatch.setenv("BOUNDARY_CLICK_MODELS", str(folder))
    return folder


@pytest.fixture(autouse=True)
def automatic_projects(tmp_path_factory, monkeypatch) -> Path:
    """The folder of projects that nobody asked for, empty for each test."""
    folder = tmp_path_factory.mktemp("automatic") / "projects"
    monkeypatch.setenv("BOUNDARY_CLICK_PROJECTS", str(folder))
    return folder


@pytest.fixture(autouse=True)
def runs_of_the_user(tmp_path_factory, monkeypatch) -> Path:
    """The folder of training runs, empty for each test."""
    folder = tmp_path_factory.mktemp("training") / "runs"
    monkeypatch.setenv("BOUNDARY_CLICK_RUNS", str(folder))
    return folder


def _data_root() -> Path | None:
    """Folder with `train/`, `dev/` and `stacks/`: from the environment, or beside the checkout."""
    named = os.environ.get("BOUNDARY_CLICK_DATA")
    root = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    return root if root.is_dir() else None


def _has_display() -> bool:
    return sys.platform != "linux" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("shared_data") and _data_root() is None:
        pytest.skip("no evaluation data: set BOUNDARY_CLICK_DATA to the folder that holds it")
    if item.get_closest_marker("gui") and not _has_display():
        pytest.skip("no display: run under xvfb-run")


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Root of the evaluation data; for tests marked `shared_data`."""
    root = _data_root()
    assert root is not None, "a test that uses data_root must be marked shared_data"
    return root


@pytest.fixture(scope="session")
def architecture() -> TwoInOneConfig:
    """The default model's parts, small enough for a test."""
    return TwoInOneConfig(
        window_size=64,
        windows=WindowConfig(search_side=64, min_side=32),
        selection=SelectionConfig(pyramid_channels=16, feature_channels=8),
        refinement=RefinementConfig(channels=(4, 8, 8, 8), roi_size=32),
    )


@pytest.fixture(scope="session")
def guided_architecture() -> GuidedConfig:
    """The parts of the light guidance model, small enough for a test."""
    return GuidedConfig(
        window_size=64,
        windows=WindowConfig(search_side=64, min_side=32),
        guidance=GuidanceConfig(
            maps=("superpixel-positive", "superpixel-negative", "object", "previous"),
            superpixel_count=60,
        ),
        network=SelectionConfig(pyramid_channels=16, feature_channels=8),
    )


@pytest.fixture(scope="session")
def build():
    """Build a model whose random weights are the same each time."""
    import torch  # the tests of core do without

    from boundary_click.models.build import build_model

    def build(config: TwoInOneConfig):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return build_model(config)

    return build


@pytest.fixture(scope="session")
def fabric():
    """What trains on the CPU, launched."""
    from lightning_fabric import Fabric

    fabric = Fabric(accelerator="cpu", devices=1)
    fabric.launch()
    return fabric
