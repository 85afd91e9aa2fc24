"""The guidance method: one network that sees all clicks and the mask before, each time."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from boundary_click.core.arrays import is_colour_image, normalise
from boundary_click.core.clicks import Click, ClickKind, of_kind
from boundary_click.core.geometry import BoolArray, Box, FloatArray, Window
from boundary_click.engine.correction import agreeing
from boundary_click.engine.guidance_stack import Regions, find_regions, guidance_stack
from boundary_click.engine.state import MaskState, Patch, as_array
from boundary_click.engine.windows import (
    carried,
    focus,
    focused_window,
    is_cut_off,
    mask_box,
    mask_logits,
    search,
)
from boundary_click.models.build import Guided
from boundary_click.models.config import GuidanceConfig, MapName
from boundary_click.models.fusion import fused

_MARGIN = 0.03
"""A click this near to the edge of the window, as a share of its side, moves it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The image in a window, and its regions, found by some settings."""

    image: Tensor  # (1, 3, S, S) in [0, 1]
    regions: Regions
    found_by: GuidanceConfig


@dataclass(frozen=True, slots=True)
class GuidanceView:
    """What the network is told, to be shown.

    Attributes
    ----------
    window : Window
        Where the maps lie in the image.
    maps : dict of ndarray of float32, shape (S, S)
        By name, in [0, 1].
    superpixels : ndarray of int, shape (S, S), or None
        Labels, if there is a map of superpixels.
    """

    window: Window
    maps: dict[MapName, FloatArray]
    superpixels: NDArray[np.intp] | None


class GuidedPredictor:
    """The guidance method behind a window that follows the object.

    Parameters
    ----------
    model : Guided
        Used as it is, in evaluation mode.
    name : str
        Name to show.
    device : str or torch.device
        Where to run.

    Notes
    -----
    The window is chosen at the selection click, and kept, with its superpixels and proposals,
    until a click falls outside it or the mask outgrows it. Each further click draws the maps of
    all clicks, with the distance to the mask before, and runs the network once. The mask then
    agrees with every click, and holds no part that no click speaks of.

    References
    ----------
    .. [1] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
       Segmentation", CVPR 2019.
    """

    def __init__(self, model: Guided, *, name: str, device: str | torch.device = "cpu") -> None:
        self._device = torch.device(device)
        self._model = fused(model).to(self._device)
        self._model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._config = model.config
        self._name = name
        self._scale: float | None = None

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._name

    @property
    def device(self) -> str:
        """Where the model runs."""
        return str(self._device)

    @property
    def click_kinds(self) -> tuple[ClickKind, ...]:
        """Kinds of click the network takes, the usual one first."""
        kinds: tuple[ClickKind, ...] = ("positive", "negative")
        names = self._config.guidance.maps
        return tuple(kind for kind in kinds if any(name.endswith(kind) for name in names))

    def select(self, image: Any, click: Click, *, extent: float | None = None) -> MaskState:
        """Return the mask of the object at a selection click; see `Predictor.select`."""
        shape = (int(image.shape[0]), int(image.shape[1]))

        def see(window: Window) -> tuple[MaskState, Box]:
            state = self._predict(self._scene(image, window), window, (click,), None)
            return state, mask_box(state.logits, window, click)

        with torch.inference_mode():
            found = search(see, click, shape, self._config, extent=extent)
            return focus(see, found, shape, self._config)

    def resume(self, image: Any, mask: Patch) -> MaskState:
        """Return the state from which a mask can be refined; see `Predictor.resume`."""
        shape = (int(image.shape[0]), int(image.shape[1]))
        window = focused_window(mask.box, shape, self._config)
        with torch.inference_mode():
            return MaskState(window, mask_logits(mask, window), self._scene(image, window))

    def refine(self, image: Any, state: MaskState, clicks: tuple[Click, ...]) -> MaskState:
        """Return the mask after a further click; see `Predictor.refine`."""
        with torch.inference_mode():
            state = self._following(image, state, clicks)
            assert isinstance(state.context, Scene)  # made by this predictor
            return self._predict(state.context, state.crop, clicks, state.logits > 0)

    @property
    def guidance(self) -> GuidanceConfig:
        """The guidance maps."""
        return self._config.guidance

    def with_guidance(self, **changes: Any) -> GuidedPredictor:
        """Return a predictor with the same network whose maps are drawn otherwise.

        Parameters
        ----------
        **changes
            Fields of `GuidanceConfig`, such as ``superpixel_count``.

        Raises
        ------
        ValueError
            If a field is unknown, its value out of bounds, or other maps are asked for.
        """
        fields = self.guidance.model_dump() | changes
        if tuple(fields["maps"]) != self.guidance.maps:
            raise ValueError(f"model {self.name!r} was trained with the maps {self.guidance.maps}")
        other = copy.copy(self)
        other._config = self._config.model_copy(
            update={"guidance": GuidanceConfig.model_validate(fields)}
        )
        return other

    def with_scale(self, scale: float) -> GuidedPredictor:
        """Return a predictor that is told the square root of the object's area, in pixels."""
        other = copy.copy(self)
        other._scale = scale
        return other

    def show_guidance(self, state: MaskState, clicks: tuple[Click, ...]) -> GuidanceView:
        """Return what the network would be told next.

        Parameters
        ----------
        state : MaskState
            Of this predictor, after the last of the clicks.
        clicks : tuple of Click
        """
        assert isinstance(state.context, Scene)  # made by this predictor
        on_grid = state.crop.to_grid(clicks)
        maps = self._maps(state.context, state.crop, on_grid, state.logits > 0)
        superpixels = state.context.regions.superpixels
        return GuidanceView(
            state.crop,
            dict(zip(self.guidance.maps, maps, strict=True)),
            None if superpixels is None else superpixels.labels,
        )

    def _following(self, image: Any, state: MaskState, clicks: tuple[Click, ...]) -> MaskState:
        """Return the state in a window that suits the mask and the latest click."""
        shape, latest, window = (int(image.shape[0]), int(image.shape[1])), clicks[-1], state.crop
        whole = Box.of_image(shape)
        box = self._box_of(state, clicks)
        # A negative click far away says nothing that the mask does not say already.
        is_held = latest.kind == "negative" or window.box.holds(
            latest, margin=_MARGIN * window.box.side, within=whole
        )
        is_whole = window.box.side >= whole.side
        assert isinstance(state.context, Scene)  # made by this predictor, or by one like it
        is_fresh = state.context.found_by == self.guidance
        if is_fresh and is_held and (is_whole or not is_cut_off(box, window)):
            return state
        moved = focused_window(box, shape, self._config)
        logits = carried(state.logits, window, moved)
        return MaskState(moved, logits, self._scene(image, moved))

    def _box_of(self, state: MaskState, clicks: tuple[Click, ...]) -> Box:
        """Return the box of the mask and of all positive clicks in the image."""
        places = [(c.row + 0.5, c.col + 0.5) for c in of_kind(clicks, "positive")]
        boxes = [Box(row, col, row, col) for row, col in places]
        if (of_mask := Box.of_mask(state.logits > 0)) is not None:
            boxes.append(state.crop.box_to_image(of_mask))
        return reduce(Box.union, boxes)

    def _scene(self, image: Any, window: Window) -> Scene:
        """Read a window of the image, and find its regions."""
        picture = normalise(window.read(image), is_colour=is_colour_image(image))
        tensor = torch.from_numpy(picture).permute(2, 0, 1)[None].to(self._device)
        return Scene(tensor, find_regions(self.guidance, picture), self.guidance)

    def _predict(
        self,
        scene: Scene,
        window: Window,
        clicks: tuple[Click, ...],
        previous: BoolArray | None,
    ) -> MaskState:
        """Run the network for some clicks in the image."""
        on_grid = window.to_grid(clicks)
        maps = self._maps(scene, window, on_grid, previous)
        logits = as_array(self._model(scene.image, torch.from_numpy(maps)[None].to(self._device)))
        return MaskState(window, agreeing(logits, on_grid, rim=0.0), scene)

    def _maps(
        self,
        scene: Scene,
        window: Window,
        on_grid: tuple[Click, ...],
        previous: BoolArray | None,
    ) -> FloatArray:
        """Draw the maps of clicks on the window's grid."""
        return guidance_stack(
            self.guidance,
            on_grid,
            (window.size, window.size),
            regions=scene.regions,
            previous=previous,
            scale=None if self._scale is None else self._scale * min(window.zoom),
        )
