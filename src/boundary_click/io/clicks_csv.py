"""Clicks as a table: one line a click.

Columns: ``object`` (label, from 1), ``order`` (of the clicks of one object), ``kind``
(positive, negative, boundary), ``row``, ``col`` (pixels, integers at pixel centres), for a
stack ``plane`` (``z`` or ``t,z``, from 0), and, if wanted, ``threshold`` (probability at which
the mask is cut after the click; 0.5 where it is empty).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from boundary_click.core.clicks import CLICK_KINDS, Click, ClickKind
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord, Part
from boundary_click.io.atomic import written_whole

REQUIRED = ("object", "order", "kind", "row", "col")
_COLUMNS = (*REQUIRED, "plane", "threshold")


@dataclass(frozen=True, slots=True)
class ClickedObject:
    """The clicks of one object on one plane, in their order.

    Attributes
    ----------
    object_id : int
        Its label.
    plane : tuple of int
        Index of the plane; empty for an image of one plane.
    clicks : tuple of Click
    lines : tuple of int
        Where each click stands in the file, from 1; 0 if it is of no file.
    """

    object_id: int
    plane: tuple[int, ...]
    clicks: tuple[Click, ...]
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    object_id: int
    plane: tuple[int, ...]
    order: int
    click: Click
    line: int


def read_clicks(path: Path) -> tuple[ClickedObject, ...]:
    """Read a table of clicks.

    Returns
    -------
    tuple of ClickedObject
        In the order in which the table first names them.

    Raises
    ------
    ValueError
        If the file is missing, no table, lacks a column or has a wrong value; the message
        names the line and what to write there.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            _check_columns(reader.fieldnames, path)
            entries = [_entry(row, path, reader.line_num) for row in reader]
    except FileNotFoundError:
        raise ValueError(f"table of clicks not found: {path}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no CSV text: {error}; save it as CSV in UTF-8") from None
    if not entries:
        raise ValueError(f"{path} holds no click; add one line a click below the header")
    return _grouped(entries, path)


def write_clicks(path: Path, objects: Iterable[ClickedObject]) -> None:
    """Write a table of clicks, whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with written_whole(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for clicked in objects:
            plane = ",".join(map(str, clicked.plane))
            for order, click in enumerate(clicked.clicks, start=1):
                place = f"{click.row:g}", f"{click.col:g}"
                cut = "" if click.threshold == 0.5 else f"{click.threshold:g}"
                writer.writerow([clicked.object_id, order, click.kind, *place, plane, cut])


def click_records(
    objects: Iterable[ClickedObject], shape: tuple[int, ...]
) -> tuple[ObjectRecord, ...]:
    r"""Return what a table of clicks says of each object; seconds and pixels are not known.

    Parameters
    ----------
    objects : iterable of ClickedObject
    shape : tuple of int
        (\*planes, H, W) of the labels.
    """
    records: dict[int, ObjectRecord] = {}
    height, width = shape[-2:]
    axes = len(shape) - 2, len(shape) - 1
    for clicked in objects:
        part = Part(Plane((height, width), axes, (*clicked.plane, 0, 0)), clicked.clicks)
        record = records.get(clicked.object_id, ObjectRecord(clicked.object_id, ()))
        records[clicked.object_id] = record.with_part(part)
    return tuple(records.values())


def _check_columns(found: Iterable[str] | None, path: Path) -> None:
    missing = [name for name in REQUIRED if name not in (found or ())]
    if missing:
        raise ValueError(
            f"{path}, line 1: no column {', '.join(missing)}; the first line must name the columns "
            f"{','.join(REQUIRED)} and, for a stack, plane, with commas between them"
        )


def _entry(row: Mapping[str, str | None], path: Path, line: int) -> _Entry:
    try:
        if None in row or None in row.values():
            raise ValueError(
                "as many values as columns are needed; put quotes round a value with a comma"
            )
        return _Entry(
            object_id=_integer(row, "object", low=1),
            plane=_plane(row.get("plane") or ""),
            order=_integer(row, "order", low=0),
            click=Click(_number(row, "row"), _number(row, "col"), _kind(row), _threshold(row)),
            line=line,
        )
    except ValueError as error:
        raise ValueError(f"{path}, line {line}: {error}") from None


def _integer(row: Mapping[str, str | None], name: str, *, low: int) -> int:
    text = (row[name] or "").strip()
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < low:
        raise ValueError(f"{name} must be an integer from {low} to 999999999, got {text!r}")
    return int(text)


def _number(row: Mapping[str, str | None], name: str) -> float:
    text = (row[name] or "").strip()
    try:
        return float(text)
    except ValueError:
        raise ValueError(
            f"{name} must be a number of pixels with a decimal point, got {text!r}"
        ) from None


def _threshold(row: Mapping[str, str | None]) -> float:
    text = (row.get("threshold") or "").strip()
    try:
        return float(text) if text else 0.5
    except ValueError:
        raise ValueError(f"threshold must be a number between 0 and 1, got {text!r}") from None


def _kind(row: Mapping[str, str | None]) -> ClickKind:
    text = (row["kind"] or "").strip().lower()
    for kind in CLICK_KINDS:
        if kind == text:
            return kind
    raise ValueError(f"kind must be one of {', '.join(CLICK_KINDS)}, got {text!r}")


def _plane(text: str) -> tuple[int, ...]:
    parts = text.replace(",", " ").split()
    if not all(part.isdigit() for part in parts):
        raise ValueError(f'plane must be empty, a number from 0 (z) or "t,z", got {text!r}')
    return tuple(map(int, parts))


def _grouped(entries: list[_Entry], path: Path) -> tuple[ClickedObject, ...]:
    groups: dict[tuple[int, tuple[int, ...]], list[_Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.object_id, entry.plane), []).append(entry)
    objects = []
    for (object_id, plane), group in groups.items():
        group.sort(key=lambda entry: entry.order)
        for before, after in pairwise(group):
            if before.order == after.order:
                raise ValueError(
                    f"{path}, line {after.line}: object {object_id} has the order {after.order} "
                    f"twice (line {before.line}); number its clicks 1, 2, 3"
                )
        clicks, lines = tuple(e.click for e in group), tuple(e.line for e in group)
        objects.append(ClickedObject(object_id, plane, clicks, lines))
    return tuple(objects)
