"""A training run on disk: data in, checkpoints and metrics on the way, a model file at the end."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from boundary_click.io.checkpoint import (
    ModelCard,
    load_model,
    load_training_state,
    save_model,
    save_training_state,
)
from boundary_click.io.runs.card import card_of
from boundary_click.io.runs.claim import claim
from boundary_click.io.runs.control import Control, Wish
from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.messages import (
    Checkpoint,
    Finished,
    Halved,
    Left,
    Message,
    Paused,
    Preview,
    Started,
    Stepped,
    Tried,
    Untried,
    WentOn,
)
from boundary_click.io.runs.pace import Pace
from boundary_click.io.runs.record import Recorder, refuse_if_running
from boundary_click.io.runs.split import RunData, read_data
from boundary_click.io.runs.trial import Outcome, Trial, is_better
from boundary_click.io.starting import initial_model
from boundary_click.models.build import Model
from boundary_click.training.config import TrainingConfig
from boundary_click.training.events import (
    BatchHalved,
    CheckpointDue,
    Event,
    Stage,
    StepDone,
    TrainingState,
    Validated,
)
from boundary_click.training.loop import train


def run_training(
    config: TrainingConfig,
    folder: RunFolder,
    *,
    data_root: Path,
    fabric: Fabric,
    weights_root: Path | None = None,
    resume: bool = True,
    workers: int = 0,
    control: Control | None = None,
) -> Iterator[Message]:
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
        Whether to go on from the folder's checkpoint, if it has one; if not, what the run
        before left is deleted but for its model.
    workers : int
        Processes that prepare samples of the first stage beside the training.
    control : Control, optional
        What the run is asked to do; nothing can be asked if not given, nor of several processes.

    Yields
    ------
    Message
        Checkpoints are written before they are yielded, the model file before the end. Only
        the first of several processes yields any.

    Raises
    ------
    ValueError
        If the data cannot be used, or the folder holds a run of another configuration or one
        that another process trains.
    ImportError
        If ImageNet weights are asked for and not installed.
    OutOfMemoryError
        If there is not enough memory for one object at a time.
    OSError
        If the disk is full, for instance; the checkpoint before stays.
    """
    data = read_data(config, data_root)
    model = initial_model(config, weights_root=weights_root)
    if fabric.is_global_zero:
        refuse_if_running(folder)
        if not resume:
            folder.clear()
    fabric.barrier()
    claim(folder, config, fabric)
    state = load_training_state(folder.state) if folder.state.is_file() else None
    if not fabric.is_global_zero:
        others: dict[str, Any] = {"fabric": fabric, "resume": state, "workers": workers}
        deque(train(model, config, data.source, lambda *_: {}, **others), maxlen=0)
        return
    run = _Run(config, folder, model, data, fabric, control if fabric.world_size == 1 else None)
    with run.recorder.running():
        yield from run.messages(state, workers)


