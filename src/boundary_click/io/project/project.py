"""A project that is open."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import zarr

from boundary_click.core.changes import PixelChange
from boundary_click.core.records import ObjectRecord
from boundary_click.io.atomic import folder_written_whole
from boundary_click.io.label_pyramid import written
from boundary_click.io.project.document import Document, read_document, write_document
from boundary_click.io.project.identity import ImageIdentity, ModelIdentity
from boundary_click.io.project.journal import read_entry, write_entry
from boundary_click.io.project.labels import (
    create_labels,
    import_labels,
    make_changes,
    open_labels,
)
from boundary_click.io.project.lock import Lock

SUFFIX = ".bclick"
"""Of the folder's name."""

_DOCUMENT, _LABELS, _JOURNAL, _LOCK = "project.json", "labels.zarr", "journal", "lock"


def is_project(path: Path) -> bool:
    """Whether a folder is a project."""
    return (path / _DOCUMENT).is_file()


class Project:
    """A project, open in this process alone.

    Made by `create` and `open`; used by one thread at a time.

    Attributes
    ----------
    path : Path
        Its folder.
    document : Document
        As saved last.
    labels : zarr.Array
        As saved last; read it piece by piece.
    """

    def __init__(self, path: Path, document: Document, labels: zarr.Array[Any], lock: Lock) -> None:
        self.path = path
        self.document = document
        self.labels = labels
        self._lock = lock
        self._unsaved: list[PixelChange] = []
        self._unmade: dict[str, tuple[PixelChange, ...]] = {}
        """Entries saved whose changes are not yet in the labels."""

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        image: ImageIdentity,
        geometry: Mapping[str, Any] | None = None,
        labels: Iterable[tuple[Any, Any]] = (),
        dtype: str = "int32",
    ) -> Project:
        """Make a project without objects.

        Parameters
        ----------
        path : Path
            A folder that is not there yet.
        image : ImageIdentity
        geometry : mapping, optional
            Where the image lies in the world; see `Document`.
        labels : iterable, optional
            Labels that were there before: pairs of an index and what is there.
        dtype : str
            Of the labels.

        Raises
        ------
        ValueError
            If the folder is there already.
        OSError
            If it cannot be written; then nothing is left of it.
        """
        if path.exists():
            raise ValueError(f"{path} is there already; open it, or choose another name")
        document = Document(image, dict(geometry or {}))
        shape = image.shape[:-1] if image.is_rgb else image.shape
        with folder_written_whole(path) as folder:
            array = create_labels(folder / _LABELS, shape, dtype, document.geometry)
            import_labels(array, labels)
            write_document(folder / _DOCUMENT, document)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Project:
        """Open a project as it was saved last.

        Raises
        ------
        ValueError
            If the folder is no project, is damaged, or is in use.
        OSError
            If it cannot be written to.
        """
        document = read_document(path / _DOCUMENT)
        labels = open_labels(path / _LABELS)
        shape = document.image.shape[:-1] if document.image.is_rgb else document.image.shape
        if labels.shape != shape:
            raise ValueError(
                f"{path / _LABELS} has the shape {labels.shape}, but the project's image needs "
                f"{shape}; restore it from a backup"
            )
        project = cls(path, document, labels, Lock.take(path / _LOCK))
        try:
            project._catch_up()
        except BaseException:
            project._lock.release()
            raise
        return project

    @property
    def has_unsaved(self) -> bool:
        """Whether a save failed and its changes still wait for the next."""
        return bool(self._unsaved or self._unmade)

    def blocks(self) -> Iterator[tuple[Any, Any]]:
        """Yield all labels that are not empty: pairs of an index and what is there."""
        folder = self.path / _LABELS / self.labels.basename
        for region in written(self.labels, folder):
            yield region, self.labels[region]

    def save(
        self,
        records: Iterable[ObjectRecord],
        changes: Iterable[PixelChange],
        *,
        model: ModelIdentity | None = None,
        is_done: bool | None = None,
    ) -> None:
        """Save the objects, and what became of the labels since the last save.

        Its cost does not depend on the size of the image.

        Raises
        ------
        OSError
            If the disk is full, say. The project is then as it was saved before, and the
            changes are kept here for the next save.
        """
        self._unsaved.extend(changes)
        now, entry = self.document, ""
        waiting = [name for name in now.journal if name in self._unmade]
        if self._unsaved:
            entry = f"{now.entries + 1:06d}.zip"
            write_entry(self.path / _JOURNAL / entry, self._unsaved)
            waiting.append(entry)
        document = replace(
            now,
            records=tuple(records),
            model=now.model if model is None else model,
            is_done=now.is_done if is_done is None else is_done,
            journal=tuple(waiting),
            entries=now.entries + bool(entry),
        )
        write_document(self.path / _DOCUMENT, document)
        self.document = document
        if entry:
            self._unmade[entry] = tuple(self._unsaved)
            self._unsaved.clear()
        self._make_labels()
        self._tidy()

    def close(self) -> None:
        """Let others open the project."""
        self._lock.release()

    def _catch_up(self) -> None:
        """Make the changes that were saved but may not be in the labels."""
        for name in self.document.journal:
            self._unmade[name] = read_entry(self.path / _JOURNAL / name)
        self._make_labels()
        self._tidy()

    def _make_labels(self) -> None:
        for name in tuple(self._unmade):
            try:
                make_changes(self.labels, self._unmade[name])
            except OSError as error:
                raise OSError(f"cannot write {self.path / _LABELS}: {error}") from error
            del self._unmade[name]

    def _tidy(self) -> None:
        """Delete entries that the project does not list, and what a killed process left."""
        journal = self.path / _JOURNAL
        found = [*journal.glob("*"), *self.path.glob(f".{Path(_DOCUMENT).stem}-*")]
        for file in found:
            if file.name not in self.document.journal:
                with contextlib.suppress(OSError):
                    file.unlink()
