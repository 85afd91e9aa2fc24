from __future__ import annotations

import threading

import numpy as np
import pytest

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import Box, Window
from boundary_click.engine.state import MaskState

RADIUS = 8.0
_GRID = 64


def disk(row: float, col: float, radius: float) -> MaskState:
    """A disk round a pixel, as a predictor would return it."""
    crop = Window(Box.square(row + 0.5, col + 0.5, 4 * radius), _GRID)
    at = np.arange(_GRID)
    row, col = crop.forward(row, col)
    distance = np.hypot(at[:, None] - row, at[None] - col) / crop.zoom[0]
    return MaskState(crop, (radius + 0.5 - distance).astype(np.float32))


class DiskPredictor:
    """Selects a disk; a boundary click says how far it reaches.

    `error` is raised by the next predictions while it is set; predictions wait for `gate`.
    """

    name = "disk"
    device = "cpu"
    click_kinds = ("boundary", "positive", "negative")

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.images: list[object] = []
        self.extents: list[float | None] = []

    def select(self, image, click: Click, *, extent=None) -> MaskState:
        self.extents.append(extent)
        self._predict(image)
        return disk(click.row, click.col, RADIUS)

    def refine(self, image, state: MaskState, clicks: tuple[Click, ...]) -> MaskState:
        self._predict(image)
        first, last = clicks[0], clicks[-1]
        radius = max(1.0, float(np.hypot(last.row - first.row, last.col - first.col)))
        return disk(first.row, first.col, radius)

    def _predict(self, image) -> None:
        self.images.append(image)
        assert self.gate.wait(20)
        if self.error is not None:
            raise self.error


@pytest.fixture
def predictor():
    made = DiskPredictor()
    yield made
    made.gate.set()
