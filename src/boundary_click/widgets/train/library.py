"""The model library: what is in it, and what the user does to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal

from boundary_click.widgets.workers import SerialWorker


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the library.

    Attributes
    ----------
    name : str
    is_own : bool
        Whether it can be renamed and deleted.
    description : str
        What it is for, or why its file cannot be read.
    parent : str
        The model that its training started from, if any.
    data : str
        What it was trained on.
    licence : str
    metrics : dict of float
        On objects that were held out of its training.
    megabytes : float
    """

    name: str
    is_own: bool
    description: str = ""
    parent: str = ""
    data: str = ""
    licence: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    megabytes: float = 0.0


class LibraryDesk(QObject):
    """Lists the library and changes it, in the background."""

    changed = Signal()
    told = Signal(str)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._worker = SerialWorker()
        self.entries: tuple[Entry, ...] = ()
        self.look()

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self._worker.is_busy

    def look(self) -> None:
        """Read what there is."""
        self._worker.submit(entries, self._found, self.failed.emit)

    def take_file(self, path: Path) -> None:
        """Copy a model file into the library."""

        def job() -> str:
            from boundary_click.io.user_models import import_model

            return f"{import_model(path).stem} is in the library"

        self._do(job)

    def take_address(self, url: str, sha256: str) -> None:
        """Download a model into the library."""

        def job() -> str:
            from boundary_click.io.model_download import download_model

            return f"{download_model(url, sha256=sha256).stem} is in the library"

        self._do(job)

    def rename(self, name: str, new: str) -> None:
        """Give one of the user's models another name."""

        def job() -> str:
            from boundary_click.io.user_models import rename_model

            return f"{name} is now {rename_model(name, new).stem}"

        self._do(job)

    def delete(self, name: str) -> None:
        """Delete one of the user's models."""

        def job() -> str:
            from boundary_click.io.user_models import delete_model

            delete_model(name)
            return f"{name} is deleted"

        self._do(job)

    def export(self, name: str, path: Path) -> None:
        """Write a model in the format that a file ends like."""

        def job() -> str:
            from boundary_click.io.model_exports.formats import write_model

            return f"wrote {', '.join(map(str, write_model(name, path)))}"

        self._do(job)

    def close(self) -> None:
        """End the background thread."""
        self._worker.close()

    def _do(self, job: Callable[[], str]) -> None:
        self._worker.submit(job, self.told.emit, self.failed.emit)
        self.look()
        self.changed.emit()

    def _found(self, found: tuple[Entry, ...]) -> None:
        self.entries = found
        self.changed.emit()


def entries() -> tuple[Entry, ...]:
    """Return what the library holds: the models that came with the package, then the user's."""
    from boundary_click.io.library import known_models
    from boundary_click.io.user_models import user_models

    own = user_models()
    return tuple(_entry(name, path, name in own) for name, path in known_models().items())


def _entry(name: str, path: Path, is_own: bool) -> Entry:
    from boundary_click.io.checkpoint import CheckpointError, read_card

    try:
        card = read_card(path)
        size = path.stat().st_size
    except (CheckpointError, OSError) as error:
        return Entry(name, is_own, description=str(error))
    configuration: dict[str, Any] = card.training.get("configuration", {})
    return Entry(
        name,
        is_own,
        description=card.description,
        parent=_parent(str(configuration.get("start_from") or "")),
        data=", ".join(card.data),
        licence=card.licence,
        metrics=dict(card.metrics),
        megabytes=size / 1e6,
    )


def _parent(start_from: str) -> str:
    """Return the name of the model that a run started from: a path is that of a run's result."""
    path = Path(start_from)
    return path.parent.name if path.name == "model.safetensors" else path.stem
