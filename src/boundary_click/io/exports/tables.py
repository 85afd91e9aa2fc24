"""Tables as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from boundary_click.io.atomic import written_whole

Cell = str | int | float | None
"""None is an empty cell: not known, or not defined."""


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> None:
    """Write rows as CSV, whole or not at all; numbers keep seven digits.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with written_whole(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _text(cell) for name, cell in row.items()})


def _text(cell: Cell) -> Cell:
    return f"{cell:.7g}" if isinstance(cell, float) else cell
