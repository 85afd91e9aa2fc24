"""Feature extractors, dilated so that the coarsest features keep stride 16."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor, nn

from boundary_click.models.config import BackboneName

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Statistics of images in [0, 1] that torchvision's weights expect."""


class Features(NamedTuple):
    """Feature maps of stride 4, 8 and 16, each (B, C, H / stride, W / stride)."""

    stride4: Tensor
    stride8: Tensor
    stride16: Tensor


class Backbone(nn.Module):
    """Base of the backbones: a stem that accepts extra channels, and known widths.

    Attributes
    ----------
    widths : tuple of int
        Channels of the features of stride 4, 8 and 16.
    mean, std : tuple of float
        Statistics that images in [0, 1] are normalised with.
    """

    widths: tuple[int, int, int]
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD


class _InvertedResidual(nn.Module):
    """Expand, filter per channel, project; batch-norm settings of the published weights."""

    def __init__(
        self, inputs: int, outputs: int, *, expansion: int, kernel: int, stride: int, dilation: int
    ) -> None:
        super().__init__()
        hidden = inputs * expansion
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        if expansion != 1:
            parts["_expand_conv"] = nn.Conv2d(inputs, hidden, 1, bias=False)
            parts["_bn0"] = _lite_norm(hidden)
            parts["act0"] = nn.ReLU6(inplace=True)
        parts["_depthwise_conv"] = nn.Conv2d(
            hidden,
            hidden,
            kernel,
            stride=stride,
            padding=dilation * (kernel // 2),
            dilation=dilation,
            groups=hidden,
            bias=False,
        )
        parts["_bn1"] = _lite_norm(hidden)
        parts["act1"] = nn.ReLU6(inplace=True)
        parts["_project_conv"] = nn.Conv2d(hidden, outputs, 1, bias=False)
        parts["_bn2"] = _lite_norm(outputs)
        self.body = nn.Sequential(parts)
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return x + y if self.is_residual else y


def _lite_norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.03)


