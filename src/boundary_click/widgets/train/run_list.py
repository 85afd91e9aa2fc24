"""The runs of this computer in a list."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.record import RunSummary
from boundary_click.widgets.train.result_table import NONE
from boundary_click.widgets.train.row_list import RowList

_COLUMNS = ("Run", "State", "Clicks@85", "IoU@1")


class RunList(RowList):
    """A row for each run: name, state, and its best model on the held-out objects."""

    run_chosen = Signal(object)  # RunFolder

    def __init__(self) -> None:
        super().__init__(_COLUMNS, "Training runs of this computer, the latest first", left=2)
        self._folders: list[RunFolder] = []
        self.chosen.connect(self._choose)

    def show_runs(self, runs: Sequence[RunSummary], chosen: RunFolder | None) -> None:
        """Show runs, one of them marked."""
        self._folders = [run.folder for run in runs]
        self.show_rows([_row(run) for run in runs])
        self.choose(self._folders.index(chosen) if chosen in self._folders else None)

    def _choose(self) -> None:
        if self.chosen_row is not None:
            self.run_chosen.emit(self._folders[self.chosen_row])


def _row(run: RunSummary) -> tuple[str, ...]:
    metrics = run.best
    return (
        run.name,
        run.state,
        f"{metrics['clicks@85']:.2f}" if metrics else NONE,
        f"{metrics['iou@1']:.3f}" if metrics else NONE,
    )
