"""The page of the model library."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QGridLayout,
    QInputDialog,
    QLabel,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from boundary_click.widgets.buttons import button
from boundary_click.widgets.train.library import Entry, LibraryDesk
from boundary_click.widgets.train.result_table import NONE
from boundary_click.widgets.train.row_list import RowList
from boundary_click.widgets.train.texts import as_sentence

_COLUMNS = ("Model", "Clicks@85", "IoU@1", "MB")
_FILES = "Models (*.safetensors)"
_FORMATS = "Model (*.safetensors);;ONNX (*.onnx);;bioimage.io package (*.zip)"


class LibraryBox(QWidget):
    """The models in a list, what the chosen one says of itself, and buttons.

    Parameters
    ----------
    desk : LibraryDesk
        Does it.
    """

    used = Signal(str)
    """The user wants to segment with a model."""

    def __init__(self, desk: LibraryDesk) -> None:
        super().__init__()
        self._desk = desk
        self.list = RowList(_COLUMNS, "Models that came with the package, and your own", left=1)
        self.use = button("Use in Segment", "Segment with this model from the next object on")
        self.use.setObjectName("main")
        self.take = button("Import…", "Copy a model file into the library")
        self.fetch = button("From the internet…", "Download a model, checked by its checksum")
        self.give = button("Export…", "Write it as one file, as ONNX, or for bioimage.io")
        self.rename = button("Rename…", "Give one of your own models another name")
        self.delete = button("Delete…", "Delete one of your own models")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self._facts = {name: _text() for name in ("For", "From", "Data", "Licence")}
        self._fill()
        self._connect()
        self.refresh()

    @property
    def chosen(self) -> Entry | None:
        """The model that is marked."""
        row = self.list.chosen_row
        return self._desk.entries[row] if row is not None else None

    def refresh(self) -> None:
        """Show what the library holds."""
        self.list.show_rows([_row(entry) for entry in self._desk.entries])
        self._show_chosen()

    def _show_chosen(self) -> None:
        entry = self.chosen
        values = (
            (entry.description, entry.parent, entry.data, entry.licence) if entry else ("",) * 4
        )
        for label, value in zip(self._facts.values(), values, strict=True):
            label.setText(value or NONE)
        is_own = entry is not None and entry.is_own
        for each in (self.use, self.give):
            each.setEnabled(entry is not None and entry.megabytes > 0)
        self.rename.setEnabled(is_own)
        self.delete.setEnabled(is_own)

    def _tell(self, text: str) -> None:
        self.said.setText(as_sentence(text))

    def _connect(self) -> None:
        desk = self._desk
        desk.changed.connect(self.refresh)
        desk.told.connect(self._tell)
        desk.failed.connect(self._tell)
        self.list.chosen.connect(self._show_chosen)
        self.use.clicked.connect(lambda: self.chosen and self.used.emit(self.chosen.name))
        self.take.clicked.connect(self._take)
        self.fetch.clicked.connect(self._fetch)
        self.give.clicked.connect(self._give)
        self.rename.clicked.connect(self._rename)
        self.delete.clicked.connect(self._delete)

    def _take(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import a model", "", _FILES)
        if path:
            self._desk.take_file(Path(path))

    def _fetch(self) -> None:
        url, is_given = QInputDialog.getText(self, "Download a model", "Address of the file")
        if not (is_given and url.strip()):
            return
        asked = "SHA-256 checksum that its publisher states"
        checksum, is_given = QInputDialog.getText(self, "Download a model", asked)
        if is_given:
            self._desk.take_address(url.strip(), checksum.strip())

    def _give(self) -> None:
        if (entry := self.chosen) is None:
            return
        start = str(Path.home() / f"{entry.name}.safetensors")
        path, _ = QFileDialog.getSaveFileName(self, "Export a model", start, _FORMATS)
        if path:
            self._desk.export(entry.name, Path(path))

    def _rename(self) -> None:
        if (entry := self.chosen) is None:
            return
        new, is_given = QInputDialog.getText(
            self, "Rename a model", f"New name of {entry.name}", text=entry.name
        )
        if is_given and new != entry.name:
            self._desk.rename(entry.name, new)

    def _delete(self) -> None:
        if (entry := self.chosen) is None:
            return
        asked = f"Delete the model {entry.name!r}? This cannot be undone."
        answer = QMessageBox.question(self, "Delete a model", asked)
        if answer == QMessageBox.StandardButton.Yes:
            self._desk.delete(entry.name)

    def _fill(self) -> None:
        facts = QFormLayout()
        facts.setSpacing(4)
        for name, label in self._facts.items():
            facts.addRow(name, label)
        grid = QGridLayout()
        grid.setSpacing(6)
        for column, each in enumerate((self.give, self.rename, self.delete)):
            grid.addWidget(each, 0, 2 * column, 1, 2)
        grid.addWidget(self.take, 1, 0, 1, 3)
        grid.addWidget(self.fetch, 1, 3, 1, 3)
        for column in range(6):
            grid.setColumnStretch(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.list)
        layout.addLayout(facts)
        layout.addWidget(self.use)
        layout.addLayout(grid)
        layout.addWidget(self.said)


def _row(entry: Entry) -> tuple[str, ...]:
    metrics = entry.metrics
    return (
        entry.name,
        f"{metrics['clicks@85']:.2f}" if "clicks@85" in metrics else NONE,
        f"{metrics['iou@1']:.3f}" if "iou@1" in metrics else NONE,
        f"{entry.megabytes:.1f}" if entry.megabytes else NONE,
    )


def _text() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label
