"""Losses: pure functions of logits, targets and weights, all shaped (B, 1, H, W)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

KAPPA = 255.0
"""Divisor of the boundary-aware weight, in pixels."""
TAU = 40.0
"""Reach of the boundary-aware weight, in pixels."""


def class_balance(target: Tensor, valid: Tensor | None = None) -> Tensor:
    """Return w_yp of eq. 1: the inverse normalised frequency of each pixel's class.

    Parameters
    ----------
    target : Tensor, shape (B, 1, H, W)
        0 or 1; frequencies are those of the whole mini-batch.
    valid : Tensor, same shape, optional
        1 where a pixel counts.

    Returns
    -------
    Tensor, same shape
        Both classes together weigh as much as without balancing. A class that is absent
        gets weight 0.
    """
    valid = torch.ones_like(target) if valid is None else valid
    total = valid.sum()
    positive = (target * valid).sum()
    weight_positive = torch.where(positive > 0, total / (2 * positive.clamp(min=1)), 0.0)
    negative = total - positive
    weight_negative = torch.where(negative > 0, total / (2 * negative.clamp(min=1)), 0.0)
    return torch.where(target > 0.5, weight_positive, weight_negative)


def boundary_aware_weight(
    target: Tensor, distance: Tensor, *, tau: float = TAU, kappa: float = KAPPA
) -> Tensor:
    """Return 1 + w(B, p) of eq. 2: more weight for background near the object.

    Parameters
    ----------
    target : Tensor, shape (B, 1, H, W)
        0 or 1.
    distance : Tensor, same shape
        Distance to the nearest boundary pixel of the object, in pixels.
    tau, kappa : float
        Reach and divisor, in pixels.

    References
    ----------
    .. [1] S. Majumder et al., "Two-in-One Refinement for Interactive Segmentation",
       BMVC 2020, eq. 2 and 3.
    """
    is_weighted = (target < 0.5) & (distance <= tau)
    return 1 + torch.where(is_weighted, distance / kappa, torch.zeros_like(distance))


def weighted_cross_entropy(
    logits: Tensor, target: Tensor, weight: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """Binary cross-entropy times a weight per pixel.

    With `class_balance` as the weight this is CB-CE (eq. 1); times `boundary_aware_weight`
    it is BA-CE (eq. 3). ``reduction`` is "mean" over pixels or "sum", as published.
    """
    loss = functional.binary_cross_entropy_with_logits(logits, target, weight, reduction=reduction)
    return loss


def soft_dice(logits: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return 1 - Dice of the probabilities, the mean over the objects of a batch."""
    probability = torch.sigmoid(logits)
    weight = torch.ones_like(target) if weight is None else weight
    common = (weight * probability * target).sum(dim=(1, 2, 3))
    total = (weight * (probability + target)).sum(dim=(1, 2, 3))
    return (1 - (2 * common + 1) / (total + 1)).mean()
