"""The section about projects: keep, open, go through a folder, export."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from boundary_click.io.exports import FORMATS
from boundary_click.widgets.buttons import button
from boundary_click.widgets.projects import ProjectDesk, ProjectInfo


class ProjectBox(QWidget):
    """Buttons, and a line that says what is saved.

    Parameters
    ----------
    desk : ProjectDesk
        Does it.
    """

    def __init__(self, desk: ProjectDesk) -> None:
        super().__init__()
        self._desk = desk
        self.keep = button(
            "Keep in a project…",
            "Save objects, clicks and labels in a folder, again after each accepted object",
        )
        self.open = button("Open project…", "Go on where a project was left")
        self.folder = button("Folder of images…", "Go through its images, one project each")
        self.back = button("Previous", "The image before, saved as it is")
        self.forth = button("Next", "The image after, saved as it is")
        self.done = button("Done, next", "Mark this image as done, and go to the next that is not")
        self.format = QComboBox()
        for each in FORMATS.values():
            self.format.addItem(each.description, each.name)
        self.format.setToolTip("The format to export labels and objects to")
        self.format.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.format.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.export = button("Export…", "Write the labels and objects for other programs")
        self.state = QLabel()
        self.state.setObjectName("project_state")
        self.state.setWordWrap(True)
        self.place = QLabel()
        self._fill()
        self._connect()

    def show_info(self, info: ProjectInfo) -> None:
        """Show how things stand."""
        if info.path is None:
            self.state.setText("Not kept: objects are in the layers only.")
        else:
            how = "saved" if info.is_saved else "saving…"
            name = "Kept for a while" if info.is_automatic else info.path.name
            self.state.setText(f"{name}: {how}")
            self.state.setToolTip(str(info.path))
        self.keep.setEnabled(info.can_keep and (info.path is None or info.is_automatic))
        self.export.setEnabled(info.can_keep and not info.is_busy)
        self.place.setText(info.place)
        for each in (self.back, self.forth, self.done, self.place):
            each.setVisible(bool(info.place))

    def _connect(self) -> None:
        self._desk.changed.connect(lambda: self.show_info(self._desk.info))
        self.keep.clicked.connect(self._keep)
        self.open.clicked.connect(self._open)
        self.folder.clicked.connect(self._open_folder)
        self.back.clicked.connect(lambda: self._desk.step(-1))
        self.forth.clicked.connect(lambda: self._desk.step(1))
        self.done.clicked.connect(self._desk.finish)
        self.export.clicked.connect(self._export)

    def _keep(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Keep in a project", str(self._desk.suggested), "Projects (*.bclick)"
        )
        if name:
            self._desk.create(Path(name))

    def _open(self) -> None:
        start = str(self._desk.suggested.parent)
        if name := QFileDialog.getExistingDirectory(self, "Open a project", start):
            self._desk.open(Path(name))

    def _open_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Open a folder of images"):
            self._desk.open_series(Path(name))

    def _export(self) -> None:
        each = FORMATS[self.format.currentData()]
        suggested = self._desk.suggested
        start = suggested.with_name(f"{Path(suggested.stem).stem}{each.suffix}")
        name, _ = QFileDialog.getSaveFileName(self, "Export", str(start), f"(*{each.suffix})")
        if name:
            self._desk.export(Path(name), each.name)

    def _fill(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(6)
        grid.addWidget(self.keep, 0, 0, 1, 3)
        grid.addWidget(self.open, 0, 3, 1, 3)
        grid.addWidget(self.folder, 1, 0, 1, 3)
        grid.addWidget(self.place, 1, 3, 1, 3)
        for column, each in enumerate((self.back, self.forth, self.done)):
            grid.addWidget(each, 2, 2 * column, 1, 2)
        grid.addWidget(self.format, 3, 0, 1, 4)
        grid.addWidget(self.export, 3, 4, 1, 2)
        for column in range(6):
            grid.setColumnStretch(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.state)
        layout.addLayout(grid)
