"""What the user can do with accepted objects."""

from __future__ import annotations

from boundary_click.core.arrays import inner_point
from boundary_click.core.clicks import Click
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord, Part
from boundary_click.widgets.editor import Editor
from boundary_click.widgets.finding import Found, piece_of
from boundary_click.widgets.growing import Reach
from boundary_click.widgets.layers import shape_of
from boundary_click.widgets.segmenter import Segmenter
from boundary_click.widgets.state import doubtful_parts
from boundary_click.widgets.workspace import Workspace


class ObjectDesk:
    """Goes to accepted objects, opens, deletes, merges them and carries them through stacks.

    Parameters
    ----------
    does : Segmenter
        Has the image and its objects.
    """

    def __init__(self, does: Segmenter) -> None:
        self._does = does

    def go_to(self, record: ObjectRecord) -> None:
        """Look at an object: where it is doubtful, else in the middle of it."""
        if (space := self._does.space) is not None:
            space.look_at(_part_to_see(record))

    def open(self, record: ObjectRecord) -> None:
        """Go on with an object, on the plane that `go_to` shows."""
        self._open(record, _part_to_see(record))

    def delete(self, object_ids: tuple[int, ...]) -> None:
        """Erase objects; this can be undone."""
        if (editor := self._does.editor) is not None:
            editor.delete(object_ids)

    def merge(self, object_ids: tuple[int, ...]) -> None:
        """Make one object of several; this can be undone."""
        if (editor := self._does.editor) is not None:
            editor.merge(object_ids)

    def review(self) -> None:
        """Accept the object in progress, and open the next plane that is doubtful."""
        editor = self._does.editor
        if editor is None:
            return
        editor.accept()
        found = doubtful_parts(editor.state)
        if not found:
            return self._does.tell("no plane is left to review")
        return self._open(*found[0])

    def carry(self, axis: int | None, backward: bool, forward: bool, count: int | None) -> None:
        """Carry the object in progress, or the one accepted last, to the planes beside it.

        Parameters
        ----------
        axis : int or None
            Along which; nothing happens if None.
        backward, forward : bool
            To lower and to higher planes.
        count : int or None
            At most so many planes to each side; None to the end.
        """
        space, editor = self._does.space, self._does.editor
        if space is None or editor is None or axis is None:
            return

        def carry() -> None:
            subject = _subject(space, editor)
            if subject is None or subject[0] not in editor.accepted.records:
                return self._does.tell("make an object first, then carry it through the stack")
            object_id, plane = subject
            reach = Reach(axis, shape_of(space.image)[axis], backward, forward, count)
            return self._does.grower.propagate(editor, space.plane_image, object_id, plane, reach)

        editor.when_settled(carry)

    def interpolate(self, axis: int | None) -> None:
        """Fill the planes between those on which the object was made by hand."""
        space, editor = self._does.space, self._does.editor
        if space is None or editor is None or axis is None:
            return

        def fill() -> None:
            subject = _subject(space, editor)
            if subject is None or subject[0] not in editor.accepted.records:
                return self._does.tell("make an object on two planes first")
            return self._does.grower.interpolate(editor, subject[0], axis)

        editor.when_settled(fill)

    def _open(self, record: ObjectRecord, part: Part) -> None:
        space, editor = self._does.space, self._does.editor
        if space is None or editor is None:
            return
        piece = piece_of(editor.target, record, part)
        if piece is None:
            return self._does.tell(f"object {record.object_id} has no pixels left on that plane")
        space.look_at(part)
        space.activate("correction")
        row, col = inner_point(piece.mask)
        rows, cols = piece.where
        click = Click(row + rows.start, col + cols.start)
        return editor.open_found(part.plane, click, Found(record.object_id, piece))


def _part_to_see(record: ObjectRecord) -> Part:
    """Return the first doubtful part of an object, else the middle one."""
    doubtful = (part for part in record.parts if part.doubt)
    return next(doubtful, record.parts[len(record.parts) // 2])


def _subject(space: Workspace, editor: Editor) -> tuple[int, Plane] | None:
    """Return the object that is meant, and on which plane: the open one, else the latest."""
    item = editor.open
    if item is not None and item.owned is not None and item.object_id is not None:
        return item.object_id, item.plane
    if not editor.state.records:
        return None
    record = [*editor.state.records.values()][-1]
    shown = space.plane_on_screen()
    part = record.part_on(shown) if shown else None
    return record.object_id, (part or _part_to_see(record)).plane
