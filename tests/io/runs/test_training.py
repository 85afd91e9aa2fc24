from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
import torch

from boundary_click.engine.two_in_one import TwoInOnePredictor
from boundary_click.io.checkpoint import (
    load_model,
    load_training_state,
)
from boundary_click.io.runs import split
from boundary_click.io.runs.claim import is_finished
from boundary_click.io.runs.control import Control, tell
from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.messages import Checkpoint, Stepped, Tried, Untried
from boundary_click.io.runs.record import summarise
from boundary_click.io.runs.training import run_training
from boundary_click.io.runs.trial import Trial
from boundary_click.models.config import FcnConfig
from boundary_click.training.config import (
    TrainingConfig,
)


class TestRun:
    def test_a_run_leaves_a_model_and_its_records(self, config, root, fabric):
        folder = RunFolder(root / "out" / "run")
        events = list(run_training(config, folder, data_root=root, fabric=fabric))
        assert [e.loss > 0 for e in events if isinstance(e, Stepped)] == [True] * 3
        tried = [e for e in events if isinstance(e, Tried)]
        assert [e.stage for e in tried] == ["selection", "refinement"]
        assert set(tried[-1].metrics) == {"clicks@85", "clicks@90", "reached@85", "iou@1"}

        loaded = load_model(folder.model)
        assert loaded.card.name == "tiny"
        assert loaded.card.data == ("disks (CC0-1.0)",)
        assert loaded.card.architecture == config.architecture
        best = [e for e in tried if e.is_best][-1]
        assert loaded.card.metrics == best.metrics
        assert best.metrics["clicks@85"] == min(e.metrics["clicks@85"] for e in tried)
        assert loaded.card.training["configuration"]["seed"] == 0

        lines = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
        assert [line["event"] for line in lines].count("step") == 3
        assert load_training_state(folder.state).stage == "refinement"
        assert TrainingConfig.model_validate_json(folder.config.read_text()) == config

    def test_a_run_that_was_stopped_goes_on(self, config, root, fabric):
        whole, parts = RunFolder(root / "whole"), RunFolder(root / "parts")
        expected = list(run_training(config, whole, data_root=root, fabric=fabric))
        begun = run_training(config, parts, data_root=root, fabric=fabric)
        losses = []
        for event in begun:
            losses += [event.loss] if isinstance(event, Stepped) else []
            if isinstance(event, Checkpoint):
                break
        begun.close()
        assert not parts.model.exists()
        assert summarise(parts).can_resume
        for event in run_training(config, parts, data_root=root, fabric=fabric):
            losses += [event.loss] if isinstance(event, Stepped) else []
        assert losses == [e.loss for e in expected if isinstance(e, Stepped)]
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
        first = next(event for event in begun if isinstance(event, Stepped))
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

        original = split.split_pairs

        def recorded(pairs, share, seed):
            seeds.append(seed)
            return original(pairs, share, seed)

        monkeypatch.setattr(split, "split_pairs", recorded)
        changed = config.model_copy(update={"seed": 3, "validation_seed": 5})
        next(run_training(changed, RunFolder(root / "run"), data_root=root, fabric=fabric))
        assert seeds == [5]

    def test_a_run_of_the_guidance_family(self, guided, root, fabric):
        folder = RunFolder(root / "run")
        events = list(run_training(guided, folder, data_root=root, fabric=fabric))
        kinds = [event.event for event in events]
        assert kinds == ["started", "step", "validated", "preview", "checkpoint", "finished"]
        assert {event.stage for event in events[1:5]} == {"guidance"}
        assert events[2].metrics["clicks@85"] <= 20
        assert load_model(folder.model).card.architecture == guided.architecture
        assert load_training_state(folder.state).step == 1

    def test_fcn_8s_is_trained_from_coarse_to_fine(self, guided, root, fabric):
        network = FcnConfig(widths=(4, 4, 4, 4, 4), fc_channels=8)
        model = guided.architecture.model_copy(update={"network": network})
        config = guided.model_copy(update={"model": model, "validation_share": 0.0})
        folder = RunFolder(root / "run")
        events = run_training(config, folder, data_root=root, fabric=fabric)
        stages = [event.stage for event in events if isinstance(event, Stepped)]
        assert stages == ["stride-32", "stride-16", "stride-8"]
        assert is_finished(config, folder)
        weights = load_model(folder.model).model.state_dict()
        assert weights["network.score16.weight"].any()
        assert weights["network.score8.weight"].any()

    def test_no_data(self, config, root, fabric):
        with pytest.raises(FileNotFoundError, match="no data set at"):
            next(run_training(config, RunFolder(root / "run"), data_root=root / "x", fabric=fabric))


def test_a_run_that_was_stopped_before_it_was_tried_goes_on(config, root, fabric):
    """What it was stopped with counts as the best so far."""
    folder = RunFolder(root / "run")
    seldom = config.model_copy(update={"validation_interval": 100})
    control = Control(folder)
    for event in run_training(seldom, folder, data_root=root, fabric=fabric, control=control):
        if isinstance(event, Stepped):
            tell(folder, "stop")
    assert event.is_early
    assert folder.best.is_file()
    assert not is_finished(seldom, folder)
    events = list(run_training(seldom, folder, data_root=root, fabric=fabric))
    best = min(event.after["clicks@85"], *(e.metrics["clicks@85"] for e in events if is_try(e)))
    assert events[-1].after["clicks@85"] == best
    assert is_finished(seldom, folder)


