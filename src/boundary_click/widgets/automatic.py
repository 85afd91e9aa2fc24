"""Work that is kept without being asked for, and offered again when its image is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.layers import Image
from qtpy.QtCore import QObject, QTimer, Signal

from boundary_click.widgets.layers import is_large, shape_of, was_made_for
from boundary_click.widgets.preferences import preferences
from boundary_click.widgets.projects import ProjectDesk, identity_of_image
from boundary_click.widgets.segmenter import Segmenter
from boundary_click.widgets.workers import SerialWorker, Ticket

if TYPE_CHECKING:
    from boundary_click.io.project.automatic import Earlier


class AutomaticDesk(QObject):
    """Keeps objects in a project of its own as long as the user has chosen none.

    Parameters
    ----------
    does : Segmenter
    projects : ProjectDesk
    """

    changed = Signal()

    def __init__(self, does: Segmenter, projects: ProjectDesk) -> None:
        super().__init__()
        self._does, self._projects = does, projects
        self._worker = SerialWorker()
        self._ticket: Ticket | None = None
        self._image: Image | None = None
        self._found: Earlier | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._keep)
        does.changed.connect(self._follow)

    @property
    def is_busy(self) -> bool:
        """Whether something is still to come."""
        return self._timer.isActive() or self._worker.is_busy

    @property
    def offer(self) -> Earlier | None:
        """What was done on the image before; None once work has begun."""
        return None if self._projects.info.path else self._found

    def go_on(self) -> None:
        """Take up what was done before."""
        if (found := self.offer) is not None:
            self._found = None
            self._projects.open(found.path, is_automatic=True)
            self.changed.emit()

    def start_anew(self) -> None:
        """Offer it no more; it stays where it is."""
        self._found = None
        self.changed.emit()

    def close(self) -> None:
        """Follow no more."""
        self._does.changed.disconnect(self._follow)
        self._timer.stop()
        self._worker.close()

    def _follow(self) -> None:
        image = self._does.image
        if image is not self._image:
            self._image = image
            self._look(image)
        self._timer.start()  # one layer may just be taking the place of another

    def _keep(self) -> None:
        """Keep the objects, if there are any and nothing else keeps them."""
        image = self._does.image
        editor, project = self._does.editor, self._projects.info
        if image is None or editor is None or project.path or project.is_busy or not _is_wanted():
            return
        is_foreign = not was_made_for(editor.target.labels, image)
        if editor.state.records and not (is_foreign and is_large(shape_of(image))):
            from boundary_click.io.project.automatic import new_path

            self._found = None
            self._projects.create(new_path(image.name), is_automatic=True)
            self.changed.emit()

    def _look(self, image: Image | None) -> None:
        """Look for earlier work on an image, in the background."""
        if self._ticket is not None:
            self._ticket.drop()
        self._found = None
        if image is None or not _is_wanted():
            return
        identity = identity_of_image(image)

        def job() -> Earlier | None:
            from boundary_click.io.project.automatic import earlier_on, tidy

            tidy()
            return earlier_on(identity())

        self._ticket = self._worker.submit(job, self._seen, _ignore)

    def _seen(self, found: Earlier | None) -> None:
        self._found = found
        self.changed.emit()


def _is_wanted() -> bool:
    told = preferences("projects")
    return told is None or bool(told.automatic)


def _ignore(problem: str) -> None:
    """Say nothing of an image that cannot be read: the first click will."""