class _Run:
    """A run, as its first process sees it."""

    def __init__(
        self,
        config: TrainingConfig,
        folder: RunFolder,
        model: Model,
        data: RunData,
        fabric: Fabric,
        control: Control | None,
    ) -> None:
        self.config, self.folder, self.model, self.data = config, folder, model, data
        self.fabric, self.control = fabric, control
        self.recorder = Recorder(folder, config.name)
        self.trial = Trial(config, data.held_out)
        self.outcome = Outcome({})
        self.steps: dict[str, int] = {s: config.options_of(s).steps for s in config.stages}
        self.pace = Pace(self.steps, config.validation_interval)
        self.seconds = 0.0
        self.was_best = False
        self.pictures: tuple[Path, ...] = ()

    def messages(self, state: TrainingState | None, workers: int) -> Iterator[Message]:
        """Train to the end, or to where the run is asked to stop."""
        yield self._started()
        self._forget_after(state)
        yield from self._before(state)
        self.seconds = state.seconds if state else 0.0
        wish: Wish = "go on"
        events = train(
            self.model,
            self.config,
            self.data.source,
            self._validate,
            fabric=self.fabric,
            resume=state,
            workers=workers,
            is_due=lambda: self._wish != "go on",
        )
        for event in events:
            yield from self._told(event)
            if isinstance(event, CheckpointDue):
                wish = yield from self._heard()
                if wish != "go on":
                    break
        events.close()  # type: ignore[attr-defined]  # the model then holds its result so far
        if wish == "leave":
            self.recorder.note(state="stopped")
            yield Left()
        else:
            yield self._finished(is_early=wish == "stop")

    @property
    def _wish(self) -> Wish:
        return self.control.wish if self.control else "go on"

    def _heard(self) -> Generator[Message, None, Wish]:
        """Wait as long as the run is asked to pause; return what it is asked to do then."""
        if self.control and self.control.wish == "pause":
            self.recorder.note(state="paused")
            yield Paused()
            self.control.wait()
            self.recorder.note(state="running")
            yield WentOn()
        return self._wish

    def _started(self) -> Started:
        return Started(
            folder=str(self.folder.path),
            device=str(self.fabric.device),
            stages=self.steps,
            parameters=sum(p.numel() for p in self.model.parameters()),
            training_objects=self.data.count,
            validation_objects=len(self.trial.targets),
        )

    def _before(self, state: TrainingState | None) -> Iterator[Message]:
        """Measure the model that the run starts from, once."""
        is_done = state is not None and bool(self.recorder.record.before)
        if is_done or self.config.start_from is None or not self.trial.targets:
            return
        model = self.model.eval().to(self.fabric.device)
        self.outcome = self._measured(model)
        self.recorder.note(before=self.outcome.metrics)
        stage = self.config.stages[0]
        self._draw(model, stage, 0)
        yield from self._tried(Validated(stage, 0, self.outcome.metrics))

    def _validate(self, model: Model, stage: Stage, step: int) -> dict[str, float]:
        """Try a model, and keep it if it is the best so far."""
        began = time.perf_counter()
        self.outcome = self._measured(model)
        metrics = self.outcome.metrics
        self.was_best = bool(metrics) and is_better(metrics, self.recorder.record.best)
        if self.was_best:
            self._keep(model, metrics)
        self._draw(model, stage, step)
        if metrics:
            self.pace.validated(time.perf_counter() - began)
        return metrics

    def _draw(self, model: Model, stage: Stage, step: int) -> None:
        """Draw held-out objects, if the model was tried on them."""
        self.pictures = ()
        if self.outcome.metrics:
            self.pictures = self.trial.draw(model, self.folder.previews, f"{stage}-{step:06d}")

    def _measured(self, model: Model, *, unless: tuple[Wish, ...] = ("stop", "leave")) -> Outcome:
        """Try a model, unless the run is asked to end before or meanwhile."""
        return self.trial.measure(model, has_to_end=lambda: self._wish in unless)

    def _keep(self, model: Model, metrics: dict[str, float]) -> None:
        """Store the best model so far."""
        save_model(self.folder.best, model, self._card(metrics, is_early=True), is_half=True)
        self.recorder.note(best=metrics)

    def _told(self, event: Event) -> Iterator[Message]:
        """Keep what an event says, and pass it on."""
        if isinstance(event, CheckpointDue):
            save_training_state(self.folder.state, event.state)
            self.seconds = event.state.seconds
            yield Checkpoint(stage=event.state.stage, step=event.state.step)
        elif isinstance(event, BatchHalved):
            yield Halved(stage=event.stage, step=event.step, batch_size=event.batch_size)
        elif isinstance(event, StepDone):
            yield self._stepped(event)
        else:
            yield from self._tried(event)

    def _stepped(self, event: StepDone) -> Stepped:
        self.pace.stepped(event.stage, event.seconds)
        message = Stepped(
            **asdict(event), seconds_left=self.pace.seconds_left(event.stage, event.step)
        )
        self.folder.add_metrics(message.model_dump(exclude={"seconds_left"}))
        return message

    def _tried(self, event: Validated) -> Iterator[Message]:
        at: dict[str, Any] = {"stage": event.stage, "step": event.step}
        if self.outcome.problem:
            yield Untried(**at, problem=self.outcome.problem)
        if not event.metrics and self.trial.targets:
            return
        self.folder.add_metrics({"event": "validated", **at, **event.metrics})
        yield Tried(**at, metrics=event.metrics, is_best=self.was_best)
        if self.pictures:
            yield Preview(**at, paths=tuple(map(str, self.pictures)))

    def _finished(self, *, is_early: bool) -> Finished:
        """Write the best model, or, where none was tried, what the run ends with."""
        metrics = self.recorder.record.best
        if not metrics and self.trial.targets:
            if not self.outcome.is_broken_off:  # or else the end would wait for another trial
                self.outcome = self._measured(self.model.eval(), unless=("leave",))
            metrics = self.outcome.metrics
            self._keep(self.model, metrics)
        elif metrics:
            self.model.load_state_dict(load_model(self.folder.best).model.state_dict())
        card = self._card(metrics, is_early=is_early)
        save_model(self.folder.model, self.model, card, is_half=True)
        self.recorder.note(state="stopped" if is_early else "finished")
        return Finished(
            model=str(self.folder.model),
            before=self.recorder.record.before,
            after=metrics,
            warning=card.training["warning"] or ("" if metrics else self.outcome.problem),
            is_early=is_early,
        )

    def _card(self, metrics: dict[str, float], *, is_early: bool) -> ModelCard:
        return card_of(
            self.config,
            self.fabric,
            metrics=metrics,
            before=self.recorder.record.before,
            seconds=self.seconds,
            is_early=is_early,
        )

    def _forget_after(self, state: TrainingState | None) -> None:
        """Drop what came after a checkpoint, or all without one: it will be made again."""
        if state is None:
            self.folder.best.unlink(missing_ok=True)
            self.recorder.note(best={})
        reached = (state.stage, state.step) if state else None
        self.folder.forget_metrics(self.config.stages, after=reached)
