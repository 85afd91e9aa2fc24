"""From an image and clicks to a mask: the interface of all methods."""

from __future__ import annotations

from typing import Any, Protocol

import torch

from boundary_click.core.clicks import Click, ClickKind
from boundary_click.engine.guided import GuidedPredictor
from boundary_click.engine.state import MaskState, Patch
from boundary_click.engine.two_in_one import TwoInOnePredictor
from boundary_click.models.build import Model, TwoInOne


class Predictor(Protocol):
    """Turns clicks into a mask. Stateless: what it must remember is in the `MaskState`."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    @property
    def device(self) -> str:
        """Where the model runs, such as ``cpu`` or ``cuda:0``."""
        ...

    @property
    def click_kinds(self) -> tuple[ClickKind, ...]:
        """Kinds of click the model takes after the first, the usual one first."""
        ...

    def select(self, image: Any, click: Click, *, extent: float | None = None) -> MaskState:
        """Return the mask of the object at a selection click.

        Parameters
        ----------
        image : array-like, shape (H, W) or (H, W, C)
            Only the part round the click is read.
        click : Click
            Positive.
        extent : float, optional
            What is known of the size of objects here, in pixels: the longer side of
            those accepted so far, say.
        """
        ...

    def resume(self, image: Any, mask: Patch) -> MaskState:
        """Return the state from which a mask that comes from elsewhere can be refined.

        Parameters
        ----------
        image : array-like, shape (H, W) or (H, W, C)
        mask : Patch
            Not empty.
        """
        ...

    def refine(self, image: Any, state: MaskState, clicks: tuple[Click, ...]) -> MaskState:
        """Return the mask after a further click, the last of ``clicks``."""
        ...


def predictor_of(model: Model, *, name: str, device: str | torch.device = "cpu") -> Predictor:
    """Return the predictor of a model's family.

    Parameters
    ----------
    model : TwoInOne or Guided
        Used as it is, in evaluation mode.
    name : str
        Name to show.
    device : str or torch.device
        Where to run.
    """
    if isinstance(model, TwoInOne):
        return TwoInOnePredictor(model, name=name, device=device)
    return GuidedPredictor(model, name=name, device=device)
