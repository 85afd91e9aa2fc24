"""FCN-8s on VGG-16, the network of the guidance paper, with guidance maps beside the image."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from boundary_click.models.backbones import IMAGENET_MEAN, IMAGENET_STD
from boundary_click.models.config import FcnConfig
from boundary_click.models.layers import resize

FcnStride = Literal[32, 16, 8]
"""Stride of the finest features that the mask is made of."""

_CONVOLUTIONS = (2, 2, 3, 3, 3)
"""Of each stage of VGG-16."""


class Vgg16(nn.Module):
    """VGG-16 made fully convolutional.

    Parameters
    ----------
    inputs : int
        Channels of the image.
    config : FcnConfig

    References
    ----------
    .. [1] K. Simonyan and A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
       Recognition", ICLR 2015, configuration D.
    """

    stem_name = "stages.0.conv0.weight"

    def __init__(self, inputs: int, config: FcnConfig) -> None:
        super().__init__()
        widths = (inputs, *config.widths)
        self.stages = nn.ModuleList(
            _stage(widths[index], widths[index + 1], count)
            for index, count in enumerate(_CONVOLUTIONS)
        )
        self.fc6 = nn.Conv2d(widths[-1], config.fc_channels, 7, padding=3)
        self.fc7 = nn.Conv2d(config.fc_channels, config.fc_channels, 1)
        self.dropout = nn.Dropout2d(config.dropout)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map (B, inputs, H, W) to features of stride 8, 16 and 32."""
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        for layer in (self.fc6, self.fc7):
            x = self.dropout(torch.relu(layer(x)))
        return maps[2], maps[3], x

    def rename(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Translate torchvision's names; the classifier of 1000 classes is left out."""
        renamed = {}
        for index, (stage, number) in enumerate(
            (stage, number) for stage, count in enumerate(_CONVOLUTIONS) for number in range(count)
        ):
            # Between the convolutions torchvision counts activations, after a stage the pooling.
            place = 2 * index + stage
            for kind in ("weight", "bias"):
                if (name := f"features.{place}.{kind}") in weights:
                    renamed[f"stages.{stage}.conv{number}.{kind}"] = weights[name]
        for own, name in ((self.fc6, "classifier.0"), (self.fc7, "classifier.3")):
            layer = "fc6" if own is self.fc6 else "fc7"
            if f"{name}.weight" in weights:
                weight = weights[f"{name}.weight"]
                fits = weight.numel() == own.weight.numel()
                renamed[f"{layer}.weight"] = weight.reshape(own.weight.shape) if fits else weight
                renamed[f"{layer}.bias"] = weights[f"{name}.bias"]
        return renamed


def _stage(inputs: int, outputs: int, count: int) -> nn.Sequential:
    """Return some convolutions and the pooling after them."""
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    for number in range(count):
        width = inputs if number == 0 else outputs
        parts[f"conv{number}"] = nn.Conv2d(width, outputs, 3, padding=1)
        parts[f"relu{number}"] = nn.ReLU(inplace=True)
    parts["pool"] = nn.MaxPool2d(2, ceil_mode=True)
    return nn.Sequential(parts)


class GuidedFcn(nn.Module):
    """FCN-8s with two classes, trained from coarse to fine.

    Attributes
    ----------
    stride : int
        32, 16 or 8: features of a finer stride take no part.

    Notes
    -----
    The scores of finer features start at zero, so that a network begins each step of its
    training about as it ended the one before; only the scores are enlarged in one step more.
    The two-class softmax of the paper is the sigmoid of the difference of the two scores, which
    is what this network returns.

    References
    ----------
    .. [1] J. Long et al., "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015.
    .. [2] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
       Segmentation", CVPR 2019, section 4.2.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, config: FcnConfig, *, guidance_channels: int) -> None:
        super().__init__()
        self.stride: FcnStride = 8
        self.backbone = Vgg16(3 + guidance_channels, config)
        self.score32 = nn.Conv2d(config.fc_channels, 2, 1)
        self.score16 = _zero(nn.Conv2d(config.widths[3], 2, 1))
        self.score8 = _zero(nn.Conv2d(config.widths[2], 2, 1))
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1))

    def use_stride(self, stride: FcnStride) -> None:
        """Let features up to a stride take part; the scores of finer ones are not trained."""
        self.stride = stride
        self.score16.requires_grad_(stride <= 16)
        self.score8.requires_grad_(stride <= 8)

    def forward(self, image: Tensor, guidance: Tensor) -> Tensor:
        """Segment the object of the clicks.

        Parameters
        ----------
        image : Tensor, shape (B, 3, H, W)
            Values in [0, 1].
        guidance : Tensor, shape (B, K, H, W)
            Guidance maps, in [0, 1].

        Returns
        -------
        Tensor, shape (B, 1, H, W)
            Logits.
        """
        normalised = (image - self.mean) / self.std
        stride8, stride16, stride32 = self.backbone(torch.cat([normalised, guidance], dim=1))
        scores = self.score32(stride32)
        if self.stride <= 16:
            scores = resize(scores, stride16.shape[-2:]) + self.score16(stride16)
        if self.stride <= 8:
            scores = resize(scores, stride8.shape[-2:]) + self.score8(stride8)
        enlarged = resize(scores, image.shape[-2:])
        logits: Tensor = enlarged[:, 1:] - enlarged[:, :1]
        return logits


def _zero(layer: nn.Conv2d) -> nn.Conv2d:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
