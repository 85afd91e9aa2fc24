"""Steps of an object: done in the background, their masks written when they come back."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject, Signal

from boundary_click.widgets.drafts import Outcome
from boundary_click.widgets.objects import WorkObject
from boundary_click.widgets.workers import SerialWorker, Ticket, message_of


class Runner(QObject):
    """Runs the steps of objects and writes their masks.

    Parameters
    ----------
    worker : SerialWorker
        Where predictions run.
    place : callable
        Makes sure that an object's Labels layer is there before its mask is written.
    """

    stepped = Signal(object)  # WorkObject
    failed = Signal(str)

    def __init__(self, worker: SerialWorker, place: Callable[[WorkObject], None]) -> None:
        super().__init__()
        self._worker = worker
        self._place = place

    def submit(self, item: WorkObject, step: Callable[[], Outcome]) -> None:
        """Queue a step; what an earlier one of the same object yields is then out of date."""

        def done(outcome: Outcome) -> None:
            self._finish(item, ticket, outcome)

        def failed(problem: str) -> None:
            self._give_up(item, ticket, problem)

        ticket = item.pending = self._worker.submit(step, done, failed)

    def _finish(self, item: WorkObject, ticket: Ticket, outcome: Outcome) -> None:
        if outcome.problem:
            self.failed.emit(outcome.problem)
        if ticket is item.pending:  # else a later step is on its way and knows better
            item.pending, item.outcome, item.clicks = None, outcome, outcome.clicks
            self._write(item)
            self.stepped.emit(item)

    def _give_up(self, item: WorkObject, ticket: Ticket, problem: str) -> None:
        """Go back to what the last step left, after one that raised."""
        if ticket is item.pending:
            item.pending, item.clicks = None, item.outcome.clicks
            self.stepped.emit(item)
        self.failed.emit(problem)

    def _write(self, item: WorkObject) -> None:
        try:
            self._place(item)
            item.has_mask = item.mask.write(item.outcome.patch)
        except Exception as error:  # the array may be of any library
            self.failed.emit(f"the mask could not be written: {message_of(error)}")
