"""The light network: image and guidance in, a mask of the object and reusable features out."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from boundary_click.models.backbones import build_backbone
from boundary_click.models.config import SelectionConfig
from boundary_click.models.layers import ConvBlock, PyramidPooling, resize


class Selection(NamedTuple):
    """What the selection network returns.

    Attributes
    ----------
    logits : Tensor, shape (B, 1, H, W)
        At the size of the input.
    features : Tensor, shape (B, F, H / stride, W / stride)
        The feature map F that the refinement head reuses.
    """

    logits: Tensor
    features: Tensor


class SelectionNetwork(nn.Module):
    """Backbone, pyramid pooling and a 1x1 classifier, with an optional decoder.

    Parameters
    ----------
    config : SelectionConfig
    guidance_channels : int
        Guidance maps beside the image.

    References
    ----------
    .. [1] S. Majumder et al., "Two-in-One Refinement for Interactive Segmentation",
       BMVC 2020, section 3.1.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, config: SelectionConfig, *, guidance_channels: int = 1) -> None:
        super().__init__()
        self.backbone = build_backbone(config.backbone, inputs=3 + guidance_channels)
        stride4, stride8, stride16 = self.backbone.widths
        self.pyramid = PyramidPooling(stride16, config.pyramid_channels, bins=config.pyramid_bins)
        width = config.feature_channels
        self.decoder: nn.Module = (
            _Decoder(config.pyramid_channels, (stride8, stride4), width)
            if config.decoder
            else _NoDecoder(config.pyramid_channels, width)
        )
        self.classifier = nn.Conv2d(width, 1, 1)
        self.register_buffer("mean", torch.tensor(self.backbone.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(self.backbone.std).view(1, 3, 1, 1))

    def forward(self, image: Tensor, guidance: Tensor) -> Selection:
        """Segment the clicked object.

        Parameters
        ----------
        image : Tensor, shape (B, 3, H, W)
            Values in [0, 1].
        guidance : Tensor, shape (B, K, H, W)
            Guidance maps, in [0, 1].
        """
        normalised = (image - self.mean) / self.std
        maps = self.backbone(torch.cat([normalised, guidance], dim=1))
        features = self.decoder(self.pyramid(maps.stride16), maps.stride8, maps.stride4)
        return Selection(resize(self.classifier(features), image.shape[-2:]), features)


class _NoDecoder(nn.Module):
    """The paper's head: the pooled features are F."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.project = nn.Identity() if inputs == width else ConvBlock(inputs, width, kernel=1)

    def forward(self, context: Tensor, stride8: Tensor, stride4: Tensor) -> Tensor:
        features: Tensor = self.project(context)
        return features


class _Decoder(nn.Module):
    """Two top-down steps that bring the pooled features to stride 4."""

    def __init__(self, inputs: int, laterals: tuple[int, int], width: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(inputs, width, 1)
        self.lateral8 = nn.Conv2d(laterals[0], width, 1)
        self.lateral4 = nn.Conv2d(laterals[1], width, 1)
        self.smooth8 = ConvBlock(width, width)
        self.smooth4 = ConvBlock(width, width)

    def forward(self, context: Tensor, stride8: Tensor, stride4: Tensor) -> Tensor:
        x = self.smooth8(resize(self.project(context), stride8.shape[-2:]) + self.lateral8(stride8))
        features: Tensor = self.smooth4(resize(x, stride4.shape[-2:]) + self.lateral4(stride4))
        return features
