"""The weights that a training run starts from: another model's, ImageNet's, or random ones."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from boundary_click.io.checkpoint import CheckpointError, LoadedModel, load_model
from boundary_click.io.library import find_model
from boundary_click.models.build import Guided, Model, build_model, first_network
from boundary_click.models.config import network_of
from boundary_click.models.pretrained import load_pretrained
from boundary_click.training.config import TrainingConfig


def initial_model(config: TrainingConfig, *, weights_root: Path | None = None) -> Model:
    """Build the model a run starts from; its random weights depend on the seed alone.

    Parameters
    ----------
    config : TrainingConfig
    weights_root : Path, optional
        See `run_training`.

    Raises
    ------
    CheckpointError
        If the model to start from cannot be loaded or is built otherwise.
    ImportError
        If ImageNet weights are asked for and not installed.
    """
    has_weights = config.start_from is not None or config.backbone_weights is not None
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        model = build_model(config.architecture, pretrained=config.pretrained and not has_weights)
    if config.start_from is not None:
        _start_from(model, config, load_model(find_model(config.start_from, root=weights_root)))
    elif config.backbone_weights is not None:
        weights = _backbone_weights((weights_root or Path()) / config.backbone_weights)
        load_pretrained(first_network(model).backbone, weights)
    return model


def _start_from(model: Model, config: TrainingConfig, loaded: LoadedModel) -> None:
    """Copy the weights of another model; guidance maps that it does not read start at zero."""
    own, other = config.architecture, loaded.card.architecture
    if network_of(own) != network_of(other):
        raise CheckpointError(
            f"model {config.start_from!r} has another network than the configuration; set the "
            "same preset or model"
        )
    network, weights = first_network(model), first_network(loaded.model).state_dict()
    if own.guidance.maps != other.guidance.maps:
        stem = f"backbone.{network.backbone.stem_name}"
        widened = torch.zeros_like(network.state_dict()[stem])
        widened[:, :3] = weights[stem][:, :3]
        for channel, name in enumerate(own.guidance.maps, start=3):
            if name in other.guidance.maps:
                widened[:, channel] = weights[stem][:, 3 + other.guidance.maps.index(name)]
        weights[stem] = widened
    network.load_state_dict(weights)
    if isinstance(model, Guided) or isinstance(loaded.model, Guided):
        return
    if config.keep_head and model.config.refinement == loaded.model.config.refinement:
        model.refinement.load_state_dict(loaded.model.refinement.state_dict())
    elif config.keep_base:
        raise CheckpointError(
            f"model {config.start_from!r} has another refinement head than the configuration, so "
            "that keep_base cannot average the two; set keep_base = 0"
        )


def _backbone_weights(path: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(path)
    except FileNotFoundError:
        raise CheckpointError(f"backbone weights not found: {path}; check the path") from None
    except SafetensorError as error:
        raise CheckpointError(
            f"backbone weights {path} are truncated or no safetensors file ({error})"
        ) from None
