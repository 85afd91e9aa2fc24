"""Trying a model on held-out objects: how many clicks they take, and how their masks look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from boundary_click.benchmark.metrics import clicks_at_iou, iou_at_clicks
from boundary_click.benchmark.protocol import Target, run_benchmark, sample_targets
from boundary_click.engine.predictor import predictor_of
from boundary_click.engine.robot_user import RobotUser, styles_for
from boundary_click.io.runs.previews import write_preview
from boundary_click.models.build import Model
from boundary_click.training.config import TrainingConfig

_GOAL = 0.9
"""IoU at which an object is right."""
_PREVIEWS = 4


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

    def measure(self, model: Model) -> dict[str, float]:
        """Return metrics by name, none if there is no object to try."""
        if not self.targets:
            return {}
        predictor = predictor_of(model, name=self._config.name, device=_device(model))
        robot = RobotUser(style=styles_for(predictor.click_kinds)[0])
        seed, cap = self._config.validation_seed, self._config.validation_clicks
        results = run_benchmark(self.targets, predictor, robot, seed=seed, cap=cap, goal=_GOAL)
        ious = np.array([result.ious for result in results])
        reached = clicks_at_iou(ious, 0.85)
        return {
            "clicks@85": reached.mean,
            "clicks@90": clicks_at_iou(ious, _GOAL).mean,
            "reached@85": 1 - reached.failure_share,
            "iou@1": float(iou_at_clicks(ious)[0]),
        }

    def draw(self, model: Model, folder: Path, stem: str) -> tuple[Path, ...]:
        """Write pictures of a few objects, and return their paths; their names begin with a stem.

        An object without contrast, on which no click can be made, has none.
        """
        predictor = predictor_of(model, name=self._config.name, device=_device(model))
        written = []
        chosen = self.targets[:: max(1, len(self.targets) // _PREVIEWS)][:_PREVIEWS]
        for number, target in enumerate(chosen):
            path = folder / f"{stem}-{number}.png"
            if write_preview(path, target, predictor):
                written.append(path)
        return tuple(written)


def is_better(metrics: dict[str, float], than: dict[str, float]) -> bool:
    """Return whether a model takes fewer clicks to 85 % IoU, or as many with a better first mask.

    Any is better than one without metrics.
    """
    return not than or _rank(metrics) < _rank(than)


def _rank(metrics: dict[str, float]) -> tuple[float, float]:
    return metrics["clicks@85"], -metrics["iou@1"]


def _device(model: Model) -> torch.device:
    return next(model.parameters()).device
