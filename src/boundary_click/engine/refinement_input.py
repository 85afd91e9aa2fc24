"""What the refinement head is told of the clicks: named guidance planes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from boundary_click.core.clicks import Click, of_kind
from boundary_click.core.geometry import FloatArray
from boundary_click.engine.correction import first_answer, reach_map
from boundary_click.guidance.distance import gaussian_map
from boundary_click.models.config import GuidancePlane, RefinementConfig

_LOGIT_LIMIT = 3.0
"""No logit counts for more than this: the head can then overrule any of them."""
_LATEST_SIGMA = 2.0


@dataclass(frozen=True, slots=True)
class RefinementInput:
    """One refinement step, before the network.

    Attributes
    ----------
    planes : ndarray of float32, shape (K, R, R)
        Guidance planes in the order of the configuration.
    base : ndarray of float32, shape (R, R)
        Logits that the local head corrects: the previous ones with what the latest click
        says by itself; softly limited in size.
    reach : ndarray of float32, shape (R, R)
        How much each cell may change, in [0, 1].
    """

    planes: FloatArray
    base: FloatArray
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
    base = first_answer(previous, clicks, rim=rim)
    base = (_LOGIT_LIMIT * np.tanh(base / _LOGIT_LIMIT)).astype(np.float32)
    reach = reach_map(previous, latest, rim=rim, inside=clicks[0])
    shape = (previous.shape[0], previous.shape[1])

    def gaussians(*kinds: Click) -> FloatArray:
        return gaussian_map(kinds, shape, config.click_sigma)[None]

    draw: dict[GuidancePlane, Callable[[], FloatArray]] = {
        "boundary": lambda: gaussians(*of_kind(clicks, "boundary")),
        "positive": lambda: gaussians(*of_kind(clicks, "positive")),
        "negative": lambda: gaussians(*of_kind(clicks, "negative")),
        "latest": lambda: gaussian_map((latest,), shape, _LATEST_SIGMA)[None],
        "previous": lambda: np.tanh(previous / _LOGIT_LIMIT)[None],
        "outline": lambda: base[None] / _LOGIT_LIMIT,
        "reach": lambda: reach[None],
        "image": lambda: image,
    }
    planes = np.concatenate([draw[name]() for name in config.planes])
    return RefinementInput(planes.astype(np.float32, copy=False), base, reach)
