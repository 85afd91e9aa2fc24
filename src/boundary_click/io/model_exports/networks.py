"""What can be run outside of this plugin: a model's networks, with what goes in and comes out."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from boundary_click.models.build import Guided, Model, TwoInOne
from boundary_click.models.config import PLANE_CHANNELS, GuidanceConfig, RefinementConfig
from boundary_click.models.fusion import fused
from boundary_click.models.refinement import LocalRefinement


@dataclass(frozen=True, slots=True)
class Port:
    """An input or an output of a network.

    Attributes
    ----------
    name : str
    shape : tuple of int
        Without the first axis, the batch.
    meaning : str
        In a sentence.
    channels : tuple of str
        Names of the channels, the first of these axes; none where it has no channels.
    """

    name: str
    shape: tuple[int, ...]
    meaning: str
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """A network that takes and gives tensors alone.

    Attributes
    ----------
    name : str
        ``selection``, ``refinement`` or ``guidance``.
    module : Module
        In evaluation mode, on the CPU.
    inputs, outputs : tuple of Port
        In the order that the module takes and gives them.
    """

    name: str
    module: nn.Module
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def exported_networks(model: Model) -> tuple[Exported, ...]:
    """Return the networks of a model, the one that sees the image first.

    Parameters
    ----------
    model : TwoInOne or Guided
        Left as it is.
    """
    copied = fused(model).cpu().float()
    if isinstance(copied, Guided):
        return (_guidance(copied),)
    return _selection(copied), _refinement(copied)


def _guidance(model: Guided) -> Exported:
    side = model.config.window_size
    return Exported("guidance", model, _seen(side, model.config.guidance), (_logits(side),))


def _selection(model: TwoInOne) -> Exported:
    side = model.config.window_size
    module = _Selection(model)
    return Exported(
        "selection",
        module,
        _seen(side, model.config.guidance),
        (_logits(side), _features(model)),
    )


def _refinement(model: TwoInOne) -> Exported:
    options = model.config.refinement
    size = options.roi_size
    box = Port(
        *("box", (4,)),
        "the crop in the image: top, left, bottom, right in pixels, counted from its outer edge",
    )
    planes = Port(
        *("planes", (options.plane_channels, size, size)),
        "image and clicks on the grid of the crop; docs/library.md says how they are drawn",
        _plane_names(options),
    )
    meaning = (
        "to be added, times the plane reach, to the logits before"
        if isinstance(model.refinement, LocalRefinement)
        else "logits of the mask on the grid of the crop, above 0 where the object is"
    )
    output = Port("logits", (1, size, size), meaning, ("object",))
    return Exported("refinement", _Refinement(model), (_features(model), box, planes), (output,))


def _seen(side: int, guidance: GuidanceConfig) -> tuple[Port, Port]:
    return (
        Port(
            *("image", (3, side, side)),
            "red, green and blue or gray three times; percentiles 0.5 and 99.5 at 0 and 1, clipped",
            ("red", "green", "blue"),
        ),
        Port(
            *("guidance", (len(guidance.maps), side, side)),
            "maps of the clicks, in [0, 1]; docs/library.md says how they are drawn",
            guidance.maps,
        ),
    )


def _logits(side: int) -> Port:
    return Port("logits", (1, side, side), "above 0 where the object is", ("object",))


def _features(model: TwoInOne) -> Port:
    side, count = model.config.window_size, model.config.selection.feature_channels
    stride = 4 if model.config.selection.decoder else 16
    return Port(
        *("features", (count, side // stride, side // stride)),
        "what the refinement network goes on with, for any number of clicks",
        tuple(f"feature{index}" for index in range(count)),
    )


def _plane_names(options: RefinementConfig) -> tuple[str, ...]:
    """Return the name of each channel of the guidance planes."""
    return tuple(
        name if PLANE_CHANNELS[name] == 1 else f"{name}{index}"
        for name in options.planes
        for index in range(PLANE_CHANNELS[name])
    )


class _Selection(nn.Module):
    """The selection network with a plain tuple for a result."""

    def __init__(self, model: TwoInOne) -> None:
        super().__init__()
        self.network = model.selection

    def forward(self, image: Tensor, guidance: Tensor) -> tuple[Tensor, Tensor]:
        selection = self.network(image, guidance)
        return selection.logits, selection.features


class _Refinement(nn.Module):
    """RoIAlign and the refinement head."""

    def __init__(self, model: TwoInOne) -> None:
        super().__init__()
        self._model = (model,)  # not a submodule: the selection network is no part of it
        self.head = model.refinement

    def forward(self, features: Tensor, box: Tensor, planes: Tensor) -> Tensor:
        logits: Tensor = self.head(self._model[0].crop_features(features, box), planes)
        return logits
