"""Accepted objects erased, or made one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import numpy as np

from boundary_click.core.changes import PixelChange
from boundary_click.core.pieces import union
from boundary_click.core.records import ObjectRecord, Part
from boundary_click.widgets.masks import Target
from boundary_click.widgets.state import State

Changes = tuple[PixelChange, ...]


def erased(target: Target, state: State, *, object_ids: tuple[int, ...]) -> tuple[State, Changes]:
    """Return objects and labels without some objects."""
    gone = [state.records[each] for each in object_ids if each in state.records]
    changes = tuple(change for record in gone for change in _relabelled(target, record, 0))
    return state.without(*object_ids), changes


def merged(target: Target, state: State, *, object_ids: tuple[int, ...]) -> tuple[State, Changes]:
    """Return objects and labels with several objects as one, which has the id of the first."""
    records = [state.records[each] for each in object_ids if each in state.records]
    if len(records) < 2:
        return state, ()
    first, *others = records
    changes = tuple(
        change for record in others for change in _relabelled(target, record, first.object_id)
    )
    record = reduce(_joined, others, first)
    return state.without(*object_ids).with_record(record), changes


def _relabelled(target: Target, record: ObjectRecord, value: int) -> Iterator[PixelChange]:
    """Yield what it takes to give all pixels of an object another value."""
    for part in record.parts:
        if part.where is None:
            continue
        before = target.read(part.plane, part.where)
        after = np.where(before == record.object_id, np.asarray(value, before.dtype), before)
        yield PixelChange.of(part.plane, part.where, before, after)


def _joined(first: ObjectRecord, second: ObjectRecord) -> ObjectRecord:
    for part in second.parts:
        first = first.with_part(_joined_part(first.part_on(part.plane), part))
    return ObjectRecord(first.object_id, first.parts, first.seconds + second.seconds, first.model)


def _joined_part(first: Part | None, second: Part) -> Part:
    """Return two parts of one plane as one, which no clicks could make again."""
    if first is None:
        return second
    return Part(
        second.plane,
        first.clicks + second.clicks,
        union(first.where, second.where),
        first.area + second.area,
        "mask",
        first.doubt or second.doubt,
    )
