"""The stage of the guidance family: one network learns masks from any clicks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from boundary_click.core.clicks import Click, of_kind
from boundary_click.core.geometry import BoolArray, FloatArray
from boundary_click.engine.correction import agreeing
from boundary_click.engine.guidance_stack import (
    Regions,
    find_regions,
    guidance_stack,
    without_clicks,
)
from boundary_click.engine.robot_user import RobotUser
from boundary_click.models.build import Guided
from boundary_click.models.config import GuidanceConfig
from boundary_click.models.guided_fcn import FcnStride, GuidedFcn
from boundary_click.training.batches import BatchSource
from boundary_click.training.click_sampling import sample_clicks
from boundary_click.training.config import GuidedStageConfig
from boundary_click.training.modes import set_learning
from boundary_click.training.objective import objective
from boundary_click.training.samples import Sample, Sampler


@dataclass(frozen=True, slots=True)
class Scene:
    """A sample with what was clicked on it.

    Attributes
    ----------
    sample : Sample
    regions : Regions
        Of its image.
    clicks : tuple of Click
    dropped : tuple of str
        Endings of the names of the maps that are reset.
    corrections : int
        Clicks that will answer the errors of a first prediction.
    replaces : bool
        Whether they take the place of the others.
    """

    sample: Sample
    regions: Regions
    clicks: tuple[Click, ...]
    dropped: tuple[str, ...]
    corrections: int
    replaces: bool


class GuidedTask(nn.Module):
    """A network of the guidance family with its loss.

    Parameters
    ----------
    model : Guided
    config : GuidedStageConfig
    stride : int, optional
        Of the finest features that take part, for FCN-8s.
    """

    def __init__(
        self, model: Guided, config: GuidedStageConfig, *, stride: FcnStride | None = None
    ) -> None:
        super().__init__()
        self.network = model.network
        self.guidance = model.config.guidance
        self.config = config
        self._model = (model,)  # not a submodule: the network is
        if stride is not None and isinstance(self.network, GuidedFcn):
            self.network.use_stride(stride)

    def source(self, sampler: Sampler) -> BatchSource:
        """Return where batches come from."""
        draw = partial(draw_scene, sampler, guidance=self.guidance, config=self.config)
        return BatchSource(draw, list, is_portable=True)

    def forward(self, scenes: list[Scene]) -> Tensor:
        """Return the loss of a batch, after corrections where they are due."""
        scenes = list(scenes)
        due = [index for index, scene in enumerate(scenes) if scene.corrections]
        previous: list[BoolArray | None] = [None] * len(scenes)
        for index, mask in zip(due, self._first_masks([scenes[i] for i in due]), strict=True):
            scenes[index] = corrected(scenes[index], mask)
            previous[index] = mask
        logits = self._logits(scenes, previous).float()
        samples = [scene.sample for scene in scenes]
        truth, valid, distance = (
            self._tensor(np.stack([getattr(sample, name) for sample in samples]))[:, None]
            for name in ("truth", "valid", "distance")
        )
        wrong = [_wrong(scene.sample, mask) for scene, mask in zip(scenes, previous, strict=True)]
        weight = valid * (
            1 + (self.config.error_weight - 1) * self._tensor(np.stack(wrong))[:, None]
        )
        weight = weight / weight.mean().clamp(min=1e-6)
        return objective(logits, truth, weight, distance, self.config)

    @torch.no_grad()
    def _first_masks(self, scenes: list[Scene]) -> list[BoolArray]:
        if not scenes:
            return []
        self.network.eval()
        logits = self._logits(scenes, [None] * len(scenes))[:, 0].float().cpu().numpy()
        set_learning(self.network, self.config)
        return [
            agreeing(grid, scene.clicks, rim=0.0) > 0
            for grid, scene in zip(logits, scenes, strict=True)
        ]

    def _logits(self, scenes: list[Scene], previous: list[BoolArray | None]) -> Tensor:
        images = np.stack([np.moveaxis(scene.sample.image, 2, 0) for scene in scenes])
        pairs = zip(scenes, previous, strict=True)
        maps = np.stack([draw_maps(scene, self.guidance, mask) for scene, mask in pairs])
        logits: Tensor = self._model[0](self._tensor(images), self._tensor(maps))
        return logits

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(next(self.network.parameters()).device).float()


def draw_scene(
    sampler: Sampler,
    rng: np.random.Generator,
    *,
    guidance: GuidanceConfig,
    config: GuidedStageConfig,
) -> Scene:
    """Return a random sample with simulated clicks and guidance dropout.

    References
    ----------
    .. [1] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
       Segmentation", CVPR 2019, section 4.2.
    """
    sample = sampler.draw(rng)
    clicks = sample_clicks(sample, config.clicks, rng)
    is_iterative = rng.random() < config.iterative_share
    low, high = config.error_clicks
    return Scene(
        sample,
        find_regions(guidance, sample.image),
        clicks,
        _dropped(sample, clicks, config, rng),
        int(rng.integers(low, high + 1)) if is_iterative else 0,
        bool(rng.random() < config.replace_share),
    )


def _dropped(
    sample: Sample, clicks: tuple[Click, ...], config: GuidedStageConfig, rng: np.random.Generator
) -> tuple[str, ...]:
    """Return the endings of the names of the maps to reset."""
    if not sample.others.any() and rng.random() < config.drop_all:
        return ("positive", "negative", "object")
    if of_kind(clicks, "negative") and rng.random() < config.drop_sign:
        return (("positive", "negative")[int(rng.integers(2))],)
    return ()


def _wrong(sample: Sample, mask: BoolArray | None) -> BoolArray:
    """Return where a first prediction is wrong, nowhere if there is none."""
    return np.zeros_like(sample.truth) if mask is None else mask != sample.truth


def corrected(scene: Scene, mask: BoolArray) -> Scene:
    """Return a scene with clicks on the errors of a mask; nothing is dropped any more."""
    sample = scene.sample
    found = RobotUser(style="signed").correct(
        sample.truth,
        mask,
        np.random.default_rng(0),  # it does not shake
        valid=sample.valid,
        clicked=scene.clicks,
        count=scene.corrections,
    )
    # The network learns what one positive click says of the object, whatever else is clicked.
    kept = scene.clicks[:1] if scene.replaces else scene.clicks
    return replace(scene, clicks=kept + found, dropped=())


def draw_maps(scene: Scene, config: GuidanceConfig, previous: BoolArray | None) -> FloatArray:
    """Draw the guidance maps of a scene, (K, S, S)."""
    maps = guidance_stack(
        config,
        scene.clicks,
        scene.sample.truth.shape,
        regions=scene.regions,
        previous=previous,
    )
    for index, name in enumerate(config.maps):
        if name.endswith(scene.dropped):
            maps[index] = without_clicks(name)
    return maps
