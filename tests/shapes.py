"""Disks as logit maps, clicks on their outline, and what to draw at random of both."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from boundary_click.core.arrays import inner_boundary
from boundary_click.core.clicks import Click

SIDE = 96
ROWS, COLS = np.ogrid[:SIDE, :SIDE]
CENTRE = Click(48, 48)
rims = st.floats(0.1, 1.5)
radii = st.floats(8, 30)
cells = st.floats(12, SIDE - 13)
angles = st.floats(0, 2 * math.pi)


def disk(radius: float, row: float = 48, col: float = 48) -> np.ndarray:
    """Logits that are the distance to the outline of a disk."""
    return (radius - np.hypot(ROWS - row, COLS - col)).astype(np.float32)


def boundary(angle: float, radius: float) -> Click:
    return Click(48 + radius * math.sin(angle), 48 + radius * math.cos(angle), "boundary")


def gap(logits: np.ndarray, click: Click) -> float:
    """Distance from a click to the mask's outermost cells."""
    outline = np.argwhere(inner_boundary(logits > 0))
    return float(np.linalg.norm(outline - (click.row, click.col), axis=1).min())
