"""What the refinement head is told of the clicks: named guidance planes and first answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from boundary_click.core.clicks import Click, of_kind
from boundary_click.core.geometry import FloatArray
from boundary_click.engine.correction import first_answer, reach_map
from boundary_click.engine.level import level_map
from boundary_click.guidance.distance import gaussian_map
from boundary_click.models.config import GuidancePlane, RefinementConfig
from boundary_click.models.refinement import LOGIT_LIMIT, Guidance

_LATEST_SIGMA = 2.0


@dataclass(frozen=True, slots=True)
class RefinementInput:
    """One refinement step, before the network; see `Guidance`.

    Attributes
    ----------
    planes : ndarray of float32, shape (K, R, R)
    previous, pulled, level, reach : ndarray of float32, shape (R, R)
    """

    planes: FloatArray
    previous: FloatArray
    pulled: FloatArray
    level: FloatArray
    reach: FloatArray


def refinement_input(
    config: RefinementConfig,
    *,
    previous: FloatArray,
    image: FloatArray,
    clicks: tuple[Click, ...],
    rim: float,
) -> RefinementInput:
    """Prepare a refinement step.

    Parameters
    ----------
    config : RefinementConfig
        Names the planes.
    previous : ndarray of float32, shape (R, R)
        Logits of the mask before the latest click.
    image : ndarray of float32, shape (3, R, R)
        In [0, 1].
    clicks : tuple of Click
        On the grid, the selection click first, the latest last.
    rim : float
        Half an image pixel, in cells.
    """
    latest = clicks[-1]
    pulled = first_answer(previous, clicks, rim=rim)
    level = level_map(previous, clicks, rim=rim)
    reach = reach_map(previous, latest, rim=rim, inside=clicks[0])
    shape = (previous.shape[0], previous.shape[1])

    def gaussians(*kinds: Click) -> FloatArray:
        return gaussian_map(kinds, shape, config.click_sigma)[None]

    def limited(logits: FloatArray) -> FloatArray:
        bounded: FloatArray = np.tanh(logits / LOGIT_LIMIT)[None]
        return bounded

    draw: dict[GuidancePlane, Callable[[], FloatArray]] = {
        "boundary": lambda: gaussians(*of_kind(clicks, "boundary")),
        "positive": lambda: gaussians(*of_kind(clicks, "positive")),
        "negative": lambda: gaussians(*of_kind(clicks, "negative")),
        "latest": lambda: gaussian_map((latest,), shape, _LATEST_SIGMA)[None],
        "previous": lambda: limited(previous),
        "outline": lambda: limited(pulled),
        "level": lambda: limited(previous - level),
        "reach": lambda: reach[None],
        "image": lambda: image,
    }
    planes = np.concatenate([draw[name]() for name in config.planes])
    return RefinementInput(planes.astype(np.float32, copy=False), previous, pulled, level, reach)


def guidance_batch(steps: Sequence[RefinementInput], device: torch.device) -> Guidance:
    """Stack refinement steps for the network."""

    def stack(name: str) -> torch.Tensor:
        stacked = torch.from_numpy(np.stack([getattr(step, name) for step in steps])).to(device)
        return stacked[:, None] if stacked.ndim == 3 else stacked

    return Guidance(*map(stack, Guidance._fields))
