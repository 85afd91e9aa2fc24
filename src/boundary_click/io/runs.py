"""A training run on disk: data in, checkpoints and metrics on the way, a model file at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric

import boundary_click
from boundary_click.benchmark.metrics import clicks_at_iou, iou_at_clicks
from boundary_click.benchmark.protocol import Plane, find_targets, run_benchmark, sample_targets
from boundary_click.engine.predictor import predictor_of
from boundary_click.engine.robot_user import RobotUser, styles_for
from boundary_click.io.atomic import written_whole
from boundary_click.io.checkpoint import (
    ModelCard,
    load_training_state,
    read_card,
    save_model,
    save_training_state,
)
from boundary_click.io.datasets import FolderSource, MixedSource, Pair, find_pairs, read_pair
from boundary_click.io.provenance import commit, cpu_name, device_name
from boundary_click.io.starting import initial_model
from boundary_click.models.build import Model
from boundary_click.training.config import TrainingConfig
from boundary_click.training.events import (
    CheckpointDue,
    Event,
    Stage,
    StepDone,
    TrainingState,
    Validated,
)
from boundary_click.training.loop import train

_VALIDATION_CLICKS = 5


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where a run keeps its files.

    Parameters
    ----------
    path : Path
    """

    path: Path

    @property
    def state(self) -> Path:
        """The latest checkpoint, to resume from."""
        return self.path / "state.safetensors"

    @property
    def metrics(self) -> Path:
        """Losses and validations as JSON lines."""
        return self.path / "metrics.jsonl"

    @property
    def config(self) -> Path:
        """The configuration of the run."""
        return self.path / "config.json"

    @property
    def model(self) -> Path:
        """The finished model."""
        return self.path / "model.safetensors"


@dataclass(frozen=True, slots=True)
class Split:
    """Pairs of one data set, by use."""

    training: tuple[Pair, ...]
    validation: tuple[Pair, ...]


def split_pairs(pairs: tuple[Pair, ...], share: float, seed: int) -> Split:
    """Hold a share of the images out, at least one if there are two.

    The split depends on the names and the seed alone.
    """
    held = 0 if share == 0 or len(pairs) < 2 else max(1, round(share * len(pairs)))
    order = np.random.default_rng(seed).permutation(len(pairs))
    return Split(
        tuple(pairs[i] for i in sorted(order[held:])), tuple(pairs[i] for i in sorted(order[:held]))
    )


def run_training(
    config: TrainingConfig,
    folder: RunFolder,
    *,
    data_root: Path,
    fabric: Fabric,
    weights_root: Path | None = None,
    resume: bool = True,
    workers: int = 0,
) -> Iterator[Event]:
    """Train a model, or go on with a run that was stopped.

    Parameters
    ----------
    config : TrainingConfig
    folder : RunFolder
        Made if it does not exist.
    data_root : Path
        Folder that the data paths of the configuration start from.
    fabric : Fabric
        Launched.
    weights_root : Path, optional
        Folder that the paths of ``start_from`` and ``backbone_weights`` start from, the
        working directory if not given.
    resume : bool
        Whether to go on from the folder's checkpoint, if it has one; if not, checkpoint,
        metrics and configuration of the run before are deleted.
    workers : int
        Processes that prepare samples of the first stage beside the training.

    Yields
    ------
    Event
        Checkpoints are written before they are yielded, the model file before the end.

    Raises
    ------
    ValueError
        If the data cannot be used, or the folder holds a run of another configuration.
    ImportError
        If ImageNet weights are asked for and not installed.
    """
    splits = _splits(config, data_root)
    sources = [FolderSource(split.training) for split in splits]
    source = MixedSource(sources, [data.weight for data in config.data])
    model = initial_model(config, weights_root=weights_root)
    if not resume:
        _clear(folder, fabric)
    _claim(folder, config, fabric)
    state = load_training_state(folder.state) if resume and folder.state.is_file() else None
    if state is not None:
        model.load_state_dict(state.average)
        if fabric.is_global_zero:
            _forget_after(folder, state, config.stages)
    metrics: dict[str, float] = dict(state.history[-1].metrics) if state and state.history else {}
    seconds = state.seconds if state else 0.0
    validate = validation(config, splits)
    events = train(model, config, source, validate, fabric=fabric, resume=state, workers=workers)
    for event in events:
        if fabric.is_global_zero:
            _record(folder, event)
        if isinstance(event, Validated):
            metrics = event.metrics
        if isinstance(event, CheckpointDue):
            seconds = event.state.seconds
        yield event
    if fabric.is_global_zero:
        card = _card(config, metrics, fabric, seconds)
        save_model(folder.model, model, card, is_half=True)