class EfficientNetLite(Backbone):
    """EfficientNet-lite without its classifier, the last stages dilated.

    Parameters
    ----------
    inputs : int
        Channels of the image.
    channels, repeats : tuple of int
        Output channels and blocks of each of the seven stages.

    References
    ----------
    .. [1] M. Tan and Q. Le, "EfficientNet", ICML 2019; the lite variants replace swish by
       ReLU6 and drop squeeze-and-excitation.
    """

    stem_name = "stem.0.weight"
    mean = (0.498, 0.498, 0.498)
    std = (0.502, 0.502, 0.502)
    # expansion, kernel, stride, dilation
    _STAGES = (
        (1, 3, 1, 1),
        (6, 3, 2, 1),
        (6, 5, 2, 1),
        (6, 3, 2, 1),
        (6, 5, 1, 1),
        (6, 5, 1, 2),
        (6, 3, 1, 2),
    )

    def __init__(self, inputs: int, channels: tuple[int, ...], repeats: tuple[int, ...]) -> None:
        super().__init__()
        self.widths = channels[1], channels[2], channels[6]
        self.repeats = repeats
        self.stem = nn.Sequential(
            nn.Conv2d(inputs, 32, 3, stride=2, padding=1, bias=False),
            _lite_norm(32),
            nn.ReLU6(inplace=True),
        )
        self.stages = nn.ModuleList()
        width = 32
        for stage, outputs, count in zip(self._STAGES, channels, repeats, strict=True):
            expansion, kernel, stride, dilation = stage
            blocks = []
            for index in range(count):
                blocks.append(
                    _InvertedResidual(
                        width,
                        outputs,
                        expansion=expansion,
                        kernel=kernel,
                        stride=stride if index == 0 else 1,
                        dilation=dilation,
                    )
                )
                width = outputs
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, x: Tensor) -> Features:
        """Map (B, inputs, H, W) to features."""
        x = self.stem(x)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return Features(maps[1], maps[2], maps[6])

    def rename(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Translate the names of the published ImageNet weights; the classifier is left out."""
        places = [(s, b) for s, count in enumerate(self.repeats) for b in range(count)]
        renamed = {}
        for name, value in weights.items():
            head, _, rest = name.partition(".")
            if head == "_conv_stem":
                renamed[f"stem.0.{rest}"] = value
            elif head == "_bn0":
                renamed[f"stem.1.{rest}"] = value
            elif head == "_blocks":
                index, _, rest = rest.partition(".")
                stage, block = places[int(index)]
                renamed[f"stages.{stage}.{block}.body.{rest}"] = value
        return renamed


class _BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inputs: int, planes: int, *, stride: int, dilation: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            inputs, planes, 3, stride=stride, padding=dilation, dilation=dilation, bias=False
        )
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(inputs, planes, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        shortcut = x if self.downsample is None else self.downsample(x)
        out: Tensor = self.relu(y + shortcut)
        return out


class _Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs: int, planes: int, *, stride: int, dilation: int) -> None:
        super().__init__()
        outputs = planes * self.expansion
        self.conv1 = nn.Conv2d(inputs, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(
            planes, planes, 3, stride=stride, padding=dilation, dilation=dilation, bias=False
        )
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        shortcut = x if self.downsample is None else self.downsample(x)
        out: Tensor = self.relu(y + shortcut)
        return out


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module | None:
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
    )


class ResNet(Backbone):
    """Residual network with torchvision's parameter names, its last stage dilated.

    References
    ----------
    .. [1] K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
    """

    stem_name = "conv1.weight"

    def __init__(
        self, inputs: int, block: type[_BasicBlock | _Bottleneck], repeats: tuple[int, ...]
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self._width = 64
        self.layer1 = self._stage(block, 64, repeats[0], stride=1, dilation=1)
        self.layer2 = self._stage(block, 128, repeats[1], stride=2, dilation=1)
        self.layer3 = self._stage(block, 256, repeats[2], stride=2, dilation=1)
        self.layer4 = self._stage(block, 512, repeats[3], stride=1, dilation=2)
        self.widths = (64 * block.expansion, 128 * block.expansion, 512 * block.expansion)

    def _stage(
        self,
        block: type[_BasicBlock | _Bottleneck],
        planes: int,
        repeats: int,
        *,
        stride: int,
        dilation: int,
    ) -> nn.Sequential:
        blocks = []
        for index in range(repeats):
            blocks.append(
                block(self._width, planes, stride=stride if index == 0 else 1, dilation=dilation)
            )
            self._width = planes * block.expansion
        return nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Features:
        """Map (B, inputs, H, W) to features."""
        stride4 = self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(x)))))
        stride8 = self.layer2(stride4)
        return Features(stride4, stride8, self.layer4(self.layer3(stride8)))

    def rename(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Leave out the classifier of a torchvision state dict."""
        return {name: value for name, value in weights.items() if not name.startswith("fc.")}


_LITES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "efficientnet_lite0": ((16, 24, 40, 80, 112, 192, 320), (1, 2, 2, 3, 3, 4, 1)),
    "efficientnet_lite1": ((16, 24, 40, 80, 112, 192, 320), (1, 3, 3, 4, 4, 5, 1)),
    "efficientnet_lite2": ((16, 24, 48, 88, 120, 208, 352), (1, 3, 3, 4, 4, 5, 1)),
}
_RESNETS: dict[str, tuple[type[_BasicBlock | _Bottleneck], tuple[int, ...]]] = {
    "resnet18": (_BasicBlock, (2, 2, 2, 2)),
    "resnet34": (_BasicBlock, (3, 4, 6, 3)),
    "resnet50": (_Bottleneck, (3, 4, 6, 3)),
    "resnet101": (_Bottleneck, (3, 4, 23, 3)),
}


def build_backbone(name: BackboneName, inputs: int) -> EfficientNetLite | ResNet:
    """Build a backbone for images of ``inputs`` channels, randomly initialised."""
    if name in _LITES:
        return EfficientNetLite(inputs, *_LITES[name])
    return ResNet(inputs, *_RESNETS[name])
