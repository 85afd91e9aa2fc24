"""What a dock widget is laid out in."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QWidget


class Column(QScrollArea):
    """Scrolls what is higher than the window, and is wide enough for it at any time."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard is the canvas's
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def minimumSizeHint(self) -> QSize:
        """Return a size that shows all of the width."""
        content, bar = self.widget(), self.verticalScrollBar()
        width = (content.minimumSizeHint().width() if content else 0) + (
            bar.sizeHint().width() if bar else 0
        )
        return QSize(width, super().minimumSizeHint().height())
