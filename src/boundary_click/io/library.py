"""The model library: models by name, and predictors from them."""

from __future__ import annotations

from pathlib import Path

import torch

from boundary_click.engine.predictor import Predictor, predictor_of
from boundary_click.io.bundled import MODEL_SUFFIX, bundled_models
from boundary_click.io.checkpoint import CheckpointError, load_model
from boundary_click.io.user_models import user_models


def known_models() -> dict[str, Path]:
    """Return the paths of all models by name: those that came with the package, then the user's."""
    return bundled_models() | user_models()


def find_model(name_or_path: str | Path, *, root: Path | None = None) -> Path:
    """Return the path of a model.

    Parameters
    ----------
    name_or_path : str or Path
        Name in the model library, or path of a model file.
    root : Path, optional
        Folder that a relative path starts from, the working directory if not given.

    Raises
    ------
    CheckpointError
        If no model has this name and no file this path.
    """
    models = known_models()
    if str(name_or_path) in models:
        return models[str(name_or_path)]
    path = (root or Path()) / name_or_path
    if path.suffix == MODEL_SUFFIX or path.is_file():
        return path
    raise CheckpointError(
        f"unknown model {str(name_or_path)!r}; choose one of {', '.join(models) or '(none)'} "
        f"or give the path of a {MODEL_SUFFIX} file"
    )


def choose_device(device: str = "auto") -> torch.device:
    """Return a torch device.

    Parameters
    ----------
    device : str
        ``auto`` takes CUDA, then MPS, then the CPU; or a torch device such as ``cuda:1``.

    Raises
    ------
    ValueError
        If the device is unknown or not available here.
    """
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"device {device!r} is unknown or not available ({reason}); use 'auto' or 'cpu'"
        ) from None
    return chosen


def load_predictor(name_or_path: str | Path = "default", device: str = "auto") -> Predictor:
    """Load a model, ready for clicks.

    Parameters
    ----------
    name_or_path : str or Path
        Name in the model library, or path of a model file.
    device : str
        ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.

    Raises
    ------
    CheckpointError
        If the model is unknown, missing, damaged, foreign or too new.
    ValueError
        If the device is unknown or not available.
    """
    chosen = choose_device(device)
    loaded = load_model(find_model(name_or_path))
    return predictor_of(loaded.model, name=loaded.card.name, device=chosen)
