"""A list of rows, one of which is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

_ROW = 22
"""Height of a row, in pixels."""
_ROWS = 4
"""Rows that are seen without scrolling."""


class RowList(QTableWidget):
    """A table whose first column takes the space that the others leave.

    Parameters
    ----------
    columns : sequence of str
        Their headings.
    tip : str
    left : int
        Columns whose texts begin at the left; those of the others end at the right.
    """

    chosen = Signal()

    def __init__(self, columns: Sequence[str], tip: str, *, left: int) -> None:
        super().__init__(0, len(columns))
        self._left = left
        self.setHorizontalHeaderLabels(list(columns))
        self.setToolTip(tip)
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
        self.itemSelectionChanged.connect(self.chosen)

    @property
    def chosen_row(self) -> int | None:
        """The row that is chosen."""
        rows = {item.row() for item in self.selectedItems()}
        return rows.pop() if rows else None

    def choose(self, row: int | None) -> None:
        """Choose a row, or none, and tell nobody."""
        was_blocked = self.blockSignals(True)
        if row is None:
            self.clearSelection()
        else:
            self.selectRow(row)
        self.blockSignals(was_blocked)

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show other texts; the row that is chosen stays so while there is one."""
        was_blocked = self.blockSignals(True)
        self.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                self._show_cell(row, column, text)
        self.blockSignals(was_blocked)
        shown = min(max(len(rows), 1), _ROWS)
        self.setFixedHeight(self._head_height + _ROW * shown + 4)

    def _show_cell(self, row: int, column: int, text: str) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            is_left = column < self._left
            side = Qt.AlignmentFlag.AlignLeft if is_left else Qt.AlignmentFlag.AlignRight
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, column, item)
        item.setText(text)
        item.setToolTip(text if column == 0 else "")
