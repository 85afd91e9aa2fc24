"""The runs of this computer in a list."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.record import RunSummary
from boundary_click.widgets.train.result_table import NONE

_COLUMNS = ("Run", "State", "Clicks@85", "IoU@1")
_ROW = 22
"""Height of a row, in pixels."""
_ROWS = 4
"""Rows that are seen without scrolling."""


class RunList(QTableWidget):
    """A row for each run: name, state, and its best model on the held-out objects."""

    chosen = Signal(object)  # RunFolder

    def __init__(self) -> None:
        super().__init__(0, len(_COLUMNS))
        self._folders: list[RunFolder] = []
        self.setHorizontalHeaderLabels(_COLUMNS)
        self.setToolTip("Training runs of this computer, the latest first")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        head, side = self.horizontalHeader(), self.verticalHeader()
        assert head is not None  # Qt gives every table both
        assert side is not None
        side.hide()
        side.setDefaultSectionSize(_ROW)
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._head_height = head.sizeHint().height()
        self.itemSelectionChanged.connect(self._select)

    def show_runs(self, runs: Sequence[RunSummary], chosen: RunFolder | None) -> None:
        """Show runs, one of them marked."""
        self.blockSignals(True)
        self._folders = [run.folder for run in runs]
        self.setRowCount(len(runs))
        for row, run in enumerate(runs):
            metrics = run.best
            texts = (
                run.name,
                run.state,
                f"{metrics['clicks@85']:.2f}" if metrics else NONE,
                f"{metrics['iou@1']:.3f}" if metrics else NONE,
            )
            for column, text in enumerate(texts):
                self._show_cell(row, column, text)
        if chosen in self._folders:
            self.selectRow(self._folders.index(chosen))
        else:
            self.clearSelection()
        self.blockSignals(False)
        rows = min(max(len(runs), 1), _ROWS)
        self.setFixedHeight(self._head_height + _ROW * rows + 4)

    def _show_cell(self, row: int, column: int, text: str) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            side = Qt.AlignmentFlag.AlignRight if column > 1 else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, column, item)
        item.setText(text)
        item.setToolTip(text if column == 0 else "")

    def _select(self) -> None:
        rows = {item.row() for item in self.selectedItems()}
        if rows:
            self.chosen.emit(self._folders[rows.pop()])
