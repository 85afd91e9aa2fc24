from __future__ import annotations

import re
from typing import get_args

import pytest
import torch

from boundary_click.models.backbones import build_backbone
from boundary_click.models.config import BackboneName
from boundary_click.models.pretrained import load_pretrained

WIDTHS = {
    "efficientnet_lite0": (24, 40, 320),
    "efficientnet_lite1": (24, 40, 320),
    "efficientnet_lite2": (24, 48, 352),
    "resnet18": (64, 128, 512),
    "resnet34": (64, 128, 512),
    "resnet50": (256, 512, 2048),
    "resnet101": (256, 512, 2048),
}
# Parameters of torchvision's networks without `fc`, and of the lites without 1x1 head and `_fc`.
PARAMETERS = {
    "efficientnet_lite0": 4_652_008 - 1_693_160,
    "efficientnet_lite1": 5_416_680 - 1_693_160,
    "efficientnet_lite2": 6_092_072 - 1_734_120,
    "resnet18": 11_176_512,
    "resnet34": 21_284_672,
    "resnet50": 23_508_032,
    "resnet101": 42_500_160,
}


def published(name: str, seed: int = 0) -> dict[str, torch.Tensor]:
    """A random state dict with the names and shapes of the published RGB weights."""
    generator = torch.Generator().manual_seed(seed)
    weights = {
        key: torch.rand(value.shape, generator=generator)
        if value.is_floating_point()
        else value.clone()
        for key, value in build_backbone(name, 3).state_dict().items()
    }
    if name.startswith("efficientnet_lite"):
        weights = _lite_names(weights)
        return weights | {
            "_conv_head.weight": torch.rand(1280, WIDTHS[name][2], 1, 1),
            "_bn1.weight": torch.rand(1280),
            "_fc.weight": torch.rand(1000, 1280),
        }
    return weights | {"fc.weight": torch.rand(10, 9), "fc.bias": torch.rand(10)}


def _lite_names(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The names that the published EfficientNet-lites have: blocks counted through the stages."""
    blocks = sorted({tuple(map(int, k.split(".")[1:3])) for k in weights if k.startswith("stages")})
    renamed = {}
    for key, value in weights.items():
        if match := re.match(r"stages\.(\d+)\.(\d+)\.body\.(.*)", key):
            index = blocks.index((int(match[1]), int(match[2])))
            renamed[f"_blocks.{index}.{match[3]}"] = value
        else:
            renamed[key.replace("stem.0", "_conv_stem").replace("stem.1", "_bn0")] = value
    return renamed


@pytest.mark.parametrize("name", get_args(BackboneName))
def test_strides_and_widths(name):
    backbone = build_backbone(name, 4).eval()
    with torch.inference_mode():
        maps = backbone(torch.rand(1, 4, 64, 96))
    assert backbone.widths == WIDTHS[name]
    for features, stride, width in zip(maps, (4, 8, 16), backbone.widths, strict=True):
        assert features.shape == (1, width, 64 // stride, 96 // stride)


@pytest.mark.parametrize("name", get_args(BackboneName))
def test_sizes_are_the_published_ones(name):
    assert sum(p.numel() for p in build_backbone(name, 3).parameters()) == PARAMETERS[name]


def test_torchvision_names():
    """A few of the names that torchvision gives; users' files have them."""
    names = set(build_backbone("resnet50", 3).state_dict())
    assert {
        "conv1.weight",
        "bn1.running_var",
        "layer1.0.downsample.0.weight",
        "layer1.0.downsample.1.num_batches_tracked",
        "layer3.5.conv3.weight",
        "layer4.2.bn3.bias",
    } <= names


@pytest.mark.parametrize(
    "name", ["efficientnet_lite0", "efficientnet_lite2", "resnet18", "resnet50"]
)
def test_published_weights_fit_and_leave_the_click_out(name):
    weights = published(name)
    rgb, with_click = build_backbone(name, 3), build_backbone(name, 4)
    load_pretrained(rgb, weights)
    load_pretrained(with_click, weights)
    image = torch.rand(1, 3, 32, 32)
    for click in (torch.zeros(1, 1, 32, 32), torch.rand(1, 1, 32, 32)):
        with torch.inference_mode():
            expected = rgb.eval()(image).stride4
            seen = with_click.eval()(torch.cat([image, click], dim=1)).stride4
        torch.testing.assert_close(seen, expected)


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("efficientnet_lite0", {0: (0, 0), 4: (2, 1), 15: (6, 0)}),
        ("efficientnet_lite2", {0: (0, 0), 6: (2, 2), 20: (6, 0)}),
    ],
)
def test_every_published_tensor_finds_its_place(name, places):
    backbone, weights = build_backbone(name, 3), published(name)
    load_pretrained(backbone, weights)
    own = backbone.state_dict()
    torch.testing.assert_close(own["stem.0.weight"], weights["_conv_stem.weight"])
    for index, (stage, block) in places.items():
        for tensor in ("_depthwise_conv.weight", "_bn2.running_mean"):
            torch.testing.assert_close(
                own[f"stages.{stage}.{block}.body.{tensor}"], weights[f"_blocks.{index}.{tensor}"]
            )


def test_older_state_dicts_have_no_batch_counters():
    backbone, weights = build_backbone("resnet18", 4), published("resnet18")
    older = {k: v for k, v in weights.items() if not k.endswith("num_batches_tracked")}
    load_pretrained(backbone, older)
    torch.testing.assert_close(backbone.layer1[0].conv1.weight, weights["layer1.0.conv1.weight"])


@pytest.mark.parametrize(("name", "other"), [("resnet18", "resnet34"), ("resnet34", "resnet18")])
def test_weights_of_another_network(name, other):
    with pytest.raises(ValueError, match=r"do not fit ResNet: \d+ names differ, such as 'layer"):
        load_pretrained(build_backbone(name, 4), published(other))


def test_weights_of_another_family():
    backbone = build_backbone("efficientnet_lite0", 4)
    with pytest.raises(ValueError, match=r"do not fit EfficientNetLite: .* same architecture"):
        load_pretrained(backbone, published("resnet18"))


def test_a_wrong_shape_changes_nothing():
    backbone, weights = build_backbone("resnet18", 4), published("resnet18")
    weights["layer1.0.conv1.weight"] = torch.rand(1, 2, 3, 3)
    before = backbone.conv1.weight.clone()
    with pytest.raises(ValueError, match=r"1 names differ, such as 'layer1\.0\.conv1"):
        load_pretrained(backbone, weights)
    torch.testing.assert_close(backbone.conv1.weight, before)
