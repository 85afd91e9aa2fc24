"""One history of all that the user does: clicks, accepted and deleted objects, brush strokes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from boundary_click.core.changes import PixelChange
from boundary_click.widgets.state import OpenObject, State
from boundary_click.widgets.workers import Ticket

Progress = Literal["to come", "waits", "done"]

_MAX_STEPS = 100
_MAX_BYTES = 256 * 2**20


@dataclass(eq=False)
class Step:
    """Something that was done.

    Attributes
    ----------
    after : State
        The objects after it.
    changes : tuple of PixelChange
        What became of the labels.
    ticket : Ticket or None
        Of a prediction that is still to come.
    mask : {"to come", "waits", "done"}
        How far its mask is: one that was undone before it came is asked for again; one that
        waits could not be predicted yet.
    slider : str
        Name of the slider that it moves, if any: further moves of that one join it.
    is_opening : bool
        Whether it opens an object of which it is not known yet if its clicks make its mask.
    """

    after: State
    changes: tuple[PixelChange, ...] = ()
    ticket: Ticket | None = None
    mask: Progress = "done"
    slider: str = ""
    is_opening: bool = False

    @property
    def is_pending(self) -> bool:
        """Whether its mask is still to come."""
        return self.ticket is not None

    @property
    def nbytes(self) -> int:
        """About the memory it takes."""
        owned = self.after.open.owned if self.after.open else None
        return sum(change.nbytes for change in self.changes) + (owned.mask.nbytes if owned else 0)


class History:
    """Steps done and undone, of which the oldest are forgotten.

    Parameters
    ----------
    state : State
        The objects before the first step.
    """

    def __init__(self, state: State | None = None) -> None:
        self._base = state or State()
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def state(self) -> State:
        """The objects now."""
        return self._done[-1].after if self._done else self._base

    @property
    def last(self) -> Step | None:
        """The latest step that was not undone."""
        return self._done[-1] if self._done else None

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to take again."""
        return bool(self._undone)

    @property
    def pending(self) -> Iterator[Step]:
        """Steps whose masks are still to come."""
        return (step for step in self._done if step.is_pending)

    def push(self, step: Step) -> Step:
        """Do a step; what was undone before is forgotten."""
        self._undone.clear()
        self._done.append(step)
        self._trim()
        return step

    def undo(self) -> Step:
        """Take the latest step back and return it."""
        step = self._done.pop()
        self._undone.append(step)
        return step

    def redo(self) -> Step:
        """Take the step undone last again and return it."""
        step = self._undone.pop()
        self._done.append(step)
        return step

    def before(self, step: Step) -> State:
        """Return the objects before a step that was not undone."""
        index = self._done.index(step)
        return self._done[index - 1].after if index else self._base

    def drop(self, step: Step) -> None:
        """Forget a step that changed nothing."""
        self._done.remove(step)

    def update(self, step: Step, found: OpenObject) -> None:
        """Note the pixels of an object in all steps after one, which came before its mask."""
        for later in self._done[self._done.index(step) + 1 :]:
            now = later.after.open
            if now is not None and now.key == found.key:
                later.after = State(
                    later.after.records,
                    replace(now, owned=found.owned, under=found.under, object_id=found.object_id),
                )

    def restart(self, state: State) -> None:
        """Forget all steps, and go on from a state."""
        self._base = state
        self._done.clear()
        self._undone.clear()

    def _trim(self) -> None:
        size = sum(step.nbytes for step in self._done)
        while len(self._done) > _MAX_STEPS or (size > _MAX_BYTES and len(self._done) > 1):
            oldest = self._done.pop(0)
            size -= oldest.nbytes
            self._base = oldest.after
