"""What the objects took as a table: clicks and seconds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from boundary_click.core.clicks import CLICK_KINDS
from boundary_click.core.records import ObjectRecord
from boundary_click.io.exports.tables import Cell, write_table
from boundary_click.io.labelled import LabelledImage


def write(path: Path, labelled: LabelledImage) -> None:
    """Write a row for each object that clicks are known of.

    See `boundary_click.io.exports.Format.write`.
    """
    if not labelled.records:
        raise ValueError("no clicks are known of these labels; give their table with --clicks")
    columns = ("object", "planes", "clicks", *CLICK_KINDS, "seconds", "model")
    write_table(path, columns, map(_row, labelled.records))


def _row(record: ObjectRecord) -> dict[str, Cell]:
    kinds = Counter(click.kind for part in record.parts for click in part.clicks)
    return {
        "object": record.object_id,
        "planes": len(record.parts),
        "clicks": record.clicks,
        **{kind: kinds[kind] for kind in CLICK_KINDS},
        "seconds": record.seconds or None,
        "model": record.model,
    }
