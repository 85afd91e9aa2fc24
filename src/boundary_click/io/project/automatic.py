"""Projects that are kept without being asked for, and found again by their image."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from platformdirs import user_data_path

from boundary_click.io.project.document import Document, read_document
from boundary_click.io.project.identity import ImageIdentity
from boundary_click.io.project.lock import is_taken
from boundary_click.io.project.project import SUFFIX

FOLDER_VARIABLE = "BOUNDARY_CLICK_PROJECTS"
"""Environment variable that names another folder."""

MOST = 20
"""Projects that are kept; older ones go."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was done on an image before.

    Attributes
    ----------
    path : Path
        Of the project.
    objects : int
    saved : datetime
        With its time zone.
    """

    path: Path
    objects: int
    saved: datetime


def automatic_folder() -> Path:
    """Return the folder of automatic projects; it need not exist yet."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else user_data_path("boundary-click", appauthor=False) / "projects"


def new_path(name: str) -> Path:
    """Return where a new project goes.

    Parameters
    ----------
    name : str
        Of the image.
    """
    stem = re.sub(r"[^\w-]+", "-", name).strip("-")[:40] or "image"
    now = datetime.now().astimezone()
    return automatic_folder() / f"{stem}-{now:%Y%m%d-%H%M%S-%f}{SUFFIX}"


def earlier_on(image: ImageIdentity) -> Earlier | None:
    """Return what was done last on an image, None if nothing is known.

    A project that another process works on is passed over, and so is one that is damaged.
    """
    for path, document in _projects():
        is_it = not document.image.differences(image)
        if is_it and document.records and not is_taken(path / "lock"):
            saved = datetime.fromisoformat(document.saved)
            return Earlier(path, len(document.records), saved)
    return None


def tidy() -> None:
    """Delete all but the latest projects; those in use stay."""
    for path, _ in list(_projects())[MOST:]:
        if not is_taken(path / "lock"):
            shutil.rmtree(path, ignore_errors=True)


def _projects() -> Iterator[tuple[Path, Document]]:
    """Yield the projects and their documents, the latest first."""
    found = []
    for path in automatic_folder().glob(f"*{SUFFIX}"):
        try:
            found.append((path, read_document(path / "project.json")))
        except (OSError, ValueError):
            continue
    yield from sorted(found, key=lambda each: (each[1].saved, each[0].name), reverse=True)
