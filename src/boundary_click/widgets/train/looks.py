"""Colours of the napari theme for what the widget draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from boundary_click.widgets.looks import Colours


@dataclass(frozen=True, slots=True)
class PlotColours:
    """Colours of a plot, as matplotlib takes them."""

    background: str = "#262930"
    text: str = "#f0f1f2"
    grid: str = "#5a626c"
    faint: str = "#5a626c"
    line: str = "#56B4E9"
    second: str = "#E69F00"


def plot_colours(theme: Any, *, is_light: bool) -> PlotColours:
    """Return the colours that go with a theme of napari; the lines are of Okabe and Ito."""
    return PlotColours(
        background=theme.background.as_hex(),
        text=theme.text.as_hex(),
        grid=theme.secondary.as_hex(),
        faint=theme.primary.as_hex(),
        line="#0072B2" if is_light else "#56B4E9",
        second="#D55E00" if is_light else "#E69F00",
    )


def style_sheet(colours: Colours) -> str:
    """Return the style sheet of the widget."""
    return (
        f"#card {{ background: {colours.card}; border-radius: 4px;"
        f" border-left: 3px solid {colours.accent}; }}"
        f"#card QLabel {{ background: transparent; color: {colours.text}; }}"
        f"QLabel#problem {{ color: {colours.warning}; }}"
        f"#card QLabel#problem {{ color: {colours.warning}; }}"
        f"QPushButton#main:enabled {{ background: {colours.accent}; padding: 6px;"
        " font-weight: bold; }"
        f"QPushButton#kind:checked, QPushButton#page:checked {{ background: {colours.accent};"
        " font-weight: bold; }"
        "QPushButton#page { padding: 5px; }"
        f"QProgressBar {{ background: {colours.card}; border: none; border-radius: 3px;"
        f" color: {colours.text}; text-align: center; min-height: 20px; }}"
        f"QProgressBar::chunk {{ background: {colours.accent}; border-radius: 3px; }}"
    )
