"""What the user has made, as frozen values: undo goes back to an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from boundary_click.core.clicks import Click
from boundary_click.core.pieces import Piece
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord, Part

_keys = count()


def new_key() -> int:
    """Return a key that no object has."""
    return next(_keys)


@dataclass(frozen=True, slots=True, eq=False)
class OpenObject:
    """The object that is being clicked.

    Attributes
    ----------
    key : int
        Tells it from all objects opened before and after.
    plane : Plane
        Where it lies.
    clicks : tuple of Click
        Those on it, without those made before a mask was taken as it was.
    object_id : int or None
        Its label; None before the first mask.
    owned : Piece or None
        Its pixels in the labels.
    under : ndarray of integers or None
        What would be in the rectangle of those without it.
    begun : Piece or None
        The mask that stands for a selection click.
    mark : Click or None
        A place on that mask.
    extent : float or None
        Usual size of objects when it was begun, in pixels.
    seconds : float
        Spent on it since it was opened.
    """

    key: int
    plane: Plane
    clicks: tuple[Click, ...] = ()
    object_id: int | None = None
    owned: Piece | None = None
    under: NDArray[np.integer] | None = None
    begun: Piece | None = None
    mark: Click | None = None
    extent: float | None = None
    seconds: float = 0.0

    @property
    def is_given(self) -> bool:
        """Whether a mask stands for its selection click, so that every click corrects it."""
        return self.begun is not None

    @property
    def is_selected(self) -> bool:
        """Whether further clicks are corrections."""
        return self.is_given or bool(self.clicks)

    def moved(self, index: int, row: float, col: float) -> tuple[Click, ...]:
        """Return its clicks with one elsewhere."""
        click = replace(self.clicks[index], row=row, col=col)
        return (*self.clicks[:index], click, *self.clicks[index + 1 :])

    def without(self, indices: tuple[int, ...]) -> tuple[Click, ...]:
        """Return its clicks but for some; without a selection click there are none at all."""
        if 0 in indices and not self.is_given:
            return ()
        return tuple(click for at, click in enumerate(self.clicks) if at not in indices)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """All objects.

    Attributes
    ----------
    records : mapping of int to ObjectRecord
        Those accepted, by id; never changed in place.
    open : OpenObject or None
        The one being clicked.
    """

    records: Mapping[int, ObjectRecord] = field(default_factory=dict)
    open: OpenObject | None = None

    def accepted(self, model: str) -> State:
        """Return the objects with the open one among the accepted, if there is anything to keep."""
        now = self.open
        if now is None:
            return self
        is_changed = bool(now.clicks) or now.object_id in self.records
        if now.owned is None or now.object_id is None or not is_changed:
            return State(self.records)
        before = self.records.get(now.object_id) or ObjectRecord(now.object_id, ())
        made = replace(
            before.with_part(_part(now, before.part_on(now.plane))),
            seconds=before.seconds + now.seconds,
            model=model,
        )
        return State({**self.records, now.object_id: made})

    def without(self, *object_ids: int) -> State:
        """Return the objects but for some."""
        kept = {key: each for key, each in self.records.items() if key not in object_ids}
        return State(kept, self.open)

    def with_record(self, record: ObjectRecord) -> State:
        """Return the objects with one more, or another of its id."""
        return State({**self.records, record.object_id: record}, self.open)


def _part(now: OpenObject, before: Part | None) -> Part:
    """Return what an open object is on its plane; clicks made before on its mask stay known."""
    assert now.owned is not None
    earlier = before.clicks if before is not None and now.is_given else ()
    if before is not None and not now.clicks:
        return replace(before, doubt="")
    return Part(
        now.plane,
        (*earlier, *now.clicks),
        now.owned.where,
        int(now.owned.mask.sum()),
        "mask" if now.is_given else "clicks",
        extent=now.extent,
    )


def doubtful_parts(state: State) -> tuple[tuple[ObjectRecord, Part], ...]:
    """Return the planes of accepted objects that a user should look at."""
    return tuple(
        (record, part) for record in state.records.values() for part in record.parts if part.doubt
    )
