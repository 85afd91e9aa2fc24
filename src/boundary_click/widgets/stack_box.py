"""The section about stacks: carry an object through planes, and review what is doubtful."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from boundary_click.widgets.buttons import button
from boundary_click.widgets.situations import Situation


class StackBox(QWidget):
    """Buttons that carry the object in progress, or the one accepted last, to other planes."""

    carried = Signal(bool, bool)  # backward, forward
    interpolated = Signal()
    cancelled = Signal()
    reviewed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.backward = button("Back", "Carry the object to the planes before this one (H)")
        self.both = button("Both ways", "Carry the object to the planes on both sides")
        self.forward = button("Forward", "Carry the object to the planes after this one (J)")
        self.interpolate = button(
            "Fill between", "Fill the planes between those on which you have made the object"
        )
        self.review = button("Review next", "Open the next plane that is doubtful (Q)")
        self.cancel = button("Stop", "Keep the planes that are filled so far")
        self.axis = QComboBox()
        self.axis.setToolTip("The axis along which the object is carried")
        self.axis.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.count = QSpinBox()
        self.count.setRange(0, 9999)
        self.count.setSpecialValueText("all")
        self.count.setToolTip("At most so many planes to each side; all to the end of the stack")
        self.count.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setFixedHeight(8)
        self.progress.setTextVisible(False)
        self._fill()
        self.backward.clicked.connect(lambda: self.carried.emit(True, False))
        self.both.clicked.connect(lambda: self.carried.emit(True, True))
        self.forward.clicked.connect(lambda: self.carried.emit(False, True))
        self.interpolate.clicked.connect(self.interpolated)
        self.review.clicked.connect(self.reviewed)
        self.cancel.clicked.connect(self.cancelled)

    @property
    def planes(self) -> int | None:
        """At most so many planes to each side; None to the end."""
        return self.count.value() or None

    @property
    def chosen_axis(self) -> int | None:
        """The axis to carry along; None if there is none."""
        axis: int | None = self.axis.currentData()
        return axis

    def show_situation(self, now: Situation) -> None:
        """Offer what fits."""
        self.setEnabled(now.has_image)
        if [self.axis.itemData(at) for at in range(self.axis.count())] != list(now.stack_axes):
            self.axis.clear()
            for axis, name in now.stack_axes.items():
                self.axis.addItem(name, axis)
        self._axis_label.setVisible(len(now.stack_axes) > 1)
        self.axis.setVisible(len(now.stack_axes) > 1)
        can_grow = (now.has_mask or bool(now.records)) and not now.is_growing
        for each in (self.backward, self.both, self.forward, self.interpolate):
            each.setEnabled(can_grow)
        self.review.setEnabled(now.doubtful > 0)
        self.review.setText(f"Review next ({now.doubtful})" if now.doubtful else "Review next")
        self.progress.setVisible(now.is_growing)
        self.cancel.setVisible(now.is_growing)

    def _fill(self) -> None:
        self._axis_label = QLabel("Along")
        grid = QGridLayout()
        grid.setSpacing(6)
        for column, each in enumerate((self.backward, self.both, self.forward)):
            grid.addWidget(each, 0, 2 * column, 1, 2)
        grid.addWidget(QLabel("Planes"), 1, 0)
        grid.addWidget(self.count, 1, 1, 1, 2)
        grid.addWidget(self._axis_label, 1, 3)
        grid.addWidget(self.axis, 1, 4, 1, 2)
        grid.addWidget(self.interpolate, 2, 0, 1, 3)
        grid.addWidget(self.review, 2, 3, 1, 3)
        grid.addWidget(self.progress, 3, 0, 1, 4)
        grid.addWidget(self.cancel, 3, 4, 1, 2)
        for column in range(6):
            grid.setColumnStretch(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(grid)
