from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from boundary_click.io.checkpoint import load_training_state, save_training_state
from boundary_click.models.config import FcnConfig, RefinementConfig, TwoInOneConfig
from boundary_click.training.config import (
    DataConfig,
    GuidedStageConfig,
    RefinementStageConfig,
    SelectionStageConfig,
    TrainingConfig,
)
from boundary_click.training.events import BatchHalved, CheckpointDue, StepDone, Validated
from boundary_click.training.loop import train
from boundary_click.training.optimisation import OutOfMemoryError
from boundary_click.training.selection_task import SelectionTask

ADAMW = {"batch_size": 2, "learning_rate": 3e-3, "warmup_steps": 0, "average": 0.9}
SGD = ADAMW | {"optimizer": "sgd", "schedule": "constant"}


def configured(architecture, selection: dict, refinement: dict, **fields) -> TrainingConfig:
    return TrainingConfig(
        model=architecture,
        pretrained=False,
        data=(DataConfig(path="disks"),),
        selection=SelectionStageConfig(**selection),
        refinement=RefinementStageConfig(**refinement),
        **({"validation_interval": 1000, "checkpoint_interval": 1} | fields),
    )


@pytest.fixture
def run(build, source, fabric):
    def run(
        config: TrainingConfig, *, resume=None, validate=lambda model, stage, step: {}, stop=None
    ):
        """Return the model and the events, up to ``stop`` checkpoints."""
        model, events, due = build(config.architecture), [], 0
        for event in train(model, config, source, validate, fabric=fabric, resume=resume):
            events.append(event)
            due += isinstance(event, CheckpointDue)
            if due == stop:
                break
        return model, events

    return run


def losses(events) -> list[float]:
    return [event.loss for event in events if isinstance(event, StepDone)]


def same(first: torch.nn.Module, second: torch.nn.Module) -> bool:
    other = second.state_dict()
    return all(torch.equal(value, other[name]) for name, value in first.state_dict().items())


def test_the_loss_falls_in_both_stages(architecture, run):
    fast = ADAMW | {"steps": 40, "learning_rate": 1e-2}
    config = configured(architecture, fast, ADAMW | {"steps": 8}, checkpoint_interval=100)
    _, events = run(config)
    fallen = losses(events)
    assert all(map(math.isfinite, fallen))
    assert np.mean(fallen[30:40]) < 0.9 * np.mean(fallen[:10])
    assert len(fallen) == 48


def test_events_come_in_order(architecture, run):
    config = configured(
        architecture,
        ADAMW | {"steps": 3},
        ADAMW | {"steps": 2},
        checkpoint_interval=2,
        validation_interval=2,
    )
    _, events = run(config, validate=lambda model, stage, step: {"iou@1": 0.5})
    kinds = [(type(e).__name__, getattr(e, "stage", "")) for e in events]
    step, tried, due = "StepDone", "Validated", ("CheckpointDue", "")
    assert kinds == [
        *[(step, "selection")] * 2,
        (tried, "selection"),
        due,
        (step, "selection"),
        (tried, "selection"),
        due,
        *[(step, "refinement")] * 2,
        (tried, "refinement"),
        due,
    ]
    assert [(e.step, e.steps) for e in events if isinstance(e, StepDone)][:3] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]
    history = events[-1].state.history
    assert [(v.stage, v.step) for v in history] == [
        ("selection", 2),
        ("selection", 3),
        ("refinement", 2),
    ]


@pytest.mark.parametrize("stage", ["selection", "refinement"])
def test_only_the_network_of_the_stage_learns(architecture, run, build, stage):
    steps = {"selection": 0, "refinement": 0} | {stage: 2}
    config = configured(
        architecture, *(ADAMW | {"steps": steps[s]} for s in ("selection", "refinement"))
    )
    model, before = run(config)[0], build(config.architecture)
    assert same(model.selection, before.selection) == (stage == "refinement")
    assert same(model.refinement, before.refinement) == (stage == "selection")


def test_validation_sees_the_average_and_leaves_no_trace(architecture, run):
    seen = []

    def validate(model, stage, step):
        assert not model.training
        seen.append(model.selection.classifier.bias.clone())
        return {}

    often = configured(architecture, ADAMW | {"steps": 3}, {"steps": 0}, validation_interval=1)
    seldom = often.model_copy(update={"validation_interval": 1000})
    _, events = run(often, validate=validate)
    assert losses(events) == losses(run(seldom)[1])
    state = events[-1].state
    torch.testing.assert_close(seen[-1], state.average["selection.classifier.bias"])
    assert not torch.equal(seen[-1], seen[-2])


