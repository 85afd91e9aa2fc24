"""Colours of the napari theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours of the napari theme, as ``rgb(r, g, b)``."""

    card: str
    accent: str
    text: str
    warning: str


def is_light(theme: Any) -> bool:
    """Whether a theme of napari has a light background."""
    return sum(theme.background.as_rgb_tuple(alpha=False)) > 3 * 128


def theme_colours(theme: Any) -> Colours:
    """Return the colours of a theme of napari."""
    return Colours(
        card=theme.foreground.as_rgb(),
        accent=theme.current.as_rgb(),
        text=theme.text.as_rgb(),
        warning=(theme.error if is_light(theme) else theme.warning).as_rgb(),
    )
