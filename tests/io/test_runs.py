from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from safetensors.torch import save_file

from boundary_click.io import runs
from boundary_click.io.checkpoint import (
    CheckpointError,
    ModelCard,
    load_model,
    load_training_state,
    save_model,
)
from boundary_click.io.datasets import Pair
from boundary_click.io.library import find_model
from boundary_click.io.runs import RunFolder, is_finished, run_training, split_pairs
from boundary_click.io.starting import initial_model
from boundary_click.models.build import first_network
from boundary_click.models.config import FcnConfig, GuidanceConfig, TwoInOneConfig
from boundary_click.training.config import (
    DataConfig,
    GuidedStageConfig,
    RefinementStageConfig,
    SelectionStageConfig,
    TrainingConfig,
)
from boundary_click.training.events import CheckpointDue, StepDone, Validated


@pytest.fixture
def config(architecture) -> TrainingConfig:
    return TrainingConfig(
        name="tiny",
        licence="CC0-1.0",
        model=architecture,
        pretrained=False,
        data=(DataConfig(path="disks", licence="CC0-1.0"),),
        validation_share=0.5,
        validation_objects=2,
        validation_interval=2,
        checkpoint_interval=1,
        selection=SelectionStageConfig(steps=2, batch_size=1, warmup_steps=0),
        refinement=RefinementStageConfig(steps=1, batch_size=1, warmup_steps=0),
    )


@pytest.fixture
def root(tmp_path) -> Path:
    rows, cols = np.ogrid[:48, :56]
    labels = ((rows - 20) ** 2 + (cols - 24) ** 2 <= 100).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 30, labels.shape)
    image = (labels * 150 + noise).astype(np.uint8)
    for part, array in (("images", image), ("labels", labels)):
        (tmp_path / "disks" / part).mkdir(parents=True)
        for name in "ab":
            tifffile.imwrite(tmp_path / "disks" / part / f"{name}.tif", array)
    return tmp_path


def pairs(*names: str) -> tuple[Pair, ...]:
    return tuple(Pair(Path("images", n), Path("labels", n)) for n in names)


@pytest.fixture
def guided(config, guided_architecture) -> TrainingConfig:
    stage = GuidedStageConfig(steps=1, batch_size=1, warmup_steps=0)
    return config.model_copy(update={"model": guided_architecture, "guidance": stage})


class TestSplit:
    def test_all_are_used_once(self):
        everything = pairs(*"abcdefghij")
        split = split_pairs(everything, 0.3, seed=1)
        assert len(split.validation) == 3
        assert sorted(split.training + split.validation, key=lambda p: p.name) == list(everything)
        assert split == split_pairs(everything, 0.3, seed=1)
        assert split != split_pairs(everything, 0.3, seed=2)

    @pytest.mark.parametrize(
        ("count", "share", "held"), [(1, 0.5, 0), (2, 0.01, 1), (9, 0.0, 0), (20, 0.05, 1)]
    )
    def test_how_many(self, count, share, held):
        assert len(split_pairs(pairs(*map(str, range(count))), share, 0).validation) == held


