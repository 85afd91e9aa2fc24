"""Refinement heads: cropped features and guidance in, refined logits out."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn

from boundary_click.models.config import RefinementConfig
from boundary_click.models.layers import ConvBlock, channel_normalise, resize

LOGIT_LIMIT = 3.0
"""No logit before the correction counts for more than this: the head can overrule any of them."""
_FOLLOW_BIAS = -0.85
"""An untrained head lets every place follow the level at a click by 0.3 of it."""


class Guidance(NamedTuple):
    """What a refinement head is told besides the features; all float32.

    Attributes
    ----------
    planes : Tensor, shape (B, K, R, R)
        Guidance planes in the order of the configuration.
    previous : Tensor, shape (B, 1, R, R)
        Logits of the mask before the latest click.
    pulled : Tensor, shape (B, 1, R, R)
        What the latest click makes of them by itself.
    level : Tensor, shape (B, 1, R, R)
        What each previous logit would lose, did it follow the level at the latest click.
    reach : Tensor, shape (B, 1, R, R)
        How far each cell may be corrected, in [0, 1].
    """

    planes: Tensor
    previous: Tensor
    pulled: Tensor
    level: Tensor
    reach: Tensor


class PlainRefinement(nn.Module):
    """The paper's head: three 3x3 blocks and a 1x1 classifier on features and click maps.

    References
    ----------
    .. [1] S. Majumder et al., "Two-in-One Refinement for Interactive Segmentation",
       BMVC 2020, eq. 4: C1(513, 512, 3) -> C2(512, 256, 3) -> C3(256, 256, 3).
    """

    def __init__(self, feature_channels: int, config: RefinementConfig) -> None:
        super().__init__()
        widths = (feature_channels + config.plane_channels, *config.channels)
        self.blocks = nn.Sequential(*(ConvBlock(i, o) for i, o in itertools.pairwise(widths)))
        self.classifier = nn.Conv2d(widths[-1], 1, 1)

    def forward(self, features: Tensor, guidance: Guidance) -> Tensor:
        """Map F_t (B, F, R, R) and the guidance planes to logits (B, 1, R, R)."""
        stacked = torch.cat([channel_normalise(features), guidance.planes], dim=1)
        logits: Tensor = self.classifier(self.blocks(stacked))
        return logits


class LocalRefinement(nn.Module):
    """A light encoder and decoder that corrects the mask instead of drawing it anew.

    The guidance enters at the crop's full resolution, the features at half of it, where
    most of the work is done. There are two outputs: how far each place follows the level at
    the latest click, and a correction near the click. The second starts at zero.
    """

    feature_ratio = 2
    """The features' grid is coarser than the guidance's by this factor."""

    def __init__(self, feature_channels: int, config: RefinementConfig) -> None:
        super().__init__()
        fine, half, quarter, eighth = config.channels
        self.at_full = ConvBlock(config.plane_channels, fine)
        self.to_half = ConvBlock(fine, fine, stride=2)
        self.at_half = nn.Sequential(
            ConvBlock(feature_channels + fine, half, kernel=1), ConvBlock(half, half)
        )
        self.at_quarter = nn.Sequential(
            ConvBlock(half, quarter, stride=2), ConvBlock(quarter, quarter)
        )
        self.at_eighth = nn.Sequential(
            ConvBlock(quarter, eighth, stride=2), ConvBlock(eighth, eighth)
        )
        self.up_quarter = _UpBlock(eighth, quarter)
        self.up_half = _UpBlock(quarter, half)
        self.up_full = _UpBlock(half, fine)
        self.follower = _pointwise(half, bias=_FOLLOW_BIAS)
        self.classifier = _pointwise(fine, bias=0.0)

    def forward(self, features: Tensor, guidance: Guidance) -> Tensor:
        """Map F_t (B, F, R / 2, R / 2) and the guidance to logits (B, 1, R, R)."""
        fine = self.at_full(guidance.planes)
        half = self.at_half(torch.cat([channel_normalise(features), self.to_half(fine)], dim=1))
        quarter = self.at_quarter(half)
        x = self.up_half(self.up_quarter(self.at_eighth(quarter), quarter), half)
        follow = torch.sigmoid(resize(self.follower(x), fine.shape[-2:]))
        correction = self.classifier(self.up_full(x, fine))
        answer = torch.tanh(_first_answer(guidance, follow) / LOGIT_LIMIT) * LOGIT_LIMIT
        logits: Tensor = answer + guidance.reach * correction
        return logits


def _first_answer(guidance: Guidance, follow: Tensor) -> Tensor:
    """Return the logits with the outline pulled to the click and brought to its level.

    The two agree on whether the mask grows or shrinks; the one that changes more counts.
    """
    followed = guidance.previous - guidance.level * follow
    grown = torch.maximum(guidance.pulled, followed)
    shrunk = torch.minimum(guidance.pulled, followed)
    answer = torch.where(guidance.level < 0, grown, guidance.pulled)
    return torch.where(guidance.level > 0, shrunk, answer)


def _pointwise(inputs: int, *, bias: float) -> nn.Conv2d:
    """Return a 1x1 convolution to one channel that starts as a constant."""
    layer = nn.Conv2d(inputs, 1, 1)
    assert layer.bias is not None
    nn.init.zeros_(layer.weight)
    nn.init.constant_(layer.bias, bias)
    return layer


class _UpBlock(nn.Module):
    """Project, enlarge to the skip's size, add, smooth."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(inputs, width, 1)
        self.smooth = ConvBlock(width, width)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        smoothed: Tensor = self.smooth(resize(self.project(x), skip.shape[-2:]) + skip)
        return smoothed


def build_refinement(
    feature_channels: int, config: RefinementConfig
) -> PlainRefinement | LocalRefinement:
    """Build the head that the configuration names."""
    head = LocalRefinement if config.is_local else PlainRefinement
    return head(feature_channels, config)
