"""The loss of a stage, as its configuration names it."""

from __future__ import annotations

from torch import Tensor

from boundary_click.models.losses import (
    boundary_aware_weight,
    class_balance,
    soft_dice,
    weighted_cross_entropy,
)
from boundary_click.training.config import StageConfig


def objective(
    logits: Tensor, truth: Tensor, weight: Tensor, distance: Tensor, config: StageConfig
) -> Tensor:
    """Return the configured loss.

    Parameters
    ----------
    logits, truth : Tensor, shape (B, 1, H, W)
    weight : Tensor, same shape
        How much each pixel counts, 0 where it is ignored.
    distance : Tensor, same shape
        Distance to the object's nearest boundary pixel, in pixels.
    config : StageConfig
    """
    has_dice = config.loss.endswith("dice")
    pixels = weight
    if config.loss in ("class-balanced", "boundary-aware"):
        pixels = pixels * class_balance(truth, (weight > 0).to(weight))
    if config.loss.startswith("boundary-aware"):
        pixels = pixels * boundary_aware_weight(truth, distance)
    loss = weighted_cross_entropy(logits, truth, pixels, reduction=config.reduction)
    return loss + soft_dice(logits, truth, weight) if has_dice else loss
