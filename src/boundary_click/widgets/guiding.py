"""Models of the guidance family: their settings, and what they are told of the clicks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from boundary_click.core.geometry import FloatArray, Window

if TYPE_CHECKING:
    from boundary_click.engine.predictor import Predictor
    from boundary_click.engine.session import Session

BORDERS, PROBABILITY = "superpixel borders", "probability"
"""Pictures beside those of the maps, which have the names of the maps."""


@dataclass(frozen=True, slots=True)
class GuidanceSettings:
    """What a user may change of the guidance maps.

    Attributes
    ----------
    superpixel_count : int
        About how many superpixels the model's window is divided into.
    superpixel_reach : float or None
        Distances end at this multiple of the object's scale; None for no limit.
    """

    superpixel_count: int
    superpixel_reach: float | None


@dataclass(frozen=True, slots=True)
class GuidanceInfo:
    """What is known of a model's guidance.

    Attributes
    ----------
    settings : GuidanceSettings
        With which the model was trained.
    has_superpixels : bool
        Whether it is told of superpixels, so that the settings count.
    """

    settings: GuidanceSettings
    has_superpixels: bool


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What a model is told of the clicks on an object, and what it makes of it.

    Attributes
    ----------
    window : Window
        Where the pictures lie on the plane.
    pictures : dict of ndarray of float32, shape (S, S)
        By name, in [0, 1]; 0 where a map says nothing.
    """

    window: Window
    pictures: dict[str, FloatArray]


def guidance_of(predictor: Predictor) -> GuidanceInfo | None:
    """Return what is known of a model's guidance, None if it has none."""
    from boundary_click.engine.guided import GuidedPredictor

    if not isinstance(predictor, GuidedPredictor):
        return None
    config = predictor.guidance
    return GuidanceInfo(
        GuidanceSettings(config.superpixel_count, config.superpixel_reach),
        any(name.startswith("superpixel") for name in config.maps),
    )


def guided(predictor: Predictor, settings: GuidanceSettings | None) -> Predictor:
    """Return a predictor with these settings: itself if they change nothing."""
    from boundary_click.engine.guided import GuidedPredictor

    if settings is None or not isinstance(predictor, GuidedPredictor):
        return predictor
    info = guidance_of(predictor)
    if info is not None and info.settings == settings:
        return predictor
    return predictor.with_guidance(**asdict(settings))


def sight_of(predictor: Predictor, session: Session) -> Sight | None:
    """Return what a model is told of the clicks so far; None if it has no guidance, or no click.

    Parameters
    ----------
    predictor : Predictor
        With which the session was made.
    session : Session
    """
    from skimage.segmentation import find_boundaries

    from boundary_click.engine.guidance_stack import without_clicks
    from boundary_click.engine.guided import GuidedPredictor
    from boundary_click.engine.state import sigmoid

    found = session.latest
    if found is None or not isinstance(predictor, GuidedPredictor):
        return None
    state, clicks = found
    view = predictor.show_guidance(state, clicks)
    pictures: dict[str, FloatArray] = {
        name: np.abs(drawn - without_clicks(name)) for name, drawn in view.maps.items()
    }
    if view.superpixels is not None:
        pictures[BORDERS] = find_boundaries(view.superpixels, mode="inner").astype(np.float32)
    pictures[PROBABILITY] = sigmoid(state.logits)
    return Sight(view.window, pictures)
