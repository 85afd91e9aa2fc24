"""A project kept in step with the objects, beside the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from boundary_click.core.changes import PixelChange
from boundary_click.widgets.editor import Editor
from boundary_click.widgets.workers import SerialWorker

if TYPE_CHECKING:
    from boundary_click.io.project.identity import ModelIdentity
    from boundary_click.io.project.project import Project


class Keeper(QObject):
    """Saves what an editor does whenever no object is in progress.

    Parameters
    ----------
    path : Path
        Folder of the project.
    editor : Editor
    get : callable
        Returns the project, made or opened; runs in the background.
    model_name : callable
        Returns the name of the model in use.

    Attributes
    ----------
    path : Path
    is_saved : bool
        Whether all but the object in progress is on the disk.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(
        self,
        path: Path,
        editor: Editor,
        get: Callable[[], Project],
        model_name: Callable[[], str],
    ) -> None:
        super().__init__()
        self.path = path
        self.is_saved = False
        self._editor = editor
        self._model_name = model_name
        self._worker = SerialWorker()
        self._project: Project | None = None
        self._log: list[PixelChange] = []
        self._records: Any = None  # as saved, or on their way
        self._is_saving = True
        editor.target.on_change = self._log.append
        editor.changed.connect(self._save_if_settled)
        self._worker.submit(get, self._begun, self._failed)

    def save(self, *, is_done: bool | None = None) -> None:
        """Save now; what is in progress counts as it is."""
        records, self._log, changes = self._editor.state.records, [], tuple(self._log)
        self._editor.target.on_change = self._log.append
        self._records, self._is_saving, self.is_saved = records, True, False
        project, name = self._project, self._model_name()

        def job() -> None:
            assert project is not None  # saved only once it is there
            model = identity_of_model(name)
            project.save(records.values(), changes, model=model, is_done=is_done)

        self._worker.submit(job, self._saved, self._failed)
        self.changed.emit()

    def close(self, *, is_done: bool | None = None) -> None:
        """Accept the object in progress, save, and let others open the project."""
        self._editor.changed.disconnect(self._save_if_settled)
        self._editor.accept()
        if self._project is not None:
            self.save(is_done=is_done)
            self._worker.submit(self._project.close, _ignore, _ignore)
        self._worker.finish()

    def _begun(self, project: Project) -> None:
        self._project = project
        self._saved(None)

    def _saved(self, nothing: None) -> None:
        self._is_saving, self.is_saved = False, True
        self._save_if_settled()
        self.changed.emit()

    def _failed(self, problem: str) -> None:
        """Say why nothing is saved; the next save tries again with what is waiting."""
        self._is_saving, self.is_saved = False, False
        self._records = None
        self.failed.emit(f"the project is not saved: {problem}")
        self.changed.emit()

    def _save_if_settled(self) -> None:
        editor = self._editor
        if self._project is None or self._is_saving or editor.open or editor.is_pending:
            return
        if self._log or editor.state.records is not self._records:
            self.save()


def identity_of_model(name: str) -> ModelIdentity:
    """Return what tells a model from others; slow the first time, any thread."""
    from boundary_click.io.checkpoint import file_digest  # imports torch
    from boundary_click.io.library import find_model
    from boundary_click.io.project.identity import ModelIdentity

    try:
        return ModelIdentity(name, file_digest(find_model(name)))
    except (OSError, ValueError):
        return ModelIdentity(name)


def _ignore(result: Any) -> None:
    pass
