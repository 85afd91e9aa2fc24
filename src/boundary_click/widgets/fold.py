"""A section that unfolds."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QToolButton, QVBoxLayout, QWidget


class Fold(QWidget):
    """A heading that shows and hides what is below it.

    Parameters
    ----------
    title : str
    tip : str
        Of the heading.
    content : QWidget
    """

    def __init__(self, title: str, tip: str, content: QWidget) -> None:
        super().__init__()
        self.header = QToolButton()
        self.header.setText(title)
        self.header.setToolTip(tip)
        self.header.setCheckable(True)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.header.toggled.connect(self._fold)
        self._content = content
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.header)
        layout.addWidget(content)
        self._fold(False)

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self.header.setText(title)

    def _fold(self, is_open: bool) -> None:
        self.header.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._content.setVisible(is_open)
