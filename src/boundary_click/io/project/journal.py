"""Changes of labels as files."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

from boundary_click.core.changes import PixelChange
from boundary_click.io.atomic import written_whole
from boundary_click.io.project.document import of_plane, of_where, plane_of, where_of

_INDEX = "changes.json"


def write_entry(path: Path, changes: Iterable[PixelChange]) -> None:
    """Write changes, whole or not at all.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    made = tuple(changes)
    index = [
        {"plane": of_plane(each.plane), "where": of_where(each.where), "dtype": each.dtype}
        for each in made
    ]
    with written_whole(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        archive.writestr(_INDEX, json.dumps(index))
        for number, change in enumerate(made):
            archive.writestr(f"{number}-before", change.packed_before)
            archive.writestr(f"{number}-after", change.packed_after)


def read_entry(path: Path) -> tuple[PixelChange, ...]:
    """Read changes.

    Raises
    ------
    ValueError
        If the file is missing or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(
                PixelChange(
                    plane_of(told["plane"]),
                    where_of(told["where"]),
                    told["dtype"],
                    archive.read(f"{number}-before"),
                    archive.read(f"{number}-after"),
                )
                for number, told in enumerate(json.loads(archive.read(_INDEX)))
            )
    except (OSError, KeyError, zipfile.BadZipFile, json.JSONDecodeError) as error:
        raise ValueError(f"journal entry {path} cannot be read: {error}") from error