@pytest.mark.parametrize("options", [ADAMW | {"warmup_steps": 2}, SGD])
@pytest.mark.parametrize("stop", [1, 3, 4])
def test_a_resumed_run_is_an_uninterrupted_one(architecture, run, tmp_path, options, stop):
    """In the first stage, at its end, and in the second, through a file."""
    config = configured(architecture, options | {"steps": 3}, options | {"steps": 2})
    whole, events = run(config)
    _, begun = run(config, stop=stop)
    save_training_state(tmp_path / "state.safetensors", begun[-1].state)
    resume = load_training_state(tmp_path / "state.safetensors")
    resumed, rest = run(config, resume=resume)
    assert losses(begun) + losses(rest) == pytest.approx(losses(events), abs=0)
    assert same(resumed, whole)
    assert events[-1].state.history == rest[-1].state.history


@pytest.mark.parametrize("network", [FcnConfig(widths=(4,) * 5, fc_channels=8, dropout=0.5), None])
@pytest.mark.parametrize("stop", [1, 2, 3])
def test_a_resumed_run_of_the_guidance_family(guided_architecture, run, tmp_path, network, stop):
    """In the first of three strides, at its end, and in the second; dropout included."""
    if network is None:
        network, steps = guided_architecture.network, 4
    else:
        steps = 2
    config = TrainingConfig(
        model=guided_architecture.model_copy(update={"network": network}),
        data=(DataConfig(path="disks"),),
        validation_interval=100,
        checkpoint_interval=1,
        guidance=GuidedStageConfig(**ADAMW | {"steps": steps, "batch_size": 2}),
    )
    whole, events = run(config)
    _, begun = run(config, stop=stop)
    save_training_state(tmp_path / "state.safetensors", begun[-1].state)
    torch.rand(3)  # whatever else is drawn meanwhile
    resumed, rest = run(config, resume=load_training_state(tmp_path / "state.safetensors"))
    assert losses(begun) + losses(rest) == pytest.approx(losses(events), abs=0)
    assert same(resumed, whole)


@pytest.mark.slow
def test_workers_change_nothing_but_the_speed(architecture, build, source, fabric):
    config = configured(architecture, ADAMW | {"steps": 3}, ADAMW | {"steps": 1})

    def trained(workers: int) -> torch.nn.Module:
        model = build(config.architecture)
        for _ in train(model, config, source, lambda *_: {}, fabric=fabric, workers=workers):
            pass
        return model

    assert same(trained(0), trained(2))


class TestMemory:
    """A task that runs out of memory for more than some objects at once."""

    @pytest.fixture
    def limited(self, monkeypatch):
        def limited(most: int, error: Exception) -> None:
            original = SelectionTask.forward

            def forward(task, batch):
                if len(batch.image) > most:
                    raise error
                return original(task, batch)

            monkeypatch.setattr(SelectionTask, "forward", forward)

        return limited

    @pytest.mark.parametrize(
        "error",
        [
            MemoryError(),
            torch.cuda.OutOfMemoryError("CUDA out of memory."),
            RuntimeError(
                "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
            ),
        ],
    )
    def test_the_batch_is_learned_in_parts(self, architecture, run, limited, error):
        config = configured(architecture, ADAMW | {"steps": 2, "batch_size": 4}, {"steps": 0})
        expected = losses(run(config)[1])
        limited(1, error)
        _, events = run(config)
        halved = [event for event in events if isinstance(event, BatchHalved)]
        assert [(event.step, event.batch_size) for event in halved] == [(0, 2), (0, 1)]
        # Dice is that of each object and the weights are those of the batch: alike, not the same.
        assert losses(events) == pytest.approx(expected, rel=0.2)

    def test_not_enough_for_one_object(self, architecture, run, limited):
        limited(0, MemoryError())
        config = configured(architecture, ADAMW | {"steps": 1, "batch_size": 2}, {"steps": 0})
        with pytest.raises(OutOfMemoryError, match="not enough memory to learn from one object"):
            run(config)

    def test_another_error_is_passed_on(self, architecture, run, limited):
        limited(0, RuntimeError("shapes differ"))
        config = configured(architecture, ADAMW | {"steps": 1}, {"steps": 0})
        with pytest.raises(RuntimeError, match="shapes differ"):
            run(config)


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_the_result_lies_between_base_and_trained_weights(architecture, run, build, share):
    config = configured(architecture, ADAMW | {"steps": 3}, {"steps": 0})
    mixed = config.model_copy(update={"keep_base": share, "start_from": "base"})
    trained, result = run(config)[0].state_dict(), run(mixed)[0].state_dict()
    for name, base in build(architecture).state_dict().items():
        if base.is_floating_point():
            expected = share * base + (1 - share) * trained[name]
            torch.testing.assert_close(result[name], expected)


