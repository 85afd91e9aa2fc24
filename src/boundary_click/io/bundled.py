"""The models that came with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

MODEL_SUFFIX = ".safetensors"


def bundled_models() -> dict[str, Path]:
    """Return the paths of the models that came with the package, by name."""
    folder = Path(str(resources.files("boundary_click") / "assets"))
    return {path.stem: path for path in sorted(folder.glob(f"*{MODEL_SUFFIX}"))}
