"""The accepted objects as a table: go to one, open, delete or merge them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from boundary_click.core.records import ObjectRecord
from boundary_click.widgets.buttons import button

_COLUMNS = ("Id", "Planes", "Clicks", "Time", "Pixels", "Review")
_NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_HEIGHT = 150


class RecordModel(QAbstractTableModel):
    """Records as rows, the latest first."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Mapping[int, ObjectRecord] = {}
        self._records: tuple[ObjectRecord, ...] = ()

    def show_records(self, records: Mapping[int, ObjectRecord]) -> None:
        """Show other records."""
        if records is not self._shown:
            self.beginResetModel()
            self._shown, self._records = records, tuple(records.values())[::-1]
            self.endResetModel()

    def record(self, row: int) -> ObjectRecord:
        """Return the record in a row."""
        return self._records[row]

    def row_of(self, object_id: int) -> int | None:
        """Return the row of an object, None if it has none."""
        ids = (record.object_id for record in self._records)
        return next((row for row, each in enumerate(ids) if each == object_id), None)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of records."""
        return len(self._records)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of columns."""
        return len(_COLUMNS)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        record = self._records[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(record)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _NUMBERS
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(record)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return the name of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section]
        return None


class ObjectTable(QWidget):
    """The table and what can be done with its rows.

    A click goes to an object, a double click opens it.
    """

    went = Signal(object)  # ObjectRecord
    opened = Signal(object)  # ObjectRecord
    deleted = Signal(object)  # tuple of int
    merged = Signal(object)  # tuple of int
    overwriting = Signal(bool)
    showing_clicks = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.model = RecordModel()
        self.table = _table(self.model)
        self.table.clicked.connect(lambda at: self.went.emit(self.model.record(at.row())))
        self.table.doubleClicked.connect(lambda at: self.opened.emit(self.model.record(at.row())))
        self.delete = button("Delete", "Erase the objects that are marked; Undo brings them back")
        self.merge = button("Merge", "Make one object of those marked, with the id of the first")
        self.delete.clicked.connect(lambda: self.deleted.emit(self.marked))
        self.merge.clicked.connect(lambda: self.merged.emit(self.marked))
        self.overwrite = _check(
            "Masks may cover other objects",
            "Otherwise a mask ends where another object begins. What was covered comes back "
            "where a mask is corrected to leave it.",
        )
        self.overwrite.clicked.connect(self.overwriting)
        self.earlier = _check("Show their clicks", "Faintly, in a layer of their own")
        self.earlier.clicked.connect(self.showing_clicks)
        self._fill()
        selection = self.table.selectionModel()
        assert selection is not None  # it has a model
        selection.selectionChanged.connect(self._selection_changed)
        self.model.modelReset.connect(self._selection_changed)
        self._selection_changed()

    @property
    def marked(self) -> tuple[int, ...]:
        """Ids of the objects that are marked, in the order of the rows."""
        selection = self.table.selectionModel()
        rows = sorted(at.row() for at in selection.selectedRows()) if selection else []
        return tuple(self.model.record(row).object_id for row in rows)

    def show_records(self, records: Mapping[int, ObjectRecord]) -> None:
        """Show other records."""
        self.model.show_records(records)

    def _selection_changed(self, *changed: Any) -> None:
        self.delete.setEnabled(len(self.marked) > 0)
        self.merge.setEnabled(len(self.marked) > 1)

    def _fill(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.table)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.delete)
        row.addWidget(self.merge)
        layout.addLayout(row)
        layout.addWidget(self.overwrite)
        layout.addWidget(self.earlier)


def _table(model: RecordModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setShowGrid(False)
    table.setFixedHeight(_HEIGHT)
    if (rows := table.verticalHeader()) is not None:
        rows.setVisible(False)
        rows.setDefaultSectionSize(22)
    if (columns := table.horizontalHeader()) is not None:
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(
            _COLUMNS.index("Planes"), QHeaderView.ResizeMode.ResizeToContents
        )
        columns.setMinimumSectionSize(34)
    return table


def _check(text: str, tip: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setToolTip(tip)
    box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return box


def _cells(record: ObjectRecord) -> tuple[str, ...]:
    doubtful = sum(bool(part.doubt) for part in record.parts)
    return (
        str(record.object_id),
        _planes(record),
        str(record.clicks),
        f"{record.seconds:.0f} s",
        str(record.area),
        str(doubtful or ""),
    )


def _planes(record: ObjectRecord) -> str:
    """Return the range of planes, of the axis along which there are several."""
    places = [
        tuple(at for axis, at in enumerate(part.plane.at) if axis not in part.plane.axes)
        for part in record.parts
    ]
    if not places or not places[0]:
        return "1"
    first, last = min(places), max(places)
    ends = dict.fromkeys(",".join(map(str, place)) for place in (first, last))
    return "\N{EN DASH}".join(ends)


def _tip(record: ObjectRecord) -> str:
    doubts = [f"plane {part.plane.at}: {part.doubt}" for part in record.parts if part.doubt]
    return "\n".join([f"Made with {record.model}" if record.model else "", *doubts]).strip()
