"""Whose run a folder holds: one folder, one configuration."""

from __future__ import annotations

from lightning_fabric import Fabric

from boundary_click.io.checkpoint import read_card
from boundary_click.io.runs.folder import RunFolder
from boundary_click.training.config import TrainingConfig


def claim(folder: RunFolder, config: TrainingConfig, fabric: Fabric) -> None:
    """Write the configuration into a new run's folder, or check that of an old one.

    Raises
    ------
    ValueError
        If the folder holds a run of another configuration.
    """
    if folder.config.is_file():
        _check_same(folder, config)
    elif fabric.is_global_zero:
        folder.write_config(config)
    fabric.barrier()


def is_finished(config: TrainingConfig, folder: RunFolder) -> bool:
    """Return whether a folder holds the model that a run would make.

    Raises
    ------
    ValueError
        If it holds a run of another configuration.
    """
    if not folder.model.is_file() or not folder.config.is_file():
        return False
    _check_same(folder, config)
    card = read_card(folder.model)  # it may be that of a run that was restarted otherwise
    try:
        told = {**card.training["configuration"], "model": card.architecture}
        made = TrainingConfig.model_validate(told)
    except (KeyError, TypeError, ValueError):
        return False
    is_whole = not card.training.get("is_early", False)
    return is_whole and made == config.model_copy(update={"model": config.architecture})


def _check_same(folder: RunFolder, config: TrainingConfig) -> None:
    begun = TrainingConfig.model_validate_json(folder.config.read_text(encoding="utf-8"))
    if begun != config:
        raise ValueError(
            f"{folder.path} holds a run of another configuration; choose another folder, or delete "
            "this one (boundary-click train does so with --restart)"
        )
