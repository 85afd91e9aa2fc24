"""The card of the model that a run makes."""

from __future__ import annotations

import torch
from lightning_fabric import Fabric

import boundary_click
from boundary_click.io.checkpoint import ModelCard
from boundary_click.io.provenance import commit, cpu_name, device_name
from boundary_click.training.config import TrainingConfig


def card_of(
    config: TrainingConfig,
    fabric: Fabric,
    *,
    metrics: dict[str, float],
    before: dict[str, float],
    seconds: float,
    is_early: bool = False,
) -> ModelCard:
    """Return the card of a model.

    Parameters
    ----------
    config : TrainingConfig
    fabric : Fabric
    metrics, before : dict of float
        Of the model and of that which the run started from, on the held-out objects.
    seconds : float
        Time spent on steps.
    is_early : bool
        Whether the run has not come to its end.
    """
    return ModelCard(
        name=config.name,
        architecture=config.architecture,
        description=config.description,
        licence=config.licence,
        data=tuple(f"{data.path} ({data.licence or 'licence not stated'})" for data in config.data),
        training={
            # The model's own configuration stands elsewhere in the card.
            "configuration": config.model_dump(mode="json", exclude={"model"}),
            "device": device_name(str(fabric.device)),
            "processes": fabric.world_size,
            "machine": cpu_name(),
            "commit": commit(),
            "torch": torch.__version__,
            "boundary_click": boundary_click.__version__,
            "seconds": round(seconds),
            "is_early": is_early,
            "before": before,
            "warning": warning_of(metrics, before),
        },
        metrics=metrics,
    )


def warning_of(metrics: dict[str, float], before: dict[str, float]) -> str:
    """Return what to say of a model that takes more clicks than the one it started from."""
    if not metrics or not before or metrics["clicks@85"] <= before["clicks@85"]:
        return ""
    return (
        f"the held-out objects take {metrics['clicks@85']:.2f} clicks to 85 % IoU, "
        f"{before['clicks@85']:.2f} with the model that training started from; keep that one, "
        "label more objects or train longer"
    )
