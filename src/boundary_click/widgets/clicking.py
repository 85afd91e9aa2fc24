"""What a click on the canvas means, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from napari.layers import Image
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from boundary_click.core.clicks import Click, ClickKind
from boundary_click.core.planes import Plane, PlaneError
from boundary_click.widgets.editor import Editor
from boundary_click.widgets.finding import find
from boundary_click.widgets.hints import too_early
from boundary_click.widgets.layers import ClickLayers, Modifiers, Role, other_sign
from boundary_click.widgets.workers import message_of
from boundary_click.widgets.workspace import Workspace


class Clicking(QObject):
    """Takes what the user does in the click layers to the objects.

    Parameters
    ----------
    space : callable
        Returns the layers of the image in use, None if there is none.
    kinds : callable
        Returns the kinds of click that the model takes after the first, the usual one first.

    Attributes
    ----------
    is_picking : bool
        Whether the next click opens an object that is there.
    """

    began = Signal()
    """The user has done something, so that what was said before is old."""
    shown = Signal()
    """The layers do not show the clicks as they are."""
    refused = Signal(str)
    """Carries why a click does nothing."""

    def __init__(
        self, space: Callable[[], Workspace | None], kinds: Callable[[], tuple[ClickKind, ...]]
    ) -> None:
        super().__init__()
        self._space, self._kinds = space, kinds
        self._chosen: ClickKind | None = None
        self.is_picking = False

    @property
    def kind(self) -> ClickKind:
        """What a further click means."""
        kinds = self._kinds()
        return self._chosen if self._chosen in kinds else kinds[0]

    @property
    def other_kind(self) -> ClickKind | None:
        """What one with Shift means, None if that is nothing else."""
        return other_sign(self.kind, self._kinds())

    def choose(self, kind: ClickKind | None) -> None:
        """Say what further clicks mean; None is the model's usual kind."""
        self._chosen = kind

    def choose_next(self) -> None:
        """Go to the next of the kinds that the model takes."""
        kinds = self._kinds()
        self._chosen = kinds[(kinds.index(self.kind) + 1) % len(kinds)]

    def layers(self, image: Image) -> ClickLayers:
        """Make the click layers of an image."""
        return ClickLayers(image, on_add=self._added, on_move=self._moved, on_remove=self._removed)

    def _added(self, role: Role, point: NDArray[Any], held: Modifiers) -> None:
        self.began.emit()
        if (space := self._space()) is None:
            return
        try:
            plane = space.plane_at(point)
        except PlaneError as error:
            return self._refuse(str(error))
        editor, click = space.ensure_editor(), Click(*plane.locate(point))
        if self.is_picking or "Control" in held:
            return self._pick(space, editor, plane, click)
        if role == "correction" and not editor.is_selected:
            space.activate("object")
            return self._refuse(too_early(self.kind))
        if role == "object":
            space.activate("correction")
            return editor.select(plane, click)
        kind = (self.other_kind if "Shift" in held else None) or self.kind
        return editor.correct(plane, Click(click.row, click.col, kind))

    def _pick(self, space: Workspace, editor: Editor, plane: Plane, click: Click) -> None:
        """Go on with the object under a click, made here or elsewhere."""
        try:
            found = find(editor.target.labels, plane, click)
        except ValueError as error:
            return self._refuse(message_of(error))
        self.is_picking = False
        space.activate("correction")
        return editor.open_found(plane, click, found)

    def _moved(self, index: int, point: NDArray[Any]) -> None:
        self.began.emit()
        space = self._space()
        if space is None or space.editor is None:
            return
        try:
            row, col = space.plane_at(point).locate(point)
        except PlaneError as error:
            return self._refuse(str(error))
        return space.editor.move(index, row, col)

    def _removed(self, indices: tuple[int, ...]) -> None:
        self.began.emit()
        space = self._space()
        if not indices:
            return self.shown.emit()
        if space is not None and space.editor is not None:
            space.editor.remove(indices)

    def _refuse(self, problem: str) -> None:
        self.shown.emit()
        self.refused.emit(problem)
