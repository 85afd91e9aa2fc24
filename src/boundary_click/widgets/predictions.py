"""Masks asked for in the background, and written when they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from qtpy.QtCore import QObject, Signal

from boundary_click.core.clicks import Click
from boundary_click.widgets.drafts import Draft, Outcome, Shelf
from boundary_click.widgets.history import History, Step
from boundary_click.widgets.masks import Target
from boundary_click.widgets.state import OpenObject, State, new_key
from boundary_click.widgets.workers import SerialWorker, message_of


class Predictions(QObject):
    """Predicts the objects of steps, and writes their masks.

    Parameters
    ----------
    target : Target
        Writes into the Labels layer.
    history : History
        That the steps are in.
    worker : SerialWorker
        Where predictions run.
    make_draft : callable
        Makes the draft of an object.

    Attributes
    ----------
    outcome : Outcome
        Of the latest prediction.
    """

    came = Signal()
    failed = Signal(str)

    def __init__(
        self,
        target: Target,
        history: History,
        worker: SerialWorker,
        make_draft: Callable[[OpenObject], Draft],
    ) -> None:
        super().__init__()
        self.outcome = Outcome()
        self._target = target
        self._history = history
        self._worker = worker
        self._make_draft = make_draft
        self._shelf = Shelf()

    def draft(self, item: OpenObject) -> Draft:
        """Return what the background thread holds of an object."""
        return self._shelf.get(item.key, lambda: self._make_draft(item))

    def ask(
        self,
        step: Step,
        predict: Callable[[Draft, tuple[Click, ...]], Outcome] = Draft.predict,
    ) -> None:
        """Queue the prediction of a step's object."""
        item = step.after.open
        assert item is not None  # only objects in progress are predicted
        draft = self.draft(item)

        def job() -> Outcome:
            if item.object_id is None:
                self._target.look_up_ids(item.plane)
            return predict(draft, item.clicks)

        step.ticket = self._worker.submit(
            job, partial(self._deliver, step), partial(self._give_up, step)
        )

    def _deliver(self, step: Step, outcome: Outcome) -> None:
        step.ticket, self.outcome = None, outcome
        if step.is_opening:
            self._check_opened(step, outcome)
        elif self._is_refused(step, outcome):
            self._history.drop(step)
        else:
            try:
                self._write(step, outcome)
            except Exception as error:  # the array may be of any library
                self.failed.emit(f"the mask could not be written: {message_of(error)}")
        if outcome.problem:
            self.failed.emit(outcome.problem)
        self.came.emit()

    def _give_up(self, step: Step, problem: str) -> None:
        step.ticket = None
        self._history.drop(step)
        self.failed.emit(problem)
        self.came.emit()

    def _is_refused(self, step: Step, outcome: Outcome) -> bool:
        """Whether a step came to nothing, as its click cannot be used."""
        if not outcome.problem or outcome.is_waiting:
            return False
        before = self._history.before(step).open
        return set(outcome.clicks) <= set(before.clicks if before else ())

    def _write(self, step: Step, outcome: Outcome) -> None:
        before, item = self._history.before(step).open, step.after.open
        assert item is not None  # only objects in progress are predicted
        item = replace(item, clicks=outcome.clicks)
        if before is not None and before.key == item.key and not step.changes:
            item = replace(item, owned=before.owned, under=before.under, object_id=before.object_id)
        step.mask = "waits" if outcome.is_waiting else "done"
        if outcome.patch is not None or not outcome.is_waiting:
            item, changes = self._target.write(item, outcome.patch)
            step.changes += changes
        step.after = State(step.after.records, item)
        self._history.update(step, item)

    def _check_opened(self, step: Step, outcome: Outcome) -> None:
        """Go on from the clicks of an opened object if they make its mask, else from the mask."""
        item = step.after.open
        assert item is not None  # only objects in progress are predicted
        step.is_opening, step.mask = False, "done"
        same = not outcome.problem and not self._target.fit(item, outcome.patch)[1]
        item = (
            replace(item, mark=None)
            if same
            else replace(item, key=new_key(), clicks=(), begun=item.owned)
        )
        step.after = State(step.after.records, item)
