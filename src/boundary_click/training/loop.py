"""The training loop: a generator of events that can be stopped and resumed at any step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from boundary_click.engine.robot_user import RobotUser
from boundary_click.models.build import Model, TwoInOne
from boundary_click.models.guided_fcn import FcnStride
from boundary_click.training.augmentation import Augmenter
from boundary_click.training.batches import Batches, Feed
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
from boundary_click.training.guided_task import GuidedTask
from boundary_click.training.modes import set_learning
from boundary_click.training.optimisation import is_out_of_memory, learning_rate, optimizer_of
from boundary_click.training.refinement_task import RefinementTask
from boundary_click.training.samples import Sampler, SampleSource
from boundary_click.training.selection_task import SelectionTask

Validate = Callable[[Model, Stage, int], dict[str, float]]
"""Tries a model on held-out objects after a step of a stage, and returns metrics by name."""

Task = SelectionTask | RefinementTask | GuidedTask


def train(
    model: Model,
    config: TrainingConfig,
    source: SampleSource,
    validate: Validate,
    *,
    fabric: Fabric,
    resume: TrainingState | None = None,
    workers: int = 0,
    is_due: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Train all stages of a model in place.

    Parameters
    ----------
    model : TwoInOne or Guided
        As the run starts. At the end, or once the generator is closed, it holds the averaged
        weights of each stage, and the configured share of those that it started with.
    config : TrainingConfig
    source : SampleSource
        Objects to learn.
    validate : callable
        Called on the first process every ``validation_interval`` steps.
    fabric : Fabric
        Launched; carries the device, the precision and the number of processes.
    resume : TrainingState, optional
        Where to go on. The course is then that of an uninterrupted run, since every
        sample is drawn from the seed and its place in the run.
    workers : int
        Processes that draw samples beside the training, where a stage allows it.
    is_due : callable
        Asked after each step whether the state should be stored, beside the regular interval.

    Yields
    ------
    Event
        Closing the generator stops the run.

    Raises
    ------
    OutOfMemoryError
        If there is not enough memory for one object at a time.
    """
    base = {name: value.clone() for name, value in model.state_dict().items()}
    fabric.to_device(model)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    history = resume.history if resume else ()
    seconds = resume.seconds if resume else 0.0
    stages = config.stages
    for stage in stages:
        if resume is not None and stages.index(stage) < stages.index(resume.stage):
            continue
        here = resume if resume is not None and resume.stage == stage else None
        run = _StageRun(model, config, stage, fabric, history, seconds, base)
        feed = Feed(run.batches(source), workers=workers)
        yield from run.events(feed, validate, is_due, here)
        history, seconds = run.history, run.seconds
        resume = None if here is not None else resume


