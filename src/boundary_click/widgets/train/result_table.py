"""A model before and after a run, on the held-out objects."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QLabel, QWidget

from boundary_click.widgets.train.texts import METRICS

NONE = "\N{EN DASH}"
"""What is shown for a metric that there is none of."""

_BETTER, _WORSE = "\N{CHECK MARK}", "\N{BALLOT X}"


class ResultTable(QWidget):
    """Metrics in rows: before, after, and a mark where they got better or worse."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(2, 2, 2, 2)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self.cells: dict[tuple[int, int], QLabel] = {}
        for column, text in enumerate(("Held-out objects", "before", "after", "")):
            self._cell(0, column).setText(f"<b>{text}</b>" if text else "")
        for row, (_, heading, _, _) in enumerate(METRICS, start=1):
            self._cell(row, 0).setText(heading)

    def show_metrics(self, before: Mapping[str, float], after: Mapping[str, float]) -> None:
        """Show metrics by name; a missing one is a dash."""
        for row, (name, _, form, is_less_better) in enumerate(METRICS, start=1):
            texts = [form.format(m[name]) if name in m else NONE for m in (before, after)]
            for column, text in enumerate(texts, start=1):
                self._cell(row, column).setText(text)
            mark = ""
            if name in before and name in after and texts[0] != texts[1]:
                is_better = (after[name] < before[name]) == is_less_better
                mark = _BETTER if is_better else _WORSE
            cell = self._cell(row, 3)
            cell.setText(mark)
            cell.setToolTip({_BETTER: "Better", _WORSE: "Worse"}.get(mark, ""))
        self.setVisible(bool(after))

    def _cell(self, row: int, column: int) -> QLabel:
        if (row, column) not in self.cells:
            label = QLabel()
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            if column == 3:
                label.setFixedWidth(18)
            self._grid.addWidget(label, row, column)
            self.cells[row, column] = label
        return self.cells[row, column]
