"""What came with the package: models, and pictures of what they learned from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

MODEL_SUFFIX = ".safetensors"
_ASSETS = Path(str(resources.files("boundary_click") / "assets"))


def bundled_models() -> dict[str, Path]:
    """Return the paths of the models that came with the package, by name."""
    return {path.stem: path for path in sorted(_ASSETS.glob(f"*{MODEL_SUFFIX}"))}


def replay_folder() -> Path:
    """Return the data set that a run draws from so that its model does not forget."""
    return _ASSETS / "replay"
