"""Keeps the pictures of what a model is told in step with the clicks."""

from __future__ import annotations

from qtpy.QtCore import QObject, Signal

from boundary_click.widgets.guiding import Sight
from boundary_click.widgets.workers import SerialWorker, Ticket
from boundary_click.widgets.workspace import Workspace


class Guide(QObject):
    """Shows, if asked to, what the model is told of the object in progress.

    Parameters
    ----------
    worker : SerialWorker
        Where pictures are made.

    Attributes
    ----------
    is_on : bool
        Whether pictures are wanted.
    """

    failed = Signal(str)

    def __init__(self, worker: SerialWorker) -> None:
        super().__init__()
        self._worker = worker
        self._ticket: Ticket | None = None
        self.is_on = False

    def switch(self, is_on: bool, space: Workspace | None) -> None:
        """Show pictures from now on, or take them away."""
        self.is_on = is_on
        if is_on:
            self.follow(space)
            return
        self.leave()
        if space is not None:
            space.guidance.close()

    def follow(self, space: Workspace | None) -> None:
        """Show what the model is told of the object in progress, nothing if there is none."""
        if not self.is_on or space is None:
            return
        self.leave()
        editor = space.editor
        item = editor.open if editor else None
        if editor is None or item is None:
            space.guidance.clear()
            return
        if editor.is_pending:
            return  # its result will be followed

        draft = editor.draft(item)

        def done(sight: Sight | None) -> None:
            below = space.clicks.objects if space.clicks else None
            space.guidance.show(sight, item.plane, below=below)

        self._ticket = self._worker.submit(lambda: draft.look(item.clicks), done, self.failed.emit)

    def leave(self) -> None:
        """Show nothing of what is still to come."""
        if self._ticket is not None:
            self._ticket.drop()
            self._ticket = None
