"""Buttons that look and behave alike."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QPushButton


def button(name: str, tip: str) -> QPushButton:
    """Return a push button that leaves the keyboard to the canvas."""
    made = QPushButton(name)
    made.setToolTip(tip)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return made
