"""Which tests can run here: evaluation data and a display are not everywhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")

# The same cases in every build, however busy the machine; `--hypothesis-profile=explore` for more.
settings.register_profile("build", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("build")


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
