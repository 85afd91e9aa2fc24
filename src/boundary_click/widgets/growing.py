"""Objects that grow through the planes of a stack, in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from boundary_click.core.pieces import HasMask, Piece
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord, Part
from boundary_click.widgets.editor import Editor
from boundary_click.widgets.finding import piece_of
from boundary_click.widgets.history import Step
from boundary_click.widgets.workers import SerialWorker, Ticket

if TYPE_CHECKING:
    from boundary_click.engine.predictor import Predictor
    from boundary_click.engine.state import Patch

PlaneOf = Callable[[Plane], Any]
"""Returns the pixels of a plane, for the engine."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which planes an object grows to.

    Attributes
    ----------
    axis : int
        Of the array: along which.
    length : int
        Number of planes along it.
    backward, forward : bool
        To lower and to higher planes.
    count : int or None
        At most so many planes to each side; None to the end.
    """

    axis: int
    length: int
    backward: bool = True
    forward: bool = True
    count: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Grown:
    """The mask of one more plane."""

    part: Part
    mask: HasMask


@dataclass(frozen=True, slots=True, eq=False)
class _Gap:
    """Planes to fill between two masks."""

    plane: Plane
    between: range
    before: Piece
    after: Piece


class Grower(QObject):
    """Grows one object at a time, as one step that can be undone.

    Parameters
    ----------
    worker : SerialWorker
        Where predictions run.
    predictor : callable
        Returns the model; called in the background.
    """

    changed = Signal()
    ended = Signal(str)
    """Carries what there is to say of it."""
    failed = Signal(str)
    """Carries why it did not begin, or broke off."""

    def __init__(self, worker: SerialWorker, predictor: Callable[[], Predictor]) -> None:
        super().__init__()
        self._worker = worker
        self._predictor = predictor
        self._ticket: Ticket | None = None
        self._end: Callable[[], None] = _nothing
        self.planes = 0
        """Planes grown to so far."""

    @property
    def is_growing(self) -> bool:
        """Whether an object grows."""
        return self._ticket is not None and self._ticket.is_wanted

    def propagate(
        self, editor: Editor, plane_of: PlaneOf, object_id: int, plane: Plane, reach: Reach
    ) -> None:
        """Carry an object from its mask on one plane to the planes beside it.

        It ends where a stop rule says so, at the last plane, and before a plane on which the user
        has made the object.
        """
        record = editor.accepted.records[object_id]
        runs = [
            list(_free(record, _planes(plane, reach, way)))
            for way, wanted in ((-1, reach.backward), (1, reach.forward))
            if wanted
        ]
        start = record.part_on(plane)
        piece = piece_of(editor.target, record, start) if start else None
        if piece is None:
            return self.failed.emit(f"object {object_id} has no pixels on this plane")

        def grow() -> Iterator[_Grown]:
            for planes in runs:
                yield from _propagated(self._predictor(), plane_of, piece, [plane, *planes])

        return self._start(editor, object_id, grow)

    def interpolate(self, editor: Editor, object_id: int, axis: int) -> None:
        """Fill the planes between those on which the user has made an object."""
        record = editor.accepted.records[object_id]
        made = [part for part in record.parts if _is_made(part) and axis not in part.plane.axes]
        gaps = [
            gap for pair in pairwise(made) if (gap := _gap(editor, record, *pair, axis)) is not None
        ]
        if not gaps:
            return self.failed.emit(
                f"object {object_id} has no planes to fill; make it on two planes that are "
                "not side by side"
            )

        def grow() -> Iterator[_Grown]:
            for gap in gaps:
                yield from _interpolated(gap, axis)

        return self._start(editor, object_id, grow)

    def cancel(self) -> None:
        """End it; the planes so far are kept."""
        if self.is_growing:
            assert self._ticket is not None  # it grows
            self._ticket.drop()
            self._end()

    def _start(self, editor: Editor, object_id: int, grow: Callable[[], Iterable[_Grown]]) -> None:
        self.planes = 0
        doubts: list[str] = []

        def received(grown: _Grown) -> None:
            editor.grow(step, object_id, grown.part, grown.mask)
            self.planes += 1
            if grown.part.doubt:
                doubts.append(grown.part.doubt)
            self.changed.emit()

        def end(problem: str = "") -> None:
            self._ticket = None
            editor.end_growing(step)
            self.changed.emit()
            if problem:
                self.failed.emit(problem)
            else:
                self.ended.emit(_summary(self.planes, len(doubts)))

        ticket = self._worker.stream(grow, received, lambda nothing: end(), end)
        step: Step = editor.start_growing(ticket)
        self._ticket, self._end = ticket, end
        self.changed.emit()


def _planes(plane: Plane, reach: Reach, way: int) -> Iterator[Plane]:
    """Yield the planes to one side, the nearest first."""
    start = plane.at[reach.axis]
    count = reach.length if reach.count is None else reach.count
    for at in range(start + way, start + way * (count + 1), way):
        if not 0 <= at < reach.length:
            return
        yield plane.beside(reach.axis, at)


def _free(record: ObjectRecord, planes: Iterable[Plane]) -> Iterator[Plane]:
    for plane in planes:
        part = record.part_on(plane)
        if part is not None and _is_made(part):
            return
        yield plane


def _is_made(part: Part) -> bool:
    """Whether the user has made an object on a plane."""
    return part.origin in ("clicks", "mask") and part.area > 0


def _propagated(
    predictor: Predictor, plane_of: PlaneOf, piece: Piece, planes: list[Plane]
) -> Iterator[_Grown]:
    """Yield the masks of planes, of which the first is that of the piece."""
    from boundary_click.engine.propagation import PropagatedPlane, propagate  # imports torch

    images = [plane_of(plane) for plane in planes]
    run = propagate(images.__getitem__, predictor, _patch(piece), start=0, stop=len(planes) - 1)
    for found in run:
        if isinstance(found, PropagatedPlane):
            part = Part(planes[found.index], origin="propagated", doubt=found.doubt)
            yield _Grown(part, found.patch)


def _gap(editor: Editor, record: ObjectRecord, first: Part, last: Part, axis: int) -> _Gap | None:
    """Return the planes between two of an object, None if there are none."""
    between = range(first.plane.at[axis] + 1, last.plane.at[axis])
    if first.plane.beside(axis, 0) != last.plane.beside(axis, 0) or not between:
        return None
    before, after = (piece_of(editor.target, record, part) for part in (first, last))
    return _Gap(first.plane, between, before, after) if before and after else None


def _interpolated(gap: _Gap, axis: int) -> Iterator[_Grown]:
    from boundary_click.engine.interpolation import interpolate  # imports torch

    patches = interpolate(_patch(gap.before), _patch(gap.after), len(gap.between))
    for at, patch in zip(gap.between, patches, strict=True):
        yield _Grown(Part(gap.plane.beside(axis, at), origin="interpolated"), patch)


def _patch(piece: Piece) -> Patch:
    from boundary_click.engine.state import Patch  # imports torch

    return Patch.of_piece(piece)


def _summary(planes: int, doubts: int) -> str:
    told = f"{planes} plane{'s' * (planes != 1)} filled"
    return f"{told}, {doubts} to review" if doubts else told


def _nothing() -> None:
    pass