def is_finished(config: TrainingConfig, folder: RunFolder) -> bool:
    """Return whether a folder holds the model that a run would make.

    Raises
    ------
    ValueError
        If it holds a run of another configuration.
    """
    if not folder.model.is_file() or not folder.config.is_file():
        return False
    _check_same(folder, config)
    card = read_card(folder.model)  # it may be that of a run that was restarted otherwise
    try:
        told = {**card.training["configuration"], "model": card.architecture}
        made = TrainingConfig.model_validate(told)
    except (KeyError, TypeError, ValueError):
        return False
    return made == config.model_copy(update={"model": config.architecture})


def validation(
    config: TrainingConfig, splits: list[Split]
) -> Callable[[Model, Stage], dict[str, float]]:
    """Return a function that lets the simulated user try a model on held-out objects."""
    planes = [
        Plane(f"{index}/{pair.name}", partial(read_pair, pair))
        for index, split in enumerate(splits)
        for pair in split.validation
    ]
    seed = config.validation_seed
    targets = sample_targets(find_targets(planes), config.validation_objects, seed)

    def validate(model: Model, stage: Stage) -> dict[str, float]:
        if not targets:
            return {}
        device = next(model.parameters()).device
        predictor = predictor_of(model, name=config.name, device=device)
        cap = 1 if stage == "selection" else _VALIDATION_CLICKS
        robot = RobotUser(style=styles_for(predictor.click_kinds)[0])
        results = run_benchmark(targets, predictor, robot, seed=seed, cap=cap)
        ious = np.array([result.ious for result in results])
        curve = iou_at_clicks(ious)
        metrics = {f"iou@{k + 1}": float(value) for k, value in enumerate(curve)}
        if cap > 1:
            reached = clicks_at_iou(ious, 0.85)
            metrics["reached85"] = 1 - reached.failure_share
        return metrics

    return validate


def _splits(config: TrainingConfig, root: Path) -> list[Split]:
    return [
        split_pairs(find_pairs(root / data.path), config.validation_share, config.validation_seed)
        for data in config.data
    ]


def _clear(folder: RunFolder, fabric: Fabric) -> None:
    """Delete what a run before left, but for its finished model."""
    if fabric.is_global_zero:
        for path in (folder.state, folder.metrics, folder.config):
            path.unlink(missing_ok=True)
    fabric.barrier()


def _claim(folder: RunFolder, config: TrainingConfig, fabric: Fabric) -> None:
    """Write the configuration into a new run's folder, or check that of an old one."""
    if folder.config.is_file():
        _check_same(folder, config)
    elif fabric.is_global_zero:
        with written_whole(folder.config) as fresh:  # other processes may look at it already
            fresh.write_text(config.model_dump_json(indent=2), encoding="utf-8")
    fabric.barrier()


def _check_same(folder: RunFolder, config: TrainingConfig) -> None:
    begun = TrainingConfig.model_validate_json(folder.config.read_text(encoding="utf-8"))
    if begun != config:
        raise ValueError(
            f"{folder.path} holds a run of another configuration; choose another folder, or delete "
            "this one (boundary-click train does so with --restart)"
        )


def _forget_after(folder: RunFolder, state: TrainingState, stages: tuple[Stage, ...]) -> None:
    """Drop the metrics of steps after a checkpoint: they will be made again."""
    if not folder.metrics.is_file():
        return
    reached = stages.index(state.stage), state.step
    kept = [
        line
        for line in folder.metrics.read_text(encoding="utf-8").splitlines()
        if (stages.index((entry := json.loads(line))["stage"]), entry["step"]) <= reached
    ]
    folder.metrics.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")


def _record(folder: RunFolder, event: Event) -> None:
    """Keep what an event tells."""
    if isinstance(event, CheckpointDue):
        save_training_state(folder.state, event.state)
        return
    line: dict[str, Any] = {"event": type(event).__name__, "stage": event.stage, "step": event.step}
    if isinstance(event, StepDone):
        line |= {"loss": event.loss, "learning_rate": event.learning_rate, "seconds": event.seconds}
    else:
        line |= event.metrics
    with folder.metrics.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _card(
    config: TrainingConfig, metrics: dict[str, float], fabric: Fabric, seconds: float
) -> ModelCard:
    return ModelCard(
        name=config.name,
        architecture=config.architecture,
        description=config.description,
        licence=config.licence,
        data=tuple(f"{data.path} ({data.licence or 'licence not stated'})" for data in config.data),
        training={
            # The model's own configuration stands elsewhere in the card.
            "configuration": config.model_dump(mode="json", exclude={"model"}),
            "device": device_name(str(fabric.device)),
            "processes": fabric.world_size,
            "machine": cpu_name(),
            "commit": commit(),
            "torch": torch.__version__,
            "boundary_click": boundary_click.__version__,
            "seconds": round(seconds),
        },
        metrics=metrics,
    )
