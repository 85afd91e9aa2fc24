"""The two-in-one method: a selection click, then corrections of its mask on kept features."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from boundary_click.core.arrays import is_colour_image, normalise
from boundary_click.core.clicks import Click, ClickKind
from boundary_click.core.geometry import Box, FloatArray, Window
from boundary_click.engine.correction import agreeing, settle
from boundary_click.engine.crop import crop_box
from boundary_click.engine.guidance_stack import find_regions, guidance_stack
from boundary_click.engine.refinement_input import refinement_input
from boundary_click.engine.state import MaskState, Patch, as_array, sigmoid
from boundary_click.engine.windows import (
    carried,
    focus,
    focused_window,
    mask_box,
    mask_logits,
    search,
    square_window,
)
from boundary_click.models.build import TwoInOne
from boundary_click.models.fusion import fused

_CROP_MARGIN = 0.05
"""A click this near to the edge of the crop, as a share of its side, widens it."""


@dataclass(frozen=True, slots=True)
class _View:
    """The image as the selection network saw it."""

    window: Window
    image: Tensor  # (1, 3, S, S) in [0, 1]
    features: Tensor  # (1, F, h, w)
    logits: FloatArray  # (S, S)


@dataclass(frozen=True, slots=True)
class _Context:
    """A view cropped for the refinement head."""

    view: _View
    features: Tensor  # F_t
    image: FloatArray  # (3, R, R)


class TwoInOnePredictor:
    """The two-in-one method behind a window that follows the object.

    Parameters
    ----------
    model : TwoInOne
        Used as it is, in evaluation mode.
    name : str
        Name to show.
    device : str or torch.device
        Where to run.

    Notes
    -----
    The selection network sees the object twice: in a small, coarse window round the click,
    which grows until the mask fits in it, and in one scaled to the mask found there. A further
    click runs the refinement head alone, on features kept from the selection, unless it
    falls outside the window.

    References
    ----------
    .. [1] S. Majumder et al., "Two-in-One Refinement for Interactive Segmentation",
       BMVC 2020.
    """

    def __init__(self, model: TwoInOne, *, name: str, device: str | torch.device = "cpu") -> None:
        self._device = torch.device(device)
        self._model = fused(model).to(self._device)
        self._model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._config = model.config
        self._name = name

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
        """Kinds of click the refinement head takes, the usual one first."""
        kinds: tuple[ClickKind, ...] = ("boundary", "positive", "negative")
        return tuple(kind for kind in kinds if kind in self._config.refinement.planes)

    def select(self, image: Any, click: Click, *, extent: float | None = None) -> MaskState:
        """Return the mask of the object at a selection click; see `Predictor.select`."""
        with torch.inference_mode():
            return self._cropped(self._select(image, click, extent), click)

    def resume(self, image: Any, mask: Patch) -> MaskState:
        """Return the state from which a mask can be refined; see `Predictor.resume`."""
        shape, click = (int(image.shape[0]), int(image.shape[1])), mask.centre
        window = focused_window(mask.box, shape, self._config)
        with torch.inference_mode():
            view = self._look(image, window, click)
            view = dataclasses.replace(view, logits=mask_logits(mask, window))
            return self._cropped(view, click)

    def crop_boxes(self, image: Any, click: Click, paddings: Sequence[float]) -> tuple[Box, ...]:
        """Return the crop that a further click would work on, for each padding.

        Parameters
        ----------
        image : array-like, shape (H, W) or (H, W, C)
        click : Click
            The selection click.
        paddings : sequence of float
            Relaxation on each side, as a share of the longer side of the box that is relaxed.

        Returns
        -------
        tuple of Box
            In edge coordinates of the image.
        """
        with torch.inference_mode():
            view = self._select(image, click, None)
        return tuple(
            view.window.box_to_image(self._crop_box(view, click, padding)) for padding in paddings
        )

    def refine(self, image: Any, state: MaskState, clicks: tuple[Click, ...]) -> MaskState:
        """Return the mask after a further click; see `Predictor.refine`."""
        with torch.inference_mode():
            state = self._following(image, state, clicks)
            return self._refined(state, clicks)

    def _select(self, image: Any, click: Click, extent: float | None) -> _View:
        """Return the view of the object at a selection click."""
        shape = (int(image.shape[0]), int(image.shape[1]))

        def see(window: Window) -> tuple[_View, Box]:
            view = self._look(image, window, click)
            return view, mask_box(view.logits, window, click)

        found = search(see, click, shape, self._config, extent=extent)
        return focus(see, found, shape, self._config)

    def _look(self, image: Any, window: Window, click: Click) -> _View:
        """Run the selection network on a window."""
        picture = normalise(window.read(image), is_colour=is_colour_image(image))
        tensor = torch.from_numpy(picture).permute(2, 0, 1)[None].to(self._device)
        options, on_grid = self._config.guidance, window.to_grid((click,))
        regions = find_regions(options, picture)
        maps = guidance_stack(options, on_grid, picture.shape[:2], regions=regions)
        selection = self._model.selection(tensor, self._tensor(maps))
        return _View(window, tensor, selection.features, as_array(selection.logits))

    def _cropped(self, view: _View, click: Click) -> MaskState:
        """Return the state after the selection: the crop with its features and logits."""
        options = self._config.refinement
        box = self._crop_box(view, click, options.padding)
        crop = Window(view.window.box_to_image(box), options.roi_size)
        logits = Window(box, options.roi_size).read(view.logits)
        clicks = crop.to_grid((click,))
        return MaskState(crop, agreeing(logits, clicks, rim=0.0), self._context(view, box))

    def _crop_box(self, view: _View, click: Click, padding: float) -> Box:
        """Return the crop round the object in edge coordinates of a view's grid."""
        return crop_box(
            sigmoid(view.logits),
            view.window.to_grid((click,))[0],
            threshold=self._config.crop_threshold,
            padding=padding,
            is_square=self._config.refinement.is_local,
        )

    def _context(self, view: _View, box: Box) -> _Context:
        """Crop a view's features and image to a box of the network input."""
        boxes = torch.tensor([[box.top, box.left, box.bottom, box.right]], device=self._device)
        grid = Window(box, self._config.refinement.roi_size)
        picture = np.moveaxis(as_array(view.image), 0, 2)
        return _Context(
            view,
            self._model.crop_features(view.features, boxes),
            np.ascontiguousarray(np.moveaxis(grid.read(picture), 2, 0)),
        )

    def _following(self, image: Any, state: MaskState, clicks: tuple[Click, ...]) -> MaskState:
        """Return the state with a crop that holds the latest click."""
        latest = clicks[-1]
        crop = state.crop
        shape = (int(image.shape[0]), int(image.shape[1]))
        whole = Box.of_image(shape)
        if crop.box.holds(latest, margin=_CROP_MARGIN * crop.box.side, within=whole):
            return state
        assert isinstance(state.context, _Context)  # made by this predictor
        row, col = latest.row + 0.5, latest.col + 0.5
        box = crop.box.union(Box(row, col, row, col))
        box = Box.square(*box.centre, box.side * (1 + 4 * _CROP_MARGIN))
        box = box.shifted_into(whole)
        view = state.context.view
        if not view.window.box.contains(box):
            side = max(1.2 * box.side, self._config.windows.min_side)
            window = square_window(box.centre, side, shape, self._config.window_size)
            view = self._look(image, window, clicks[0])
            box = box.intersection(window.box)
        wider = Window(box, crop.size)
        logits = carried(state.logits, crop, wider)
        return MaskState(wider, logits, self._context(view, view.window.box_to_grid(box)))

    def _refined(self, state: MaskState, clicks: tuple[Click, ...]) -> MaskState:
        """Run the refinement head for the latest click."""
        assert isinstance(state.context, _Context)  # made by this predictor
        options = self._config.refinement
        on_grid = state.crop.to_grid(clicks)
        rim = 0.5 * min(state.crop.zoom)
        step = refinement_input(
            options,
            previous=state.logits,
            image=state.context.image,
            clicks=on_grid,
            rim=rim,
        )
        planes = self._tensor(step.planes)
        output = as_array(self._model.refinement(state.context.features, planes))
        if options.is_local:
            corrected = step.base + step.reach * output
            output = settle(corrected, state.logits, on_grid, rim=rim)
        return dataclasses.replace(state, logits=output)

    def _tensor(self, planes: FloatArray) -> Tensor:
        return torch.from_numpy(planes)[None].to(self._device)
