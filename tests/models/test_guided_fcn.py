from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from boundary_click.models.build import Guided, build_model
from boundary_click.models.config import FcnConfig, GuidanceConfig, GuidedConfig, guidance_paper
from boundary_click.models.guided_fcn import GuidedFcn, Vgg16
from boundary_click.models.pretrained import load_pretrained

SMALL = FcnConfig(widths=(4, 6, 8, 10, 12), fc_channels=16, dropout=0.0)


@pytest.fixture
def network() -> GuidedFcn:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return GuidedFcn(SMALL, guidance_channels=2)


def inputs(size: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    image, maps = (torch.rand(1, channels, size, size, generator=generator) for channels in (3, 2))
    return image, maps


def test_strides():
    features = Vgg16(3, SMALL)(torch.rand(1, 3, 64, 96))
    assert [tuple(f.shape) for f in features] == [
        (1, 8, 8, 12),
        (1, 10, 4, 6),
        (1, 16, 2, 3),
    ]


@pytest.mark.parametrize("size", [64, 96])
def test_logits_have_the_size_of_the_image(network, size):
    assert network(*inputs(size)).shape == (1, 1, size, size)


def test_each_step_of_the_training_begins_as_the_one_before_ended(network):
    """Finer features start with scores of zero."""
    logits = []
    for stride in (32, 16, 8):
        network.use_stride(stride)
        logits.append(network(*inputs()))
    # Enlarging in steps is not quite the same as at once.
    torch.testing.assert_close(logits[1], logits[0], atol=0.05, rtol=0)
    torch.testing.assert_close(logits[2], logits[0], atol=0.05, rtol=0)


def test_the_stride_says_which_features_take_part(network):
    for stride, unused in ((32, ("score16", "score8")), (16, ("score8",)), (8, ())):
        network.use_stride(stride)
        network.zero_grad()
        network(*inputs()).sum().backward()
        for name in ("score32", "score16", "score8"):
            assert (getattr(network, name).weight.grad is None) == (name in unused)
            assert getattr(network, name).weight.requires_grad == (name not in unused)


def test_the_difference_of_two_scores_is_the_softmax_of_two_classes():
    scores = torch.randn(5, 2)
    truth = torch.tensor([0, 1, 1, 0, 1])
    two = functional.cross_entropy(scores, truth)
    one = functional.binary_cross_entropy_with_logits(scores[:, 1] - scores[:, 0], truth.float())
    torch.testing.assert_close(two, one)


def torchvision_names() -> dict[str, torch.Tensor]:
    """Names and shapes of a VGG-16 of these widths as torchvision has them."""
    weights, place, before = {}, 0, 3
    for width, count in zip(SMALL.widths, (2, 2, 3, 3, 3), strict=True):
        for _ in range(count):
            weights[f"features.{place}.weight"] = torch.rand(width, before, 3, 3)
            weights[f"features.{place}.bias"] = torch.rand(width)
            before, place = width, place + 2
        place += 1
    weights["classifier.0.weight"] = torch.rand(16, 12 * 49)
    weights["classifier.3.weight"] = torch.rand(16, 16)
    weights["classifier.6.weight"] = torch.rand(1000, 16)
    for layer, width in ((0, 16), (3, 16), (6, 1000)):
        weights[f"classifier.{layer}.bias"] = torch.rand(width)
    return weights


def test_weights_with_torchvision_names(network):
    weights = torchvision_names()
    load_pretrained(network.backbone, weights)
    stem = network.backbone.stages[0].conv0.weight
    assert torch.equal(stem[:, :3], weights["features.0.weight"])
    assert not stem[:, 3:].any()
    assert torch.equal(network.backbone.stages[4].conv2.bias, weights["features.28.bias"])
    # A fully connected layer reads its 7 x 7 features channel by channel, as the convolution does.
    features = torch.rand(1, 12, 7, 7)
    connected = functional.linear(
        features.flatten(1), weights["classifier.0.weight"], weights["classifier.0.bias"]
    )
    torch.testing.assert_close(network.backbone.fc6(features)[:, :, 3, 3], connected)


def test_weights_of_another_network(network):
    with pytest.raises(ValueError, match=r"do not fit Vgg16: .* give weights of the same"):
        load_pretrained(network.backbone, {"features.0.weight": torch.rand(4, 3, 3, 3)})
    weights = torchvision_names() | {"classifier.0.weight": torch.rand(16, 5)}
    with pytest.raises(ValueError, match=r"such as 'fc6.weight'"):
        load_pretrained(network.backbone, weights)


def test_any_maps_feed_any_network():
    maps = ("euclidean-positive", "euclidean-negative", "object")
    for network in (SMALL, GuidedConfig().network):
        config = GuidedConfig(window_size=64, guidance=GuidanceConfig(maps=maps), network=network)
        model = build_model(config).eval()
        assert isinstance(model, Guided)
        image = torch.rand(1, 3, 64, 64)
        assert model(image, torch.rand(1, 3, 64, 64)).shape == (1, 1, 64, 64)


def test_the_published_sizes():
    config = guidance_paper()
    assert config.network == FcnConfig(widths=(64, 128, 256, 512, 512), fc_channels=4096)
    with torch.device("meta"):
        network = Guided(config).network
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(134e6, rel=0.01)
