from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from boundary_click.io import runs
from boundary_click.io.checkpoint import (
    load_model,
    load_training_state,
)
from boundary_click.io.datasets import Pair
from boundary_click.io.runs import RunFolder, is_finished, run_training, split_pairs
from boundary_click.models.config import FcnConfig
from boundary_click.training.config import (
    TrainingConfig,
)
from boundary_click.training.events import CheckpointDue, StepDone, Validated


def pairs(*names: str) -> tuple[Pair, ...]:
    return tuple(Pair(Path("images", n), Path("labels", n)) for n in names)


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
