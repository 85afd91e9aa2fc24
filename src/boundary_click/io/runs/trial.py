"""Trying a model on held-out objects: how many clicks they take, and how their masks look."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from boundary_click.benchmark.metrics import clicks_at_iou, iou_at_clicks
from boundary_click.benchmark.protocol import (
    ObjectResult,
    Target,
    run_benchmark,
    sample_targets,
)
from boundary_click.engine.predictor import predictor_of
from boundary_click.engine.robot_user import RobotUser, styles_for
from boundary_click.io.runs.previews import write_preview
from boundary_click.models.build import Model
from boundary_click.training.config import TrainingConfig
from boundary_click.training.optimisation import is_out_of_memory, tells_of_memory

_GOAL = 0.9
"""IoU at which an object is right."""
_PREVIEWS = 4


_NO_MEMORY = (
    "not enough memory to try the model on held-out objects, so that it was not measured; close "
    "other programs, or set a smaller batch_size"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of trying a model.

    Attributes
    ----------
    metrics : dict of float
        By name; none if there is no object to try, or it was not tried to the end.
    is_broken_off : bool
        Whether the run was asked to end meanwhile.
    problem : str
        Why the model could not be tried and what to do, empty if it could.
    """

    metrics: dict[str, float]
    is_broken_off: bool = False
    problem: str = ""


class Trial:
    """Lets the simulated user try models on the same objects.

    Parameters
    ----------
    config : TrainingConfig
        How many objects, how many clicks, and the seed of both.
    held_out : sequence of Target
        Objects to draw from.
    """

    def __init__(self, config: TrainingConfig, held_out: Sequence[Target]) -> None:
        self._config = config
        seed = config.validation_seed
        self.targets = sample_targets(held_out, config.validation_objects, seed)

    def measure(self, model: Model, *, has_to_end: Callable[[], bool] = lambda: False) -> Outcome:
        """Try a model; it is no error if memory runs out.

        Parameters
        ----------
        model : TwoInOne or Guided
        has_to_end : callable
            Asked before each object whether to break off.
        """
        try:
            results = list(self._results(model, has_to_end))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return Outcome({}, problem=_NO_MEMORY)
        if any(tells_of_memory(result.error) for result in results):
            return Outcome({}, problem=_NO_MEMORY)
        if len(results) < len(self.targets):
            return Outcome({}, is_broken_off=True)
        return Outcome(_metrics(results) if results else {})

    def _results(self, model: Model, has_to_end: Callable[[], bool]) -> Iterator[ObjectResult]:
        """Yield what becomes of each object, up to where the run has to end or memory runs out."""
        predictor = predictor_of(model, name=self._config.name, device=_device(model))
        robot = RobotUser(style=styles_for(predictor.click_kinds)[0])
        seed, cap = self._config.validation_seed, self._config.validation_clicks
        results = run_benchmark(self.targets, predictor, robot, seed=seed, cap=cap, goal=_GOAL)
        while not has_to_end() and (result := next(results, None)) is not None:
            yield result
            if tells_of_memory(result.error):
                return

    def draw(self, model: Model, folder: Path, stem: str) -> tuple[Path, ...]:
        """Write pictures of a few objects, and return their paths; their names begin with a stem.

        An object without contrast, on which no click can be made, has none, and none has one once
        memory runs out.
        """
        predictor = predictor_of(model, name=self._config.name, device=_device(model))
        written = []
        chosen = self.targets[:: max(1, len(self.targets) // _PREVIEWS)][:_PREVIEWS]
        for number, target in enumerate(chosen):
            path = folder / f"{stem}-{number}.png"
            try:
                if write_preview(path, target, predictor):
                    written.append(path)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                break
        return tuple(written)


def _metrics(results: list[ObjectResult]) -> dict[str, float]:
    ious = np.array([result.ious for result in results])
    reached = clicks_at_iou(ious, 0.85)
    return {
        "clicks@85": reached.mean,
        "clicks@90": clicks_at_iou(ious, _GOAL).mean,
        "reached@85": 1 - reached.failure_share,
        "iou@1": float(iou_at_clicks(ious)[0]),
    }


def is_better(metrics: dict[str, float], than: dict[str, float]) -> bool:
    """Return whether a model takes fewer clicks to 85 % IoU, or as many with a better first mask.

    Any is better than one without metrics.
    """
    return not than or _rank(metrics) < _rank(than)


def _rank(metrics: dict[str, float]) -> tuple[float, float]:
    return metrics["clicks@85"], -metrics["iou@1"]


def _device(model: Model) -> torch.device:
    return next(model.parameters()).device