def test_a_resumed_run_knows_its_base(architecture, run):
    config = configured(
        *(architecture, ADAMW | {"steps": 3}, ADAMW | {"steps": 2}),
        keep_base=0.4,
        start_from="base",
    )
    whole, _ = run(config)
    for stop in (1, 3, 4):
        _, begun = run(config, stop=stop)
        resumed, _ = run(config, resume=begun[-1].state)
        assert same(resumed, whole)


def test_a_checkpoint_can_be_asked_for(architecture, build, source, fabric):
    config = configured(
        *(architecture, ADAMW | {"steps": 4}, {"steps": 0}), checkpoint_interval=100
    )
    wishes = iter([False, True, False])
    events = train(
        *(build(architecture), config, source, lambda *_: {}),
        fabric=fabric,
        is_due=lambda: next(wishes, False),
    )
    assert [e.state.step for e in events if isinstance(e, CheckpointDue)] == [2, 4]


def test_closing_the_generator_stops_the_run(architecture, source, fabric, build):
    config = configured(architecture, ADAMW | {"steps": 1000}, {"steps": 0})
    model = build(config.architecture)
    events = train(model, config, source, lambda model, stage, step: {}, fabric=fabric)
    assert isinstance(next(events), StepDone)
    events.close()
    assert list(events) == []


def test_the_learning_rate_warms_up_and_falls(architecture, run):
    config = configured(
        architecture,
        ADAMW | {"steps": 6, "warmup_steps": 2, "batch_size": 1},
        {"steps": 0},
        checkpoint_interval=100,
    )
    rates = [e.learning_rate for e in run(config)[1] if isinstance(e, StepDone)]
    assert rates[0] == pytest.approx(1.5e-3)
    assert max(rates) <= 3e-3
    assert rates[1:] == sorted(rates[1:], reverse=True)
    assert rates[-1] < 1e-3


class TestPaper:
    """The published recipe, on tiny networks."""

    @pytest.fixture
    def paper(self, architecture) -> TwoInOneConfig:
        head = RefinementConfig(head="plain", planes=("boundary",), channels=(8, 8), roi_size=32)
        selection = architecture.selection.model_copy(
            update={"backbone": "resnet18", "decoder": False}
        )
        return architecture.model_copy(update={"refinement": head, "selection": selection})

    @pytest.mark.parametrize("loss", ["boundary-aware", "class-balanced"])
    @pytest.mark.parametrize(
        ("planes", "signed_share"), [(("boundary",), 0.0), (("positive", "negative"), 1.0)]
    )
    def test_it_trains(self, paper, run, build, loss, planes, signed_share):
        sgd = SGD | {"learning_rate": 1e-6, "average": 0.0, "steps": 2}
        head = paper.refinement.model_copy(update={"planes": planes})
        config = configured(
            paper.model_copy(update={"refinement": head}),
            sgd | {"loss": loss, "reduction": "sum"},
            sgd | {"iterative": False, "iou_range": (0.2, 0.6), "signed_share": signed_share},
        )
        model, events = run(config)
        assert all(map(math.isfinite, losses(events)))
        assert losses(events)[0] > 100  # a sum over pixels
        assert not same(model.refinement, build(config.architecture).refinement)
        steps = [e for e in events if isinstance(e, StepDone)]
        assert {e.learning_rate for e in steps} == {1e-6}
        assert isinstance(events[-2], Validated)


@pytest.mark.parametrize("freeze_norms", [True, False])
def test_frozen_norms_keep_their_statistics(architecture, run, build, freeze_norms):
    options = ADAMW | {"steps": 3, "freeze_norms": freeze_norms, "average": 0.0}
    config = configured(architecture, options, ADAMW | {"steps": 0}, validation_interval=1)
    before = build(architecture).selection.state_dict()
    model, _ = run(config)
    after = model.selection.state_dict()
    kept = [torch.equal(before[name], after[name]) for name in before if "running" in name]
    assert kept
    assert all(kept) if freeze_norms else not any(kept)
    norms = [name for name in before if name.endswith("bn1.weight") or ".1.weight" in name]
    assert any(not torch.equal(before[name], after[name]) for name in norms)