def is_try(event) -> bool:
    return isinstance(event, Tried)


class TestFullDisk:
    @pytest.fixture
    def full_after(self, monkeypatch):
        """Let the disk be full after so many checkpoints."""

        def full_after(count: int) -> None:
            original, written = Path.write_bytes, []

            def write_bytes(path, data):
                if path.name.startswith(".state"):
                    written.append(path)
                    if len(written) > count:
                        raise OSError(errno.ENOSPC, "No space left on device")
                return original(path, data)

            monkeypatch.setattr(Path, "write_bytes", write_bytes)

        return full_after

    def test_the_last_checkpoint_stays(self, config, root, fabric, full_after, monkeypatch):
        whole, folder = RunFolder(root / "whole"), RunFolder(root / "run")
        list(run_training(config, whole, data_root=root, fabric=fabric))
        full_after(1)
        with pytest.raises(OSError, match=r"cannot write .*state.*: the disk is full; free"):
            list(run_training(config, folder, data_root=root, fabric=fabric))
        assert summarise(folder).state == "failed"
        assert "the disk is full" in summarise(folder).message
        assert load_training_state(folder.state).step == 1
        assert not list(folder.path.glob(".state*"))
        monkeypatch.undo()
        list(run_training(config, folder, data_root=root, fabric=fabric))
        assert losses(folder) == losses(whole)
        assert summarise(folder).state == "finished"

    def test_metrics_say_so_too(self, config, root, fabric, monkeypatch):
        folder = RunFolder(root / "run")
        begun = run_training(config, folder, data_root=root, fabric=fabric)
        next(begun)
        folder.metrics.mkdir()
        with pytest.raises(OSError, match=r"cannot write .*metrics\.jsonl: "):
            list(begun)


def losses(folder: RunFolder) -> list[float]:
    return [line["loss"] for line in folder.read_metrics() if line["event"] == "step"]


def test_the_base_is_measured_before(config, root, fabric):
    """What a run starts from is tried on the same objects, and the card says which is better."""
    base, folder = RunFolder(root / "base"), RunFolder(root / "run")
    list(run_training(config, base, data_root=root, fabric=fabric))
    tuned = config.model_copy(update={"start_from": str(base.model), "keep_base": 0.5})
    events = list(run_training(tuned, folder, data_root=root, fabric=fabric))
    assert events[1].event == "validated"
    assert (events[1].step, events[1].is_best) == (0, False)
    card, last = load_model(folder.model).card, events[-1]
    assert card.training["before"] == last.before == events[1].metrics
    assert card.metrics == last.after
    assert card.training["warning"] == last.warning
    assert bool(last.warning) == (last.after["clicks@85"] > last.before["clicks@85"])
    assert folder.read_metrics()[0]["step"] == 0


class TestWhileAModelIsTried:
    """On held-out objects, which may take long."""

    def test_a_run_without_the_memory_for_it_goes_on(self, config, root, fabric, monkeypatch):
        def select(*_, **__):
            raise MemoryError

        base, folder = RunFolder(root / "base"), RunFolder(root / "run")
        list(run_training(config, base, data_root=root, fabric=fabric))
        monkeypatch.setattr(TwoInOnePredictor, "select", select)
        tuned = config.model_copy(update={"start_from": str(base.model)})
        events = list(run_training(tuned, folder, data_root=root, fabric=fabric))
        missed = [(e.stage, e.step) for e in events if isinstance(e, Untried)]
        assert missed == [("selection", 0), ("selection", 2), ("refinement", 1)]
        assert not any(map(is_try, events))
        assert sum(isinstance(event, Stepped) for event in events) == 3
        assert (events[-1].event, events[-1].after) == ("finished", {})
        assert events[-1].warning.startswith("not enough memory to try the model on held-out")
        assert load_model(folder.model).card.metrics == {}

    @pytest.mark.parametrize(("wish", "last"), [("stop", "finished"), ("leave", "left")])
    def test_a_word_is_heard_between_objects(self, config, root, fabric, monkeypatch, wish, last):
        folder, looks = RunFolder(root / "run"), []
        control = Control(folder)
        look = TwoInOnePredictor.select

        def select(*arguments, **options):
            tell(folder, wish)
            looks.append(wish)
            return look(*arguments, **options)

        monkeypatch.setattr(TwoInOnePredictor, "select", select)
        some = config.model_copy(update={"validation_clicks": 1})
        trial = Trial.measure
        monkeypatch.setattr(
            Trial, "measure", lambda self, model, **given: trial(twice(self), model, **given)
        )
        events = list(run_training(some, folder, data_root=root, fabric=fabric, control=control))
        assert events[-1].event == last
        assert len(looks) == 1
        assert not any(map(is_try, events))
        assert sum(isinstance(event, Stepped) for event in events) == 2
        assert load_training_state(folder.state).step == 2
        assert folder.model.is_file() == (last == "finished")
        if last == "finished":
            assert load_model(folder.model).card.metrics == {}


def twice(trial: Trial) -> Trial:
    """Let each object be tried twice."""
    trial.targets = trial.targets[:1] * 2
    return trial
