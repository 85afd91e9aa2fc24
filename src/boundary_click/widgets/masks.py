"""A Labels layer that takes masks: what is there stays, and every write is known as a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from boundary_click.core.changes import PixelChange
from boundary_click.core.pieces import HasMask, Piece, Where, placed, size, union, within
from boundary_click.core.planes import Plane
from boundary_click.widgets.pixels import pixels_of_labels
from boundary_click.widgets.state import OpenObject
from boundary_click.widgets.strokes import changes_of

_SMALL_PLANE = 2**26
"""Pixels of a plane that is looked through for ids that came behind napari's back."""

Strokes = tuple[PixelChange, ...]


class Target:
    """A Labels layer that takes masks.

    Parameters
    ----------
    labels : Labels
        Held by reference: it may be renamed or removed from the viewer.

    Attributes
    ----------
    pixels : LabelPixels
        Of the layer.
    on_stroke : callable
        Takes what the user has painted with napari's own tools.
    on_change : callable
        Takes every change of the labels, made here or painted.
    on_replace : callable
        Called when the user has put another array into the layer.
    may_overwrite : bool
        Whether a mask takes pixels from other objects.

    Notes
    -----
    The highest id in use is looked up once, in the background, and followed from then on.
    """

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.pixels = pixels_of_labels(labels)
        self.on_stroke: Callable[[Strokes], None] = _ignore
        self.on_change: Callable[[PixelChange], None] = _ignore
        self.on_replace: Callable[[], None] = _ignore
        self.may_overwrite = False
        self._highest: int | None = None  # as looked up
        self._floor = 0  # of what was written since
        self._extents: dict[int, int] = {}  # of the objects written, by id
        self._is_writing = self._is_touched = False
        labels.events.paint.connect(self._painted)
        labels.events.data.connect(self._replaced)

    @property
    def is_unused(self) -> bool:
        """Whether neither a mask nor the user has put anything into the layer."""
        return not (self._is_touched or self._highest or self._floor)

    @property
    def extent(self) -> float | None:
        """Median of the longer sides of the objects written, in pixels; None without any."""
        return float(np.median([*self._extents.values()])) if self._extents else None

    def read(self, plane: Plane, where: Where) -> NDArray[np.integer]:
        """Return the labels in a rectangle of a plane, shape (h, w)."""
        return plane.read(self.pixels.array, *where)

    def look_up_ids(self, plane: Plane) -> None:
        """Find the highest id in use; slow the first time on a large array, any thread."""
        highest = self._highest  # the GUI thread may forget it meanwhile
        if highest is None:
            highest = self._highest_id()
        rows, cols = plane.shape
        if rows * cols <= _SMALL_PLANE:
            here = self.read(plane, (slice(0, rows), slice(0, cols)))
            highest = max(highest, int(np.max(here, initial=0)))
        self._highest = highest

    def new_id(self) -> int:
        """Return an id that no object has.

        Raises
        ------
        ValueError
            If the layer's integers are too small for one more.
        """
        if self._highest is None:  # the layer, or its data, came after the look-up
            self._highest = self._highest_id()
        new = max(self._floor, self._highest) + 1
        dtype = np.dtype(self.pixels.array.dtype)
        if new > np.iinfo(dtype).max:
            raise ValueError(
                f"labels layer {self.labels.name!r} holds {dtype} ids and has none left above "
                f"{new - 1}; choose another one or 'New layer'"
            )
        self._floor = new
        return new

    def keep_id(self, object_id: int) -> None:
        """Give no other object this id."""
        self._floor = max(self._floor, object_id)

    def write(
        self, item: OpenObject, mask: HasMask | None
    ) -> tuple[OpenObject, tuple[PixelChange, ...]]:
        """Replace the pixels of an object by a mask.

        Only pixels that the object owns are ever cleared: another part that bears the same id
        stays as it is. Pixels of others stay, too, unless `may_overwrite`; then they come back
        where the object gives them up.

        Returns
        -------
        item : OpenObject
            With its new pixels, and an id if it had none.
        changes : tuple of PixelChange
            None or one.
        """
        if item.object_id is None and mask is not None:
            item = replace(item, object_id=self.new_id())
        item, changes = self.fit(item, mask)
        if item.object_id is not None:
            self._measure(item.object_id, item.owned)
        self.apply(changes)
        return item, changes

    def fit(
        self, item: OpenObject, mask: HasMask | None
    ) -> tuple[OpenObject, tuple[PixelChange, ...]]:
        """Return what `write` would do to an object that has an id, and do nothing."""
        where = union(item.owned.where if item.owned else None, mask.where if mask else None)
        if where is None or item.object_id is None:
            return item, ()
        before = self.read(item.plane, where)
        base = self._without(item, before, where)
        wanted = placed(mask, where) & ((base == 0) | self.may_overwrite)
        after = np.where(wanted, np.asarray(item.object_id, before.dtype), base)
        owned = Piece.of(wanted, where)
        under = None
        if owned is not None and base[wanted].any():
            under = base[within(owned.where, where)]
        item = replace(item, owned=owned, under=under)
        if np.array_equal(before, after):
            return item, ()
        return item, (PixelChange.of(item.plane, where, before, after),)

    def apply(self, changes: tuple[PixelChange, ...]) -> None:
        """Make changes, as one step of the layer's own history.

        A pixel that is not what the change expects was changed by others since, and stays.
        """
        with self._writing():
            for change in changes:
                self._apply(change)

    def release(self) -> None:
        """Stop following the layer."""
        self.labels.events.paint.disconnect(self._painted)
        self.labels.events.data.disconnect(self._replaced)

    def _apply(self, change: PixelChange) -> None:
        before, after = change.before, change.after
        now = self.read(change.plane, change.where)
        changing = (now == before) & (before != after)
        if not changing.any():
            return
        self.pixels.set(change.plane, change.where, changing, after)
        if not np.array_equal(now, before):
            made = np.where(changing, after, now)
            change = PixelChange.of(change.plane, change.where, now, made)
        self.on_change(change)

    @staticmethod
    def _without(
        item: OpenObject, labels: NDArray[np.integer], where: Where
    ) -> NDArray[np.integer]:
        """Return labels as they would be without an object."""
        own = (labels == item.object_id) & placed(item.owned, where)
        under = np.zeros(size(where), labels.dtype)
        if item.owned is not None and item.under is not None:
            under[within(item.owned.where, where)] = item.under
        return np.where(own, under, labels)

    def _highest_id(self) -> int:
        return max((int(np.max(block, initial=0)) for _, block in self.pixels.blocks()), default=0)

    def _measure(self, object_id: int, owned: Piece | None) -> None:
        """Note how large an object is, for `extent`; one without pixels does not count."""
        self._extents.pop(object_id, None)
        if owned is not None:
            self._extents[object_id] = max(size(owned.where))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Make what is written inside one step of the layer's history."""
        self._is_writing = True
        try:
            with self.labels.block_history():
                yield
        finally:
            self._is_writing = False

    def _painted(self, event: Any) -> None:
        self._is_touched = True
        if self._is_writing:
            return
        strokes = changes_of(event.value, self.labels.data)
        painted = (int(np.max(change.after, initial=0)) for change in strokes)
        self._floor = max(self._floor, int(self.labels.selected_label), *painted)
        for stroke in strokes:
            self.on_change(stroke)
        self.on_stroke(strokes)

    def _replaced(self, event: Any) -> None:
        self._is_touched = True
        self._highest = None
        self.on_replace()


def _ignore(*told: Any) -> None:
    pass
