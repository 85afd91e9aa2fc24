from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import Box, Window
from boundary_click.engine.guided import GuidedPredictor
from boundary_click.engine.state import MaskState

STACK = np.zeros((3, 100, 120), dtype=np.uint8)
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

    def resume(self, image, mask) -> MaskState:
        self._predict(image)
        return disk(mask.centre.row, mask.centre.col, RADIUS)

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


@pytest.fixture(scope="session")
def guided(guided_architecture, build) -> GuidedPredictor:
    """A small model of the guidance family that sees little more than what the clicks say."""
    model = build(guided_architecture)
    torch.nn.init.constant_(model.network.classifier.bias, -1.5)
    return GuidedPredictor(model.eval(), name="tiny")


class Desk:
    """A viewer with the widget, and hands to click with."""

    def __init__(self, viewer, predictor, qtbot):
        self.viewer, self.predictor, self.qtbot = viewer, predictor, qtbot
        self.load_error: Exception | None = None
        from boundary_click.widgets.segment import SegmentWidget  # where there is no Qt, do without

        self.widget = SegmentWidget(viewer, load_model=self.load)
        viewer.window.add_dock_widget(self.widget, name="Segment")
        self.does = self.widget.segmenter

    def load(self, model, device):
        if self.load_error:
            raise self.load_error
        return self.predictor

    @property
    def clicks(self):
        return self.does._space.clicks

    @property
    def data(self):
        return self.does.labels.data

    @property
    def now(self):
        return self.does.situation

    @property
    def active(self):
        return self.viewer.layers.selection.active

    def click(self, *point, wait=True):
        """Click on the canvas: a point in the active click layer."""
        self.active.add(point)
        if wait:
            self.wait()

    def wait(self):
        self.qtbot.waitUntil(lambda: not self.does.is_busy, timeout=30000)

    def area(self, label):
        return int(np.count_nonzero(self.data == label))

    def press(self, target, key):
        """Press a key while the viewer or a layer has the keyboard."""
        from napari.utils.key_bindings import coerce_keybinding

        target.keymap[coerce_keybinding(key)](target)
        self.wait()


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


@pytest.fixture
def make_desk(viewer, predictor, qtbot):
    """Open the widget in the viewer, with the fake predictor or another one."""
    made = []

    def make(model=predictor):
        made.append(Desk(viewer, model, qtbot))
        made[-1].wait()
        return made[-1]

    yield make
    predictor.gate.set()
    for desk in made:
        desk.widget.release()


@pytest.fixture
def bare_desk(make_desk):
    return make_desk()


@pytest.fixture
def desk(viewer, make_desk):
    viewer.add_image(STACK, name="cells")
    viewer.dims.set_point(0, 1)
    return make_desk()
