"""The object being clicked, and those accepted before it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from boundary_click.core.clicks import Click
from boundary_click.core.planes import Plane
from boundary_click.widgets.drafts import Draft, Outcome
from boundary_click.widgets.masks import ObjectMask
from boundary_click.widgets.workers import Ticket

_MAX_REOPEN = 5
"""So many accepted objects can be opened again; each holds features of the model."""


@dataclass(eq=False)
class WorkObject:
    """An object being segmented, as the GUI holds it.

    Attributes
    ----------
    plane : Plane
        Where it lies.
    draft : Draft
        Its clicks and predictions, for the background thread.
    mask : ObjectMask
        Its pixels.
    clicks : tuple of Click
        As shown; ahead of the outcome while one is pending.
    outcome : Outcome
        Of the last step.
    pending : Ticket or None
        Of the latest step that is still to come.
    has_mask : bool
        Whether it has any pixel.
    mark : Click or None
        A place on an object that was there before: its mask stands for a selection click.
    """

    plane: Plane
    draft: Draft
    mask: ObjectMask
    clicks: tuple[Click, ...] = ()
    outcome: Outcome = field(default_factory=Outcome)
    pending: Ticket | None = None
    has_mask: bool = False
    mark: Click | None = None

    @property
    def is_given(self) -> bool:
        """Whether it was there before, so that every click corrects it."""
        return self.mark is not None

    @property
    def is_selected(self) -> bool:
        """Whether further clicks are corrections."""
        return self.is_given or bool(self.clicks)

    @property
    def can_undo(self) -> bool:
        """Whether there is, or may be, a step to take back."""
        return self.pending is not None or self.outcome.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to take again."""
        return self.pending is None and self.outcome.can_redo

    def add(self, click: Click) -> None:
        """Show a click more."""
        self.clicks = (*self.clicks, click)

    def move(self, index: int, row: float, col: float) -> None:
        """Show a click elsewhere."""
        moved = replace(self.clicks[index], row=row, col=col)
        self.clicks = (*self.clicks[:index], moved, *self.clicks[index + 1 :])

    def remove(self, indices: tuple[int, ...]) -> None:
        """Show these clicks no more; without its selection click an object has none at all."""
        if 0 in indices and not self.is_given:
            self.clicks = ()
        else:
            kept = (index for index in range(len(self.clicks)) if index not in indices)
            self.clicks = tuple(self.clicks[index] for index in kept)


class WorkList:
    """The object in progress and the latest accepted ones."""

    def __init__(self) -> None:
        self.current: WorkObject | None = None
        self._accepted: deque[WorkObject] = deque(maxlen=_MAX_REOPEN)

    @property
    def can_reopen(self) -> bool:
        """Whether an accepted object can be opened again."""
        return bool(self._accepted)

    @property
    def clicks(self) -> tuple[Click, ...]:
        """Clicks on the object in progress."""
        return self.current.clicks if self.current else ()

    @property
    def is_selected(self) -> bool:
        """Whether there is an object in progress that further clicks correct."""
        return self.current is not None and self.current.is_selected

    def holds(self, found: WorkObject) -> bool:
        """Whether an object found on a plane is the one in progress."""
        current = self.current
        return (
            current is not None
            and current.plane == found.plane
            and current.mask.is_same(found.mask)
        )

    def accept(self) -> None:
        """Put the object in progress aside, if it has clicks."""
        if self.current is not None and self.current.clicks:
            self._accepted.append(self.current)
        self.current = None

    def begin(self, item: WorkObject) -> None:
        """Accept the object in progress, and go on with another."""
        self.accept()
        self.current = item

    def reopen(self) -> WorkObject:
        """Return the object accepted last, in progress again."""
        self.current = self._accepted.pop()
        return self.current

    def clear(self) -> None:
        """Forget all objects; what is still pending for them comes too late."""
        for item in (self.current, *self._accepted):
            if item is not None and item.pending is not None:
                item.pending.drop()
                item.pending = None
        self.current = None
        self._accepted.clear()
