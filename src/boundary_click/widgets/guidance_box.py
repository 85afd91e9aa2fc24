"""The folded section about guidance maps: whether to show them, and how they are drawn."""

from __future__ import annotations

import math
from dataclasses import replace

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from boundary_click.widgets.buttons import button
from boundary_click.widgets.fold import Fold
from boundary_click.widgets.guiding import GuidanceSettings
from boundary_click.widgets.situations import Situation

_COUNT_STEPS = 40
"""From 100 to 10000 superpixels, twenty a power of ten."""
_REACH_STEPS = 18
"""From 1 to 10 in halves; one step more means no limit."""
_WAIT = 250
"""Milliseconds that a slider rests before its value counts."""


def count_at(step: int) -> int:
    """Return the number of superpixels at a position of the slider, to two digits."""
    count = 100 * 10 ** (step / 20)
    unit = 10 ** (math.floor(math.log10(count)) - 1)
    return round(count / unit) * unit


def step_of_count(count: int) -> int:
    """Return the position of the slider nearest to a number of superpixels."""
    return min(max(round(20 * math.log10(count / 100)), 0), _COUNT_STEPS)


def reach_at(step: int) -> float | None:
    """Return the reach at a position of the slider, None for no limit."""
    return None if step > _REACH_STEPS else 1 + step / 2


def step_of_reach(reach: float | None) -> int:
    """Return the position of the slider nearest to a reach."""
    if reach is None:
        return _REACH_STEPS + 1
    return min(max(round(2 * (reach - 1)), 0), _REACH_STEPS)


class GuidanceBox(QWidget):
    """A check box and two sliders that unfold; not to be seen for models without guidance."""

    shown = Signal(bool)
    changed = Signal(object)  # GuidanceSettings, None for the model's own

    def __init__(self) -> None:
        super().__init__()
        self._settings = GuidanceSettings(500, None)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT)
        self._wait.timeout.connect(lambda: self.changed.emit(self._settings))
        self.maps = QCheckBox("Show what the model is told")
        self.maps.setToolTip(
            "Image layers of the guidance maps, the borders of the superpixels and the "
            "probability follow the clicks; their eyes in the layer list choose among them."
        )
        self.maps.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.maps.clicked.connect(self.shown)
        self.own = button("As trained", "Draw the maps again as when the model was trained")
        self.own.clicked.connect(self._restore)
        self.count, self._count_value = _slider(_COUNT_STEPS), QLabel()
        self.reach, self._reach_value = _slider(_REACH_STEPS + 1), QLabel()
        self.count.valueChanged.connect(self._move_count)
        self.reach.valueChanged.connect(self._move_reach)
        self._fill()

    def show_situation(self, now: Situation) -> None:
        """Show the settings in use."""
        self.setVisible(now.guidance is not None)
        self.maps.setChecked(now.is_guidance_shown)
        self._sliders.setVisible(now.guidance is not None and now.guidance.has_superpixels)
        if now.settings is None or self._wait.isActive():
            return
        self.own.setEnabled(not now.is_guidance_own)
        self._settings = now.settings
        self._show_settings()

    def _show_settings(self) -> None:
        count, reach = self._settings.superpixel_count, self._settings.superpixel_reach
        for slider, step in (
            (self.count, step_of_count(count)),
            (self.reach, step_of_reach(reach)),
        ):
            slider.blockSignals(True)
            slider.setValue(step)
            slider.blockSignals(False)
        self._show_values()

    def _show_values(self) -> None:
        reach = self._settings.superpixel_reach
        self._count_value.setText(str(self._settings.superpixel_count))
        self._reach_value.setText(
            "no limit" if reach is None else f"{reach:g}\N{MULTIPLICATION SIGN} size"
        )

    def _move_count(self, step: int) -> None:
        self._change(replace(self._settings, superpixel_count=count_at(step)))

    def _move_reach(self, step: int) -> None:
        self._change(replace(self._settings, superpixel_reach=reach_at(step)))

    def _change(self, settings: GuidanceSettings) -> None:
        self._settings = settings
        self._show_values()
        self._wait.start()

    def _restore(self) -> None:
        self._wait.stop()
        self.changed.emit(None)

    def _fill(self) -> None:
        self._sliders = QWidget()
        grid = QGridLayout(self._sliders)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        rows = (
            (
                "Superpixels",
                self.count,
                self._count_value,
                "About how many there are in what the model sees: more follow finer structures",
            ),
            (
                "Reach",
                self.reach,
                self._reach_value,
                "How far a click is felt, as a multiple of the object's size",
            ),
        )
        for row, (name, slider, value, tip) in enumerate(rows):
            label = QLabel(name)
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance("no limit") + 4)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, widget in enumerate((label, slider, value)):
                widget.setToolTip(tip)
                grid.addWidget(widget, row, column)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.own, len(rows), 1, 1, 2)
        inside = QWidget()
        content = QVBoxLayout(inside)
        content.setContentsMargins(6, 0, 0, 0)
        content.setSpacing(6)
        content.addWidget(self.maps)
        content.addWidget(self._sliders)
        fold = Fold("Guidance", "What the model is told of the clicks, and how", inside)
        self.header = fold.header
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(fold)


def _slider(steps: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, steps)
    slider.setPageStep(4)
    slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return slider
