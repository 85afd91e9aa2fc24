"""Going on with an object that is there, made here or elsewhere."""

from __future__ import annotations

from dataclasses import replace

from boundary_click.core.clicks import Click
from boundary_click.core.pieces import Piece, placed, union
from boundary_click.core.planes import Plane
from boundary_click.widgets.finding import Found
from boundary_click.widgets.history import Step
from boundary_click.widgets.state import OpenObject, State, new_key


def opening(state: State, plane: Plane, click: Click, found: Found) -> Step:
    """Return the step that opens an object.

    Parameters
    ----------
    state : State
        All objects accepted.
    plane : Plane
        Where the object was found.
    click : Click
        On it.
    found : Found
        The object: with its clicks if it was made here by clicks, else with its mask.
    """
    record = state.records.get(found.object_id)
    part = record.part_on(plane) if record else None
    item = OpenObject(new_key(), plane, object_id=found.object_id, owned=found.piece, mark=click)
    if part is not None and part.clicks and part.origin == "clicks":
        item = replace(item, clicks=part.clicks, extent=part.extent)
        return Step(State(state.records, item), mask="to come", is_opening=True)
    return Step(State(state.records, replace(item, begun=found.piece)), mask="to come")


def is_open(item: OpenObject | None, plane: Plane, found: Found) -> bool:
    """Whether an object found on a plane is the one in progress."""
    if item is None or item.owned is None:
        return False
    if item.plane != plane or item.object_id != found.object_id:
        return False
    return _overlap(item.owned, found.piece)


def _overlap(first: Piece, second: Piece) -> bool:
    where = union(first.where, second.where)
    return where is not None and bool((placed(first, where) & placed(second, where)).any())
