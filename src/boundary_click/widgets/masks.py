"""Masks on their way into a Labels layer: one undoable step each, nothing overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from boundary_click.core.pieces import Piece, Where, placed, union, within
from boundary_click.core.planes import Plane

if TYPE_CHECKING:
    from boundary_click.engine.state import Patch


class Target:
    """A Labels layer that takes masks.

    Parameters
    ----------
    labels : Labels
        Held by reference: it may be renamed or removed from the viewer.

    Notes
    -----
    The highest id in use is looked up once, in the background, and followed from then on.
    """

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._highest: int | None = None  # as looked up
        self._floor = 0  # of what was written since
        self._strokes_done = self._strokes_undone = 0  # by the user, since the last mask
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

    def measure(self, object_id: int, mask: NDArray[np.bool_]) -> None:
        """Note how large an object is, for `extent`; one without pixels does not count."""
        self._extents.pop(object_id, None)
        if mask.any():
            lines = (np.flatnonzero(mask.any(axis=axis)) for axis in (0, 1))
            self._extents[object_id] = max(int(np.ptp(line)) + 1 for line in lines)

    def undo_paint(self) -> bool:
        """Take back the user's last stroke; return False if the last edit was a mask."""
        if self._strokes_done == 0:
            return False
        self._strokes_done -= 1
        self._strokes_undone += 1
        self.labels.undo()
        return True

    def redo_paint(self) -> bool:
        """Make the stroke taken back last again; return False if there is none."""
        if self._strokes_undone == 0:
            return False
        self._strokes_done += 1
        self._strokes_undone -= 1
        self.labels.redo()
        return True

    def look_up_ids(self, plane: Plane) -> None:
        """Find the highest id in use; slow the first time on a large array, any thread."""
        data, highest = self.labels.data, self._highest  # the GUI thread may forget it meanwhile
        if highest is None:
            highest = _highest_id(data)
        here = plane.read(data, slice(None), slice(None))
        self._highest = max(highest, int(np.max(here, initial=0)))

    def new_id(self) -> int:
        """Return an id that no object has.

        Raises
        ------
        ValueError
            If the layer's integers are too small for one more.
        """
        if self._highest is None:  # the layer, or its data, came after the look-up
            self._highest = _highest_id(self.labels.data)
        new = max(self._floor, self._highest) + 1
        dtype = np.dtype(self.labels.data.dtype)
        if new > np.iinfo(dtype).max:
            raise ValueError(
                f"labels layer {self.labels.name!r} holds {dtype} ids and has none left above "
                f"{new - 1}; choose another one or 'New layer'"
            )
        self._floor = new
        return new

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make what is written inside one step of the layer's history."""
        self._is_writing = True
        try:
            with self.labels.block_history():
                yield
        finally:
            self._is_writing = False

    def release(self) -> None:
        """Stop following the layer."""
        self.labels.events.paint.disconnect(self._painted)
        self.labels.events.data.disconnect(self._replaced)

    def _painted(self, event: Any) -> None:
        self._is_touched = True
        self._strokes_undone = 0
        if self._is_writing:
            self._strokes_done = 0
            return
        self._strokes_done += 1
        values = [atom[-1] for atom in event.value]  # ends with what was painted
        painted = [int(np.max(value, initial=0)) for value in values]
        self._floor = max(self._floor, int(self.labels.selected_label), *painted)

    def _replaced(self, event: Any) -> None:
        self._is_touched = True
        self._highest = None
        self._strokes_done = self._strokes_undone = 0


class ObjectMask:
    """The pixels of one object in a Labels layer.

    Parameters
    ----------
    target : Target
        The layer.
    plane : Plane
        The plane the object lies on.
    object_id : int, optional
        Of an object that is there already; by default a new one is taken for the first mask.
    owned : Piece, optional
        The pixels of that object.

    Notes
    -----
    Only pixels written here, or given as owned, are ever cleared. So another part that bears
    the same id stays as it is, and what the user paints meanwhile does, too.
    """

    def __init__(
        self,
        target: Target,
        plane: Plane,
        *,
        object_id: int | None = None,
        owned: Piece | None = None,
    ) -> None:
        self.target = target
        self.object_id = object_id
        self._plane = plane
        self._owned = owned

    def is_same(self, other: ObjectMask) -> bool:
        """Whether both are the same pixels of a layer, or have some in common."""
        if self.target.labels is not other.target.labels or self.object_id != other.object_id:
            return False
        where = union(*(mask._owned.where if mask._owned else None for mask in (self, other)))
        if where is None:
            return False
        return bool((placed(self._owned, where) & placed(other._owned, where)).any())

    def write(self, patch: Patch | Piece | None) -> bool:
        """Replace the object's pixels; those of other objects stay.

        Returns
        -------
        bool
            Whether the object has any pixel now.
        """
        if self.object_id is None:
            if patch is None:
                return False
            self.object_id = self.target.new_id()
        where = union(*(piece.where if piece else None for piece in (self._owned, patch)))
        if where is None:
            return False
        labels = self.target.labels
        current = self._plane.read(labels.data, *where)
        own = (current == self.object_id) & placed(self._owned, where)
        wanted = placed(patch, where) & (own | (current == 0))
        with self.target.writing():
            self._set(where, wanted & ~own, self.object_id)
            self._set(where, own & ~wanted, 0)
        self._owned = Piece(patch.where, wanted[within(patch.where, where)]) if patch else None
        self.target.measure(self.object_id, wanted)
        return bool(wanted.any())

    def _set(self, where: Where, pixels: NDArray[np.bool_], value: int) -> None:
        rows, cols = np.nonzero(pixels)
        if rows.size:
            indices = self._plane.indices(rows + where[0].start, cols + where[1].start)
            self.target.labels.data_setitem(indices, value)


def _highest_id(data: Any) -> int:
    return max((int(np.max(np.asarray(part), initial=0)) for part in _parts(data)), default=0)


def _parts(data: Any) -> Iterator[Any]:
    """Yield an array plane by plane, so that a lazy one is never in memory as a whole."""
    if data.ndim <= 2:
        yield data
        return
    for index in np.ndindex(*data.shape[:-2]):
        yield data[index]
