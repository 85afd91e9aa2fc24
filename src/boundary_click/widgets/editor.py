"""The objects of one Labels layer, and all that is done to them, as one history."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from boundary_click.core.changes import PixelChange
from boundary_click.core.clicks import Click
from boundary_click.core.pieces import HasMask
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord, Part
from boundary_click.widgets.drafts import Draft, Outcome
from boundary_click.widgets.finding import Found, piece_of
from boundary_click.widgets.history import History, Step
from boundary_click.widgets.masks import Target
from boundary_click.widgets.opening import is_open, opening
from boundary_click.widgets.predictions import Predictions
from boundary_click.widgets.removal import erased, merged
from boundary_click.widgets.state import OpenObject, State, new_key
from boundary_click.widgets.stopwatch import Stopwatch
from boundary_click.widgets.workers import SerialWorker, Ticket, message_of

Changes = tuple[PixelChange, ...]


class Editor(QObject):
    """Turns what the user does to objects into steps that can be undone.

    Clicks are shown at once, and their masks written when they come. What changes more than
    clicks, such as accepting an object, waits until all masks are there.

    Parameters
    ----------
    labels : Labels
        The layer that takes the masks.
    worker : SerialWorker
        Where predictions run.
    make_draft : callable
        Makes the draft of an object.
    model_name : callable
        Returns the name of the model in use.

    Attributes
    ----------
    target : Target
        Writes into the layer.
    """

    changed = Signal()
    failed = Signal(str)
    went = Signal(object)
    """Carries the plane of the object that an undone or repeated step was about."""

    def __init__(
        self,
        labels: Labels,
        worker: SerialWorker,
        make_draft: Callable[[OpenObject], Draft],
        model_name: Callable[[], str],
    ) -> None:
        super().__init__()
        self.target = Target(labels)
        self.target.on_stroke = self._painted
        self.target.on_replace = self._replaced
        self._model_name = model_name
        self._history = History()
        self._predictions = Predictions(self.target, self._history, worker, make_draft)
        self._predictions.failed.connect(self.failed)
        self._predictions.came.connect(self._settle)
        self._later: deque[Callable[[], None]] = deque()
        self._watch = Stopwatch()

    # How things stand

    @property
    def state(self) -> State:
        """All objects."""
        return self._history.state

    @property
    def open(self) -> OpenObject | None:
        """The object being clicked."""
        return self._history.state.open

    @property
    def accepted(self) -> State:
        """All objects, as they would be if the one in progress were accepted."""
        state = self.state
        if state.open is not None:
            timed = replace(state.open, seconds=state.open.seconds + self._watch.seconds)
            state = State(state.records, timed)
        return state.accepted(self._model_name())

    @property
    def is_selected(self) -> bool:
        """Whether there is an object that further clicks correct."""
        return self.open is not None and self.open.is_selected

    @property
    def is_pending(self) -> bool:
        """Whether a mask is still to come."""
        return any(self._history.pending)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to take again."""
        return self._history.can_redo

    @property
    def outcome(self) -> Outcome:
        """That of the latest prediction."""
        return self._predictions.outcome

    def draft(self, item: OpenObject) -> Draft:
        """Return what the background thread holds of an object."""
        return self._predictions.draft(item)

    # Clicks

    def select(self, plane: Plane, click: Click) -> None:
        """Begin an object; one in progress is accepted."""
        self.when_settled(lambda: self._select(plane, click))

    def correct(self, plane: Plane, click: Click) -> None:
        """Add a click to the object in progress; on another plane it selects the next one."""
        if self._later or any(step.is_opening for step in self._history.pending):
            self.when_settled(lambda: self._correct(plane, click))
        else:
            self._correct(plane, click)

    def move(self, index: int, row: float, col: float) -> None:
        """Move a click."""
        self._set_clicks(lambda now: now.moved(index, row, col))

    def remove(self, indices: tuple[int, ...]) -> None:
        """Remove clicks."""
        self._set_clicks(lambda now: now.without(indices))

    def reset(self) -> None:
        """Remove all clicks."""
        self._set_clicks(lambda now: ())

    def predict_again(self, predict: Callable[[Draft, tuple[Click, ...]], Outcome]) -> None:
        """Predict the object in progress another way."""
        if (now := self.open) is not None and now.is_selected:
            self._slide("guidance", now, predict)

    def cut(self, threshold: float) -> None:
        """Take the pixels that are more probable than this; see `Click.threshold`."""
        if (now := self.open) is not None and now.clicks:
            latest = replace(now.clicks[-1], threshold=threshold)
            self._slide("threshold", replace(now, clicks=(*now.clicks[:-1], latest)), Draft.predict)

    def retry(self) -> None:
        """Predict clicks that wait for it."""
        last = self._history.last
        if last is not None and last.mask == "waits" and not last.is_pending:
            self._predictions.ask(last)
            self.changed.emit()

    # Objects

    def open_found(self, plane: Plane, click: Click, found: Found) -> None:
        """Go on with an object of the layer, wherever it comes from."""
        self.when_settled(lambda: self._open_found(plane, click, found))

    def adopt(self, item: OpenObject) -> None:
        """Go on with an object whose own layer is gone."""
        alone = replace(item, key=new_key(), object_id=None, owned=None, under=None)
        self._predictions.ask(self._push(alone))
        self.changed.emit()

    def accept(self) -> None:
        """Keep the object in progress as it is."""
        self.when_settled(self._accept)

    def delete(self, object_ids: Iterable[int]) -> None:
        """Erase accepted objects."""
        ids = tuple(object_ids)
        self.when_settled(lambda: self._replace_objects(partial(erased, object_ids=ids)))

    def merge(self, object_ids: Iterable[int]) -> None:
        """Make one object of several accepted ones, with the id of the first."""
        ids = tuple(object_ids)
        self.when_settled(lambda: self._replace_objects(partial(merged, object_ids=ids)))

    def load(self, records: Iterable[ObjectRecord]) -> None:
        """Begin with objects that were saved; what was done before cannot be undone."""
        self._history.restart(State({record.object_id: record for record in records}))
        self.changed.emit()

    # Planes

    def start_growing(self, ticket: Ticket) -> Step:
        """Begin a step in which an object grows plane by plane, until `end_growing`."""
        state = self.accepted
        return self._history.push(Step(state, ticket=ticket))

    def grow(self, step: Step, object_id: int, part: Part, mask: HasMask | None) -> None:
        """Give an object another mask on one plane."""
        record = step.after.records[object_id]
        before = record.part_on(part.plane)
        owned = piece_of(self.target, record, before) if before else None
        item = OpenObject(new_key(), part.plane, object_id=object_id, owned=owned)
        item, changes = self.target.write(item, mask)
        step.changes += changes
        if item.owned is not None:
            area = int(item.owned.mask.sum())
            part = replace(part, where=item.owned.where, area=area)
            step.after = step.after.with_record(record.with_part(part))

    def end_growing(self, step: Step) -> None:
        """Let other steps follow."""
        step.ticket = None
        if not step.changes and step is self._history.last:
            self._history.drop(step)
        self._settle()

    # Time

    def undo(self) -> None:
        """Take the last step back."""
        if self._later:
            self._later.pop()
        elif self._history.can_undo:
            before = self.open
            step = self._history.undo()
            if step.ticket is not None:
                step.ticket.drop()
                step.ticket = None
            self._apply(tuple(change.reverse for change in reversed(step.changes)))
            self._went(before)
        self.changed.emit()

    def redo(self) -> None:
        """Take the step undone last again."""
        if self._history.can_redo:
            before = self.open
            step = self._history.redo()
            if step.mask == "to come":
                self._predictions.ask(step)
            else:
                self._apply(step.changes)
            self._went(before)
        self.changed.emit()

    def close(self) -> None:
        """Let go of the layer; masks that are still to come come too late."""
        for step in self._history.pending:
            assert step.ticket is not None  # it is pending
            step.ticket.drop()
        self._later.clear()
        self.target.release()

    # Steps

    def _set_clicks(self, change: Callable[[OpenObject], tuple[Click, ...]]) -> None:
        if (now := self.open) is not None:
            self._predictions.ask(self._push(replace(now, clicks=change(now))))
            self.changed.emit()

    def _correct(self, plane: Plane, click: Click) -> None:
        if self.open is None or self.open.plane != plane:
            self._select(plane, replace(click, kind="positive"))
        else:
            self._set_clicks(lambda now: (*now.clicks, click))

    def _select(self, plane: Plane, click: Click) -> None:
        now, state = self.open, self.accepted
        spent = self._watch.lap()
        if now is None or now.is_selected or now.plane != plane:
            begun = OpenObject(new_key(), plane, extent=self.target.extent)
            begun = replace(begun, seconds=0.0 if now else spent)
        else:  # its clicks were removed
            begun, state = replace(now, seconds=now.seconds + spent), self.state
        begun = replace(begun, clicks=(click,))
        self._predictions.ask(self._history.push(Step(State(state.records, begun), mask="to come")))
        self.changed.emit()

    def _open_found(self, plane: Plane, click: Click, found: Found) -> None:
        if not is_open(self.open, plane, found):
            step = opening(self.accepted, plane, click, found)
            self._watch.lap()
            self._predictions.ask(self._history.push(step))
        self.changed.emit()

    def _accept(self) -> None:
        if self.open is not None:
            self._history.push(Step(self.accepted))
            self._watch.lap()
        self.changed.emit()

    def _replace_objects(self, replaced: Callable[[Target, State], tuple[State, Changes]]) -> None:
        state, changes = replaced(self.target, self.accepted)
        self._apply(changes)
        self._history.push(Step(state, changes))
        self.changed.emit()

    def _slide(
        self,
        slider: str,
        item: OpenObject,
        predict: Callable[[Draft, tuple[Click, ...]], Outcome],
    ) -> None:
        """Predict the object in progress again; all moves of one slider are one step."""
        step = self._history.last
        if step is None or step.slider != slider:
            step = self._push(item, slider=slider)
        else:
            if step.ticket is not None:
                step.ticket.drop()
            step.after = State(step.after.records, item)
        self._predictions.ask(step, predict)
        self.changed.emit()

    def _push(self, item: OpenObject, *, slider: str = "") -> Step:
        timed = replace(item, seconds=item.seconds + self._watch.lap())
        after = State(self.state.records, timed)
        return self._history.push(Step(after, mask="to come", slider=slider))

    def _painted(self, strokes: Changes) -> None:
        self._history.push(Step(self.state, strokes))
        self.changed.emit()

    def _replaced(self) -> None:
        """Another array is in the layer: what was done to the one before cannot be undone."""
        self._history.restart(self.state)
        self.changed.emit()

    # Helpers

    def _apply(self, changes: Changes) -> None:
        try:
            self.target.apply(changes)
        except Exception as error:  # the array may be of any library
            self.failed.emit(f"the labels could not be written: {message_of(error)}")

    def when_settled(self, action: Callable[[], None]) -> None:
        """Do something as soon as all masks are there."""
        if self._later or self.is_pending:
            self._later.append(action)
            self.changed.emit()
        else:
            action()

    def _settle(self) -> None:
        while self._later and not self.is_pending:
            self._later.popleft()()
        self.changed.emit()

    def _went(self, before: OpenObject | None) -> None:
        if (item := self.open or before) is not None:
            self.went.emit(item.plane)
