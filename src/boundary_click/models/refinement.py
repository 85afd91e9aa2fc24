"""Refinement heads: cropped features and guidance planes in, refined logits out."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from boundary_click.models.config import RefinementConfig
from boundary_click.models.layers import ConvBlock, channel_normalise, resize


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

    def forward(self, features: Tensor, planes: Tensor) -> Tensor:
        """Map F_t (B, F, R, R) and guidance (B, K, R, R) to logits (B, 1, R, R)."""
        stacked = torch.cat([channel_normalise(features), planes], dim=1)
        logits: Tensor = self.classifier(self.blocks(stacked))
        return logits


class LocalRefinement(nn.Module):
    """A light encoder and decoder whose output is a correction, not a mask.

    The guidance enters at the crop's full resolution, the features at half of it, where
    most of the work is done. The classifier starts at zero: an untrained head leaves the
    mask as it is.
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
        self.classifier = nn.Conv2d(fine, 1, 1)
        nn.init.zeros_(self.classifier.weight)
        if self.classifier.bias is not None:
            nn.init.zeros_(self.classifier.bias)

    def forward(self, features: Tensor, planes: Tensor) -> Tensor:
        """Map F_t (B, F, R / 2, R / 2) and guidance (B, K, R, R) to a correction (B, 1, R, R)."""
        fine = self.at_full(planes)
        half = self.at_half(torch.cat([channel_normalise(features), self.to_half(fine)], dim=1))
        quarter = self.at_quarter(half)
        x = self.up_quarter(self.at_eighth(quarter), quarter)
        x = self.up_half(x, half)
        correction: Tensor = self.classifier(self.up_full(x, fine))
        return correction


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