class TestRun:
    def test_a_run_leaves_a_model_and_its_records(self, config, root, fabric):
        folder = RunFolder(root / "out" / "run")
        events = list(run_training(config, folder, data_root=root, fabric=fabric))
        assert [e.loss > 0 for e in events if isinstance(e, StepDone)] == [True] * 3
        tried = [e for e in events if isinstance(e, Validated)]
        assert [e.stage for e in tried] == ["selection", "refinement"]
        assert "iou@5" in tried[-1].metrics

        loaded = load_model(folder.model)
        assert loaded.card.name == "tiny"
        assert loaded.card.data == ("disks (CC0-1.0)",)
        assert loaded.card.architecture == config.architecture
        assert loaded.card.metrics == tried[-1].metrics
        assert loaded.card.training["configuration"]["seed"] == 0

        lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
        assert [line["event"] for line in lines].count("StepDone") == 3
        assert load_training_state(folder.state).stage == "refinement"
        assert TrainingConfig.model_validate_json(folder.config.read_text()) == config

    def test_a_run_that_was_stopped_goes_on(self, config, root, fabric):
        whole, parts = RunFolder(root / "whole"), RunFolder(root / "parts")
        expected = list(run_training(config, whole, data_root=root, fabric=fabric))
        begun = run_training(config, parts, data_root=root, fabric=fabric)
        losses = []
        for event in begun:
            losses += [event.loss] if isinstance(event, StepDone) else []
            if isinstance(event, CheckpointDue):
                break
        begun.close()
        assert not parts.model.exists()
        for event in run_training(config, parts, data_root=root, fabric=fabric):
            losses += [event.loss] if isinstance(event, StepDone) else []
        assert losses == [e.loss for e in expected if isinstance(e, StepDone)]
        first, second = load_model(whole.model).model, load_model(parts.model).model
        for name, value in first.state_dict().items():
            assert torch.equal(value, second.state_dict()[name])

    def test_another_run_in_the_same_folder(self, config, root, fabric):
        folder = RunFolder(root / "run")
        next(run_training(config, folder, data_root=root, fabric=fabric))
        other = config.model_copy(update={"seed": 5})
        with pytest.raises(ValueError, match=r"holds a run of another configuration; choose"):
            next(run_training(other, folder, data_root=root, fabric=fabric))

    def test_restart(self, config, root, fabric):
        folder = RunFolder(root / "run")
        list(run_training(config, folder, data_root=root, fabric=fabric))
        other = config.model_copy(update={"seed": 5})
        begun = run_training(other, folder, data_root=root, fabric=fabric, resume=False)
        first = next(begun)
        begun.close()
        assert (first.stage, first.step) == ("selection", 1)
        assert len(folder.metrics.read_text().splitlines()) == 1
        assert not folder.state.exists()
        assert TrainingConfig.model_validate_json(folder.config.read_text()) == other
        assert folder.model.exists()
        assert not is_finished(other, folder)  # it is that of the run before

    def test_what_is_held_out_does_not_depend_on_the_seed(self, config, root, fabric, monkeypatch):
        """A run that goes on from another one has learned nothing that it holds out."""
        seeds = []

        def recorded(pairs, share, seed):
            seeds.append(seed)
            return split_pairs(pairs, share, seed)

        monkeypatch.setattr(runs, "split_pairs", recorded)
        changed = config.model_copy(update={"seed": 3, "validation_seed": 5})
        next(run_training(changed, RunFolder(root / "run"), data_root=root, fabric=fabric))
        assert seeds == [5]

    def test_a_run_of_the_guidance_family(self, guided, root, fabric):
        folder = RunFolder(root / "run")
        events = list(run_training(guided, folder, data_root=root, fabric=fabric))
        assert [type(event) for event in events] == [StepDone, Validated, CheckpointDue]
        assert {event.stage for event in events[:2]} == {"guidance"}
        assert "iou@5" in events[1].metrics
        assert load_model(folder.model).card.architecture == guided.architecture
        assert load_training_state(folder.state).step == 1

    def test_fcn_8s_is_trained_from_coarse_to_fine(self, guided, root, fabric):
        network = FcnConfig(widths=(4, 4, 4, 4, 4), fc_channels=8)
        model = guided.architecture.model_copy(update={"network": network})
        config = guided.model_copy(update={"model": model, "validation_share": 0.0})
        folder = RunFolder(root / "run")
        events = run_training(config, folder, data_root=root, fabric=fabric)
        stages = [event.stage for event in events if isinstance(event, StepDone)]
        assert stages == ["stride-32", "stride-16", "stride-8"]
        assert is_finished(config, folder)
        weights = load_model(folder.model).model.state_dict()
        assert weights["network.score16.weight"].any()
        assert weights["network.score8.weight"].any()

    def test_no_data(self, config, root, fabric):
        with pytest.raises(FileNotFoundError, match="no data set at"):
            next(run_training(config, RunFolder(root / "run"), data_root=root / "x", fabric=fabric))


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
