"""Models and training states as safetensors files. No pickle is ever read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from boundary_click.io.atomic import written_whole
from boundary_click.models.build import Model, build_model
from boundary_click.models.config import ModelConfig
from boundary_click.training.events import TrainingState, Validated

SCHEMA_VERSION = 2
"""Version of the header; a reader refuses newer ones."""

_KEY = "boundary_click"


class CheckpointError(ValueError):
    """A checkpoint is missing, damaged, foreign or too new; the message says which."""


class NotAModelError(CheckpointError):
    """The file holds the state of a training run."""


class ModelCard(BaseModel):
    """What a model file says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str
    """Name of the model."""
    architecture: ModelConfig
    """Configuration that rebuilds the networks."""
    description: str = ""
    """What the model is for, in a sentence."""
    licence: str = ""
    """Licence of the weights."""
    data: tuple[str, ...] = ()
    """Training data, with their licences."""
    training: dict[str, Any] = {}
    """The run: seed, steps, seconds, hardware, commit and configuration."""
    metrics: dict[str, float] = {}
    """Validation metrics by name."""


@dataclass(frozen=True)
class LoadedModel:
    """A model with its card.

    Attributes
    ----------
    model : TwoInOne or Guided
        On the CPU, in evaluation mode, float32.
    card : ModelCard
    digest : str
        SHA-256 of the file.
    """

    model: Model
    card: ModelCard
    digest: str = field(repr=False, default="")


def save_model(path: Path, model: Model, card: ModelCard, *, is_half: bool = False) -> None:
    """Write a model file, whole or not at all.

    Parameters
    ----------
    path : Path
    model : TwoInOne or Guided
    card : ModelCard
    is_half : bool
        Whether floats are stored with 16 bits, which halves the file.
    """
    tensors = {
        name: (value.half() if is_half and value.is_floating_point() else value).contiguous().cpu()
        for name, value in model.state_dict().items()
    }
    _write(path, tensors, {"schema": SCHEMA_VERSION, "card": card.model_dump(mode="json")})


def load_model(path: Path) -> LoadedModel:
    """Read a model file.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, no model of this plugin, of a newer schema, or
        its weights do not fit its configuration.
    """
    card = read_card(path)
    model = build_model(card.architecture)
    _load_weights(model, _read_tensors(path), path)
    return LoadedModel(model.eval(), card, file_digest(path))


def read_card(path: Path) -> ModelCard:
    """Read a model's card without its weights; raises as `load_model`."""
    header = _read_header(path)
    if "training" in header:
        raise NotAModelError(
            f"{path} holds the state of a training run; the finished model lies beside it"
        )
    try:
        return ModelCard.model_validate(header["card"])
    except (KeyError, ValidationError) as error:
        raise CheckpointError(
            f"model file {path} has an invalid header ({error}); it is damaged or was written by "
            "another program"
        ) from None


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_training_state(path: Path, state: TrainingState) -> None:
    """Write the state of a run, whole or not at all."""
    tensors = {f"weights.{k}": v for k, v in state.weights.items()}
    tensors |= {f"average.{k}": v for k, v in state.average.items()}
    slots: dict[str, dict[str, Any]] = {}
    for index, values in state.optimizer["state"].items():
        scalars = {k: v for k, v in values.items() if not isinstance(v, Tensor)}
        slots[str(index)] = scalars
        tensors |= {f"optimizer.{index}.{k}": v for k, v in values.items() if isinstance(v, Tensor)}
    header = {
        "schema": SCHEMA_VERSION,
        "training": {
            "stage": state.stage,
            "step": state.step,
            "seconds": state.seconds,
            "slots": slots,
            "groups": state.optimizer["param_groups"],
            "history": [
                {"stage": v.stage, "step": v.step, "metrics": v.metrics} for v in state.history
            ],
        },
    }
    # Weights and average share memory outside the stage in training; a file may not.
    _write(
        path,
        {
            k: v.detach().cpu().clone(memory_format=torch.contiguous_format)
            for k, v in tensors.items()
        },
        header,
    )


def load_training_state(path: Path) -> TrainingState:
    """Read the state of a run.

    Raises
    ------
    CheckpointError
        As `load_model`.
    """
    header = _read_header(path)
    if "training" not in header:
        raise CheckpointError(f"{path} holds a model, not the state of a training run")
    run, tensors = header["training"], _read_tensors(path)
    slots = {int(index): dict(values) for index, values in run["slots"].items()}
    for name, value in _with_prefix(tensors, "optimizer.").items():
        index, _, slot = name.partition(".")
        slots[int(index)][slot] = value
    return TrainingState(
        stage=run["stage"],
        step=run["step"],
        seconds=run["seconds"],
        weights=_with_prefix(tensors, "weights."),
        average=_with_prefix(tensors, "average."),
        optimizer={"state": slots, "param_groups": run["groups"]},
        history=tuple(Validated(v["stage"], v["step"], v["metrics"]) for v in run["history"]),
    )


def _with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _write(path: Path, tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    with written_whole(path) as partial:
        partial.write_bytes(save(tensors, metadata={_KEY: json.dumps(header)}))


def _read_header(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise CheckpointError(f"model file not found: {path}; check the path")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is truncated or no safetensors file ({error}); download or export it again"
        ) from None
    if _KEY not in metadata:
        raise CheckpointError(
            f"{path} was not written by boundary_click; only its own model files can be loaded"
        )
    try:
        header: Any = json.loads(metadata[_KEY])
    except json.JSONDecodeError:
        raise CheckpointError(f"{path} has an unreadable header; it is damaged") from None
    if not isinstance(header, dict) or not isinstance(header.get("schema"), int):
        raise CheckpointError(f"{path} has a header without a schema version; it is damaged")
    if header["schema"] > SCHEMA_VERSION:
        raise CheckpointError(
            f"{path} has schema version {header['schema']}, this version of boundary_click reads "
            f"up to {SCHEMA_VERSION}; update it: pip install -U napari-boundary-click"
        )
    return _upgraded(header)


def _upgraded(header: dict[str, Any]) -> dict[str, Any]:
    """Return a header as the newest schema has it.

    Schema 1 had the width of the selection click's Gaussian in the selection network.
    """
    architecture = _architecture(header)
    selection = architecture.get("selection")
    if header["schema"] < 2 and isinstance(selection, dict) and "click_sigma" in selection:
        architecture["guidance"] = {"sigma": selection.pop("click_sigma")}
    return header


def _architecture(header: dict[str, Any]) -> dict[str, Any]:
    """Return the networks' configuration in a header, empty if there is none."""
    card = header.get("card")
    architecture = card.get("architecture") if isinstance(card, dict) else None
    return architecture if isinstance(architecture, dict) else {}


def _read_tensors(path: Path) -> dict[str, Tensor]:
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _load_weights(model: torch.nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    own = model.state_dict()
    wrong = sorted(own.keys() ^ tensors.keys())
    wrong += sorted(k for k in own.keys() & tensors.keys() if own[k].shape != tensors[k].shape)
    if wrong:
        raise CheckpointError(
            f"the weights of {path} do not fit its configuration: {len(wrong)} tensors differ, "
            f"such as {wrong[0]!r}; the file is damaged"
        )
    model.load_state_dict({name: value.to(own[name].dtype) for name, value in tensors.items()})
