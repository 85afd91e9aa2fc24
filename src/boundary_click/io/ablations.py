"""The ablations of the two papers, as training runs derived from one configuration.

References
----------
.. [1] S. Majumder et al., "Two-in-One Refinement for Interactive Segmentation", BMVC 2020,
   sections 4.2 to 4.4.
.. [2] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
   Segmentation", CVPR 2019, table 1.
"""

from __future__ import annotations

from pathlib import Path

from boundary_click.core.clicks import ClickKind
from boundary_click.models.config import GuidancePlane, GuidedConfig, MapName, TwoInOneConfig
from boundary_click.training.config import LossName, TrainingConfig

BEST_LOSS = "ba-ce"
"""The selection network that the heads are compared on."""

_LOSSES: dict[str, LossName] = {"cb-ce": "class-balanced", BEST_LOSS: "boundary-aware"}
_HEADS: dict[str, tuple[ClickKind, ...]] = {
    "brc": ("boundary",),
    "pnr": ("positive", "negative"),
    "both": ("boundary", "positive", "negative"),
}
_KINDS: tuple[ClickKind, ...] = ("boundary", "positive", "negative")


def loss_runs(base: TrainingConfig) -> dict[str, TrainingConfig]:
    """Return the runs that compare the losses of the selection network: CB-CE and BA-CE.

    None if the configuration has no selection stage.
    """
    if not base.selection.steps:
        return {}
    skipped = base.refinement.model_copy(update={"steps": 0})
    return {
        name: base.model_copy(
            update={
                "name": f"{base.name}-{name}",
                "selection": base.selection.model_copy(update={"loss": loss}),
                "refinement": skipped,
            }
        )
        for name, loss in _LOSSES.items()
    }


def head_runs(base: TrainingConfig, selection: Path | None) -> dict[str, TrainingConfig]:
    """Return the runs that compare what the head is clicked with: BRC, PNR and both.

    Parameters
    ----------
    base : TrainingConfig
    selection : Path, optional
        Model whose selection network all of them use; that of ``base.start_from`` if not given.

    Raises
    ------
    ValueError
        If neither is given, or the model is no two-in-one model.
    """
    if not base.refinement.steps:
        return {}
    start = base.start_from if selection is None else str(selection.absolute())
    if start is None:
        raise ValueError(
            "nothing trains the selection network; set selection.steps, or name a model with "
            "start_from"
        )
    return {name: _head_run(base, name, start) for name in _HEADS}


def _head_run(base: TrainingConfig, name: str, start: str) -> TrainingConfig:
    kinds, model = _HEADS[name], base.architecture
    if not isinstance(model, TwoInOneConfig):
        raise ValueError(f"{base.name} is no two-in-one model; set preset = 'fast', for instance")
    shares = {"brc": 0.0, "pnr": 1.0, "both": _mixed(base.refinement.signed_share)}
    return base.model_copy(
        update={
            "name": f"{base.name}-{name}",
            "preset": None,
            "model": with_kinds(model, kinds),
            "start_from": start,
            "keep_head": False,
            "selection": base.selection.model_copy(update={"steps": 0}),
            "refinement": base.refinement.model_copy(update={"signed_share": shares[name]}),
        }
    )


def with_kinds(model: TwoInOneConfig, kinds: tuple[ClickKind, ...]) -> TwoInOneConfig:
    """Return a model whose head has planes for exactly these kinds of click."""
    others = tuple(plane for plane in model.refinement.planes if plane not in _KINDS)
    clicked: tuple[GuidancePlane, ...] = tuple(kind for kind in _KINDS if kind in kinds)
    head = model.refinement.model_copy(update={"planes": others + clicked})
    return model.model_copy(update={"refinement": head})


def _mixed(share: float) -> float:
    return share if 0 < share < 1 else 0.5


_SUPERPIXELS: tuple[MapName, ...] = ("superpixel-positive", "superpixel-negative")
_STACKS: dict[str, tuple[MapName, ...]] = {
    "euclidean": ("euclidean-positive", "euclidean-negative"),
    "superpixel": _SUPERPIXELS,
    "object": (*_SUPERPIXELS, "object"),
    "iterative": (*_SUPERPIXELS, "object", "previous"),
}


def map_runs(base: TrainingConfig) -> dict[str, TrainingConfig]:
    """Return the runs that compare guidance: Euclidean, superpixel, object maps, iterative clicks.

    The last one once more without guidance dropout. Only the iterative ones see the mask before
    and learn from clicks on its errors.

    Raises
    ------
    ValueError
        If the model is not of the guidance family, or nothing trains it.
    """
    model = base.architecture
    if not isinstance(model, GuidedConfig) or not base.guidance.steps:
        raise ValueError(
            f"{base.name} trains no model of the guidance family; set preset = 'guidance' and "
            "guidance.steps"
        )
    runs = {name: _map_run(base, model, name, maps) for name, maps in _STACKS.items()}
    undropped = base.guidance.model_copy(update={"drop_all": 0.0, "drop_sign": 0.0})
    runs["no-dropout"] = runs["iterative"].model_copy(
        update={"name": f"{base.name}-no-dropout", "guidance": undropped}
    )
    return runs


def _map_run(
    base: TrainingConfig, model: GuidedConfig, name: str, maps: tuple[MapName, ...]
) -> TrainingConfig:
    stage = base.guidance
    if "previous" not in maps:
        stage = stage.model_copy(update={"iterative_share": 0.0})
    guidance = model.guidance.model_copy(update={"maps": maps})
    return base.model_copy(
        update={
            "name": f"{base.name}-{name}",
            "preset": None,
            "model": model.model_copy(update={"guidance": guidance}),
            "guidance": stage,
        }
    )
