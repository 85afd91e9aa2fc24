"""Where the training data comes from, and what was found in it."""

from __future__ import annotations

from pathlib import Path

import napari
from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from boundary_click.widgets.buttons import button
from boundary_click.widgets.train.layer_form import LayerForm
from boundary_click.widgets.train.setup import SetupDesk
from boundary_click.widgets.train.sources import FolderSource, ProjectSource, Source
from boundary_click.widgets.train.texts import data_text, problem_text
from boundary_click.widgets.train.thumbnails import Thumbnails

_WAIT = 400
"""Milliseconds that a choice rests before the data is looked through."""
_PROJECTS = (
    "Projects that the Segment widget keeps (*.bclick), or folders that hold some. Accepted "
    "objects are learned."
)
_FOLDERS = (
    "Folders with <b>images/</b> and <b>labels/</b>: files of the same names, labels as integers."
)


class PathList(QWidget):
    """Folders that are added and removed.

    Parameters
    ----------
    explanation : str
        What to add.
    title : str
        Of the dialog.
    """

    changed = Signal()

    def __init__(self, explanation: str, title: str) -> None:
        super().__init__()
        self._title = title
        self._paths: tuple[Path, ...] = ()
        text = QLabel(explanation)
        text.setWordWrap(True)
        self.paths = QListWidget()
        self.paths.setFixedHeight(58)
        self.paths.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self.add = button("Add…", title)
        self.remove = button("Remove", "Do not learn from the chosen one")
        self.add.clicked.connect(self._ask)
        self.remove.clicked.connect(self._remove)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.add, 1)
        row.addWidget(self.remove, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(text)
        layout.addWidget(self.paths)
        layout.addLayout(row)

    @property
    def chosen(self) -> tuple[Path, ...]:
        """What was added."""
        return self._paths

    def append(self, path: Path) -> None:
        """Add a folder, unless it is there."""
        if path not in self._paths:
            self._paths += (path,)
            self.paths.addItem(str(path))
            self.paths.setCurrentRow(self.paths.count() - 1)
            self.changed.emit()

    def _ask(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, self._title):
            self.append(Path(name))

    def _remove(self) -> None:
        if (row := self.paths.currentRow()) >= 0:
            self._paths = self._paths[:row] + self._paths[row + 1 :]
            self.paths.takeItem(row)
            self.changed.emit()


class DataBox(QWidget):
    """Three kinds of data to choose from, and what was found.

    Parameters
    ----------
    viewer : napari.Viewer
    desk : SetupDesk
        Looks through it.
    """

    def __init__(self, viewer: napari.Viewer, desk: SetupDesk) -> None:
        super().__init__()
        self._desk = desk
        self.layers = LayerForm(viewer)
        self.projects = PathList(_PROJECTS, "Add a project, or a folder with some")
        self.folders = PathList(_FOLDERS, "Add a folder with images/ and labels/")
        self.kinds = QButtonGroup(self)
        self.pages = QStackedWidget()
        self.found = _text()
        self.found.setObjectName("found")
        self.problem = _text()
        self.problem.setObjectName("problem")
        self.pictures = Thumbnails(columns=5, rows=1)
        self.again = button("\N{CLOCKWISE OPEN CIRCLE ARROW}", "Look through the data again")
        self.again.setFixedWidth(28)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT)
        self._wait.timeout.connect(self.check)
        self._fill()
        for part in (self.layers, self.projects, self.folders):
            part.changed.connect(self._wait.start)
        self.kinds.idClicked.connect(self._choose_kind)
        self.again.clicked.connect(self.check)
        desk.changed.connect(self.refresh)
        self._wait.start()

    @property
    def is_waiting(self) -> bool:
        """Whether a choice was made that is not looked through yet."""
        return bool(self._wait.isActive())

    def check(self) -> None:
        """Look through the data."""
        self._wait.stop()
        self._desk.check(self._source())

    def release(self) -> None:
        """Let go of the viewer."""
        self._wait.stop()
        self.layers.release()

    def refresh(self) -> None:
        """Show what was found."""
        desk = self._desk
        self.found.setText(data_text(desk))
        problem = problem_text(desk)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.pictures.show_arrays(desk.checked.report.thumbnails if desk.checked else ())
        self.again.setEnabled(not desk.is_checking)

    def _source(self) -> Source | str:
        kind = self.kinds.checkedId()
        if kind == 0:
            return self.layers.source()
        paths = (self.projects if kind == 1 else self.folders).chosen
        if not paths:
            return "add a project" if kind == 1 else "add a folder of images and labels"
        return ProjectSource(paths) if kind == 1 else FolderSource(paths)

    def _choose_kind(self, kind: int) -> None:
        page = (self.layers, self.projects, self.folders)[kind]
        self.pages.setCurrentWidget(page)
        self.pages.setFixedHeight(page.sizeHint().height())  # that of the page on show
        self.check()

    def _fill(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(2)
        tips = (
            ("Open layers", "Learn from an image and its labels that are open"),
            ("Projects", "Learn from projects that the Segment widget keeps"),
            ("Folders", "Learn from files: images/ and labels/"),
        )
        for kind, (name, tip) in enumerate(tips):
            choice = button(name, tip)
            choice.setObjectName("kind")
            choice.setCheckable(True)
            choice.setChecked(kind == 0)
            self.kinds.addButton(choice, kind)
            row.addWidget(choice, 1)
        for page in (self.layers, self.projects, self.folders):
            self.pages.addWidget(page)
        self.pages.setFixedHeight(self.layers.sizeHint().height())
        state = QHBoxLayout()
        state.setSpacing(8)
        state.addWidget(self.found, 1)
        state.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(self.pages)
        layout.addLayout(state)
        layout.addWidget(self.problem)
        layout.addWidget(self.pictures)


def _text() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