class _StageRun:
    """One stage: optimiser, schedule, moving average."""

    def __init__(
        self,
        model: Model,
        config: TrainingConfig,
        stage: Stage,
        fabric: Fabric,
        history: tuple[Validated, ...],
        seconds: float,
        base: Mapping[str, Tensor],
    ) -> None:
        self.model, self.config, self.stage, self.fabric = model, config, stage, fabric
        self.history, self.seconds = history, seconds
        self.options = config.options_of(stage)
        self.task = _task(model, config, stage)
        self.prefix = "network." if isinstance(self.task, GuidedTask) else f"{stage}."
        self.base = _with_prefix(base, self.prefix)
        self.average = AveragedModel(
            self.task.network,
            multi_avg_fn=get_ema_multi_avg_fn(self.options.average),  # type: ignore[no-untyped-call]
            use_buffers=True,
        )

    def events(
        self,
        feed: Feed,
        validate: Validate,
        is_due: Callable[[], bool],
        resume: TrainingState | None,
    ) -> Iterator[Event]:
        options = self.options
        if not options.steps:
            return
        optimizer: Any = optimizer_of(self.task.network, options)
        start = self._restore(resume, optimizer) if resume else 0
        task, optimizer = self.fabric.setup(self.task, optimizer)
        set_learning(self.task.network, options)
        try:
            for step in range(start, options.steps):
                began = time.perf_counter()
                rate = learning_rate(step, options)
                for group in optimizer.param_groups:
                    group["lr"] = rate
                while (loss := self._gradient(task, optimizer, feed, step)) is None:
                    feed.halve(step)
                    yield BatchHalved(self.stage, step, feed.largest)
                if options.clip_norm:
                    self.fabric.clip_gradients(task, optimizer, max_norm=options.clip_norm)
                optimizer.step()
                self._update_average(step)
                seconds = time.perf_counter() - began
                self.seconds += seconds
                yield StepDone(self.stage, step + 1, options.steps, loss, rate, seconds)
                yield from self._after_step(step + 1, optimizer, validate, is_due)
        finally:
            self.task.network.load_state_dict(self._result())

    def _gradient(self, task: Any, optimizer: Any, feed: Feed, step: int) -> float | None:
        """Accumulate the gradient of a batch; return its loss, None if memory ran out.

        The gradients of several processes are averaged, so that sums are enlarged before.
        """
        optimizer.zero_grad()
        total, processes = 0.0, self.fabric.world_size
        try:
            parts = list(feed.parts(step, self.options.steps))
            with self._seeded(step):
                for batch, share in parts:
                    loss = task(batch) * (share if self.options.reduction == "mean" else processes)
                    self.fabric.backward(loss)
                    total += loss.item()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error) or processes > 1:
                raise
            return None
        if processes == 1:
            return total
        mean: Any = self.fabric.all_reduce(torch.tensor(total, device=self.fabric.device))
        return float(mean)

    def batches(self, source: SampleSource) -> Batches:
        sampler = Sampler(
            source,
            self.model.config,
            self.config.windows,
            Augmenter(self.config.augmentation),
            RobotUser(jitter=self._click_jitter),
        )
        size, rank = self.options.batch_size, self.fabric.global_rank
        return Batches(self.task.source(sampler), size, self._key, rank)

    @contextmanager
    def _seeded(self, step: int) -> Iterator[None]:
        """Let what a network draws itself, in dropout, depend on the place in the run alone."""
        device = self.fabric.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            seeds = np.random.SeedSequence((*self._key, step, self.fabric.global_rank))
            torch.manual_seed(int(seeds.generate_state(1)[0]))
            yield

    @property
    def _key(self) -> tuple[int, int]:
        """What everything random in the stage is drawn from."""
        return self.config.seed, self.config.stages.index(self.stage)

    @property
    def _click_jitter(self) -> float:
        """Noise of the selection click; a head learns on what the selection network learned on."""
        is_guided = isinstance(self.task, GuidedTask)
        return (self.config.guidance if is_guided else self.config.selection).click_jitter

    def _update_average(self, step: int) -> None:
        if self.options.average and step >= self.options.warmup_steps:
            self.average.update_parameters(self.task.network)
        else:
            self.average.module.load_state_dict(self.task.network.state_dict())

    def _averaged(self) -> dict[str, Any]:
        return self.average.module.state_dict()

    def _result(self) -> dict[str, Any]:
        """Return the weights that the stage ends with."""
        averaged, share = self._averaged(), self.config.keep_base
        if not share:
            return averaged
        return averaged | {
            name: value.lerp(self.base[name].to(value), share)
            for name, value in averaged.items()
            if value.is_floating_point()
        }

    def _after_step(
        self, step: int, optimizer: Any, validate: Validate, is_due: Callable[[], bool]
    ) -> Iterator[Event]:
        is_last = step == self.options.steps
        if step % self.config.validation_interval == 0 or is_last:
            if self.fabric.is_global_zero:
                event = Validated(self.stage, step, self._validated(validate, step))
                self.history += (event,)
                yield event
            self.fabric.barrier()
        if step % self.config.checkpoint_interval == 0 or is_last or is_due():
            yield CheckpointDue(self._state(step, optimizer))

    def _validated(self, validate: Validate, step: int) -> dict[str, float]:
        """Validate the weights to end with in the place of the trained ones."""
        network = self.task.network
        trained = {name: value.clone() for name, value in network.state_dict().items()}
        network.load_state_dict(self._result())
        self.model.eval()
        metrics = validate(self.model, self.stage, step)
        network.load_state_dict(trained)
        set_learning(network, self.options)
        return metrics

    def _state(self, step: int, optimizer: Any) -> TrainingState:
        # Copies: the model goes on to change, at the latest when the generator is closed.
        weights = {name: value.clone() for name, value in self.model.state_dict().items()}
        average = weights | {self.prefix + k: v.clone() for k, v in self._averaged().items()}
        return TrainingState(
            stage=self.stage,
            step=step,
            weights=weights,
            average=average,
            optimizer=optimizer.state_dict(),
            history=self.history,
            seconds=self.seconds,
        )

    def _restore(self, state: TrainingState, optimizer: torch.optim.Optimizer) -> int:
        self.model.load_state_dict(state.weights)
        self.average.module.load_state_dict(_with_prefix(state.average, self.prefix))
        self.average.n_averaged.fill_(int(state.step > self.options.warmup_steps))
        optimizer.load_state_dict(state.optimizer)
        return state.step


def _task(model: Model, config: TrainingConfig, stage: Stage) -> Task:
    """Return what a stage trains."""
    if not isinstance(model, TwoInOne):
        return GuidedTask(model, config.guidance, stride=_STRIDES.get(stage))
    if stage == "selection":
        return SelectionTask(model, config.selection)
    return RefinementTask(model, config.refinement)


def _with_prefix(weights: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


_STRIDES: dict[Stage, FcnStride] = {"stride-32": 32, "stride-16": 16, "stride-8": 8}
