from __future__ import annotations

import re

import pytest
import torch
from safetensors.torch import save_file

from boundary_click.io.checkpoint import (
    CheckpointError,
    ModelCard,
    load_model,
    save_model,
)
from boundary_click.io.library import find_model
from boundary_click.io.starting import initial_model
from boundary_click.models.build import first_network
from boundary_click.models.config import GuidanceConfig, TwoInOneConfig
from boundary_click.training.config import (
    DataConfig,
    TrainingConfig,
)


class TestInitialModel:
    def test_the_seed_decides_and_the_generator_is_left_alone(self, config):
        before = torch.random.get_rng_state()
        first, again = (initial_model(config).selection.classifier.weight for _ in range(2))
        other = initial_model(config.model_copy(update={"seed": 1})).selection.classifier.weight
        assert torch.equal(first, again)
        assert not torch.equal(first, other)
        assert torch.equal(torch.random.get_rng_state(), before)

    def test_from_a_model(self, config, architecture, build, tmp_path):
        model, card = build(architecture), ModelCard(name="m", architecture=architecture)
        save_model(tmp_path / "m.safetensors", model, card)
        for path, root in ((str(tmp_path / "m.safetensors"), None), ("m.safetensors", tmp_path)):
            begun = config.model_copy(update={"start_from": path, "seed": 1})
            weight = initial_model(begun, weights_root=root).selection.classifier.weight
            assert torch.equal(weight, model.selection.classifier.weight)
        windows = architecture.windows.model_copy(update={"min_side": 24.0})
        closer = architecture.model_copy(update={"windows": windows})
        started = initial_model(begun.model_copy(update={"model": closer}), weights_root=tmp_path)
        assert started.config == closer
        assert torch.equal(started.selection.classifier.weight, model.selection.classifier.weight)
        head = architecture.refinement.model_copy(update={"channels": (4, 4, 4, 4)})
        other = architecture.model_copy(update={"refinement": head})
        started = initial_model(begun.model_copy(update={"model": other}), weights_root=tmp_path)
        assert started.config == other
        assert torch.equal(started.selection.classifier.weight, model.selection.classifier.weight)
        anew = initial_model(begun.model_copy(update={"keep_head": False}), weights_root=tmp_path)
        assert torch.equal(anew.selection.classifier.weight, model.selection.classifier.weight)
        heads = (anew.refinement.state_dict(), model.refinement.state_dict())
        assert not all(
            torch.equal(*pair) for pair in zip(*(h.values() for h in heads), strict=True)
        )
        network = architecture.selection.model_copy(update={"feature_channels": 12})
        wider = begun.model_copy(
            update={"model": architecture.model_copy(update={"selection": network})}
        )
        with pytest.raises(CheckpointError, match="has another network than the configuration"):
            initial_model(wider, weights_root=tmp_path)

    def test_maps_that_a_model_did_not_read_start_at_zero(self, guided, build, tmp_path):
        """Whether it is of the same family or not."""
        model = guided.architecture
        euclidean = GuidanceConfig(maps=("euclidean-positive", "euclidean-negative"))
        sources = (
            model.model_copy(update={"guidance": euclidean}),
            TwoInOneConfig(window_size=64, selection=model.network),
            model,
        )
        for index, architecture in enumerate(sources):
            path, source = tmp_path / f"{index}.safetensors", build(architecture)
            save_model(path, source, ModelCard(name="m", architecture=architecture))
            begun = guided.model_copy(update={"start_from": str(path), "seed": 1})
            stem, old = (
                first_network(m).backbone.stem[0].weight for m in (initial_model(begun), source)
            )
            assert torch.equal(stem[:, :3], old[:, :3])
            assert stem[:, 3:].any() == (architecture == model)
            network = first_network(initial_model(begun))
            expected = first_network(source).classifier.weight
            assert torch.equal(network.classifier.weight, expected)

    def test_maps_that_both_read_are_kept(self, guided, build, tmp_path):
        model, path = guided.architecture, tmp_path / "m.safetensors"
        shared = GuidanceConfig(maps=("object", "superpixel-negative", "superpixel-positive"))
        source = build(model.model_copy(update={"guidance": shared}))
        save_model(path, source, ModelCard(name="m", architecture=source.config))
        begun = initial_model(guided.model_copy(update={"start_from": str(path), "seed": 1}))
        stem, old = (m.network.backbone.stem[0].weight for m in (begun, source))
        expected = [old[:, 5], old[:, 4], old[:, 3], torch.zeros_like(old[:, 0])]
        assert torch.equal(stem[:, 3:], torch.stack(expected, dim=1))

    def test_from_the_bundled_model(self):
        """As in the configuration that docs/train.md shows."""
        config = TrainingConfig(start_from="default", data=(DataConfig(path="my-cells"),))
        bundled = load_model(find_model("default")).model.state_dict()
        for name, value in initial_model(config).state_dict().items():
            assert torch.equal(value, bundled[name])

    def test_from_a_backbone(self, config, architecture, build, tmp_path):
        selection = architecture.selection.model_copy(update={"backbone": "resnet18"})
        resnet = architecture.model_copy(update={"selection": selection})
        backbone = build(resnet).selection.backbone.state_dict()
        backbone["conv1.weight"] = backbone["conv1.weight"][:, :3].contiguous()
        save_file(backbone, tmp_path / "resnet18.safetensors")
        begun = config.model_copy(
            update={"model": resnet, "backbone_weights": "resnet18.safetensors", "seed": 1}
        )
        stem = initial_model(begun, weights_root=tmp_path).selection.backbone.conv1.weight
        torch.testing.assert_close(stem[:, :3], backbone["conv1.weight"])
        assert not stem[:, 3].any()
        (tmp_path / "resnet18.safetensors").write_bytes(b"foreign")
        with pytest.raises(CheckpointError, match="truncated or no safetensors file"):
            initial_model(begun, weights_root=tmp_path)
        (tmp_path / "resnet18.safetensors").unlink()
        with pytest.raises(
            CheckpointError, match=rf"weights not found: {re.escape(str(tmp_path))}"
        ):
            initial_model(begun, weights_root=tmp_path)
