"""How the mask in progress is cut, and how masks are drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QWidget

from boundary_click.widgets.situations import Situation

_STEPS = 20
"""Places of the slider to each side of the middle."""
_LOGIT = 0.2
"""By which a place differs from the next."""


class MaskBox(QWidget):
    """A slider that makes the mask smaller or larger, and a box that shows outlines only."""

    cut = Signal(float)
    """Carries the probability from which on pixels belong to the mask."""
    outlined = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(-_STEPS, _STEPS)
        self.slider.setPageStep(4)
        self.slider.setObjectName("cut")
        self.slider.setToolTip(
            "Make the mask smaller or larger: it takes the pixels of which the model is this sure. "
            "Further clicks start from there."
        )
        self.outlines = QCheckBox("Outlines")
        self.outlines.setToolTip("Show objects as outlines, so that the image under them is seen")
        self.slider.valueChanged.connect(lambda place: self.cut.emit(_threshold(place)))
        self.outlines.toggled.connect(self.outlined)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (QLabel("Mask"), QLabel("\N{MINUS SIGN}"), self.slider, QLabel("+")):
            layout.addWidget(widget, int(widget is self.slider))
        layout.addSpacing(8)
        layout.addWidget(self.outlines)

    def show_situation(self, now: Situation) -> None:
        """Show where the mask is cut and how masks are drawn."""
        self.slider.setEnabled(now.threshold is not None)
        if not self.slider.isSliderDown():
            _show(self.slider, self.slider.setValue, _place(now.threshold or 0.5))
        self.outlines.setEnabled(now.is_open)
        _show(self.outlines, self.outlines.setChecked, now.shows_outlines)


def _show(widget: QWidget, setter: Callable[[Any], None], value: Any) -> None:
    """Set what a widget shows, and tell nobody."""
    was_blocked = widget.blockSignals(True)
    setter(value)
    widget.blockSignals(was_blocked)


def _threshold(place: int) -> float:
    """Return the probability of a place: the further to the right, the lower."""
    return 1 / (1 + math.exp(_LOGIT * place))


def _place(threshold: float) -> int:
    return round(math.log((1 - threshold) / threshold) / _LOGIT)
