"""Ready-made training runs: from a model and data to a configuration.

What they do on 30 objects of another kind of image is measured by
``scripts/measure_fine_tuning.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from boundary_click.models.config import FcnConfig, GuidedConfig, ModelConfig
from boundary_click.training.config import (
    AugmentationConfig,
    DataConfig,
    GuidedStageConfig,
    RefinementStageConfig,
    SelectionStageConfig,
    TrainingConfig,
    WindowDrawConfig,
)

RunPreset = Literal["quick", "thorough", "from-scratch"]
"""``quick`` fine-tunes in about five minutes on two CPU cores, ``thorough`` in about half an hour;
``from-scratch`` learns from nothing but the data, which takes hundreds of objects and a GPU."""

RUN_PRESETS: tuple[RunPreset, ...] = get_args(RunPreset)


@dataclass(frozen=True, slots=True)
class BaseModel:
    """The model that a run starts from, or, from scratch, is built like.

    Attributes
    ----------
    name : str
        In the model library, or the path of its file.
    architecture : ModelConfig
    """

    name: str
    architecture: ModelConfig


def run_config(
    base: BaseModel, data: tuple[DataConfig, ...], preset: RunPreset, *, name: str, seed: int = 0
) -> TrainingConfig:
    """Return the configuration of a run.

    Parameters
    ----------
    base : BaseModel
    data : tuple of DataConfig
    preset : {"quick", "thorough", "from-scratch"}
    name : str
        Of the run and of the model it makes.
    seed : int
    """
    is_scratch = preset == "from-scratch"
    start: dict[str, Any] = (
        {"pretrained": False}
        if is_scratch
        else {
            "start_from": base.name,
            "keep_base": _KEEP_BASE,
            "replay": _REPLAY,
            "windows": _WINDOWS,
        }
    )
    return TrainingConfig(
        name=name,
        seed=seed,
        preset=None,
        model=base.architecture,
        data=data,
        validation_share=0.1 if is_scratch else 0.2,
        validation_objects=_VALIDATION[preset].objects,
        validation_interval=_VALIDATION[preset].interval,
        checkpoint_interval=_VALIDATION[preset].interval,
        augmentation=AugmentationConfig() if is_scratch else _MILD,
        **start,
        **_stages(base.architecture, preset),
    )


@dataclass(frozen=True, slots=True)
class _Validation:
    objects: int
    interval: int


_VALIDATION: dict[RunPreset, _Validation] = {
    "quick": _Validation(objects=16, interval=50),
    "thorough": _Validation(objects=40, interval=200),
    "from-scratch": _Validation(objects=64, interval=1000),
}

_KEEP_BASE = 0.3
_REPLAY = 0.3
"""Measured, together with norms that are frozen: without any of the three a model forgets more."""

_MILD = AugmentationConfig(
    rotation=0.25,
    blur=0.5,
    colour=0.06,
    contrast=0.15,
    gamma=0.15,
    gray=0.05,
    invert=0.03,
    noise=0.02,
)
"""As the bundled models ended their training."""

_WINDOWS = WindowDrawConfig(
    search_share=0.3,
    search_side=168.0,
    search_spread=0.4,
    focus_ratio=1.65,
    focus_spread=0.2,
    focus_shift=0.06,
)

_TUNED: dict[str, Any] = {
    "batch_size": 8,
    "warmup_steps": 20,
    "weight_decay": 0.01,
    "freeze_norms": True,
}
_HEAD: dict[str, Any] = {
    "near_weight": 3.0,
    "keep_weight": 2.0,
    "iou_range": (0.0, 0.92),
    "clicks": (2, 5),
}


def _stages(architecture: ModelConfig, preset: RunPreset) -> dict[str, Any]:
    """Return how each stage of a model is trained."""
    if isinstance(architecture, GuidedConfig):
        return {"guidance": _guided_stage(architecture, preset)}
    if preset == "from-scratch":
        return {
            "selection": SelectionStageConfig(steps=20_000, learning_rate=1e-3),
            "refinement": RefinementStageConfig(steps=4000, learning_rate=2e-3, **_HEAD),
        }
    if preset == "thorough":
        selection = SelectionStageConfig(
            steps=1000, learning_rate=4e-4, average=0.99, click_jitter=0.05, **_TUNED
        )
        refinement = RefinementStageConfig(
            steps=200, learning_rate=3e-4, average=0.98, **_HEAD, **_TUNED
        )
        return {"selection": selection, "refinement": refinement}
    selection = SelectionStageConfig(
        steps=250, learning_rate=5e-4, average=0.98, click_jitter=0.05, **_TUNED
    )
    # A head that learns from few objects corrects worse: measured.
    return {"selection": selection, "refinement": RefinementStageConfig(steps=0)}


def _guided_stage(architecture: GuidedConfig, preset: RunPreset) -> GuidedStageConfig:
    """Return how a model of the guidance family is trained."""
    if preset == "from-scratch":
        steps = 7000 if isinstance(architecture.network, FcnConfig) else 20_000
        return GuidedStageConfig(steps=steps, learning_rate=1e-3)
    steps, average = (150, 0.98) if preset == "quick" else (600, 0.99)
    return GuidedStageConfig(
        steps=steps,
        learning_rate=4e-4,
        average=average,
        iterative_share=0.85,
        error_weight=4.0,
        **_TUNED,
    )
