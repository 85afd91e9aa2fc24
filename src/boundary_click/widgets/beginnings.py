"""How an object begins: at a click, or as one that is there already."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from boundary_click.core.clicks import Click
from boundary_click.core.planes import Plane
from boundary_click.widgets.drafts import Draft
from boundary_click.widgets.finding import object_at
from boundary_click.widgets.masks import ObjectMask
from boundary_click.widgets.objects import WorkObject
from boundary_click.widgets.workers import message_of
from boundary_click.widgets.workspace import Workspace

if TYPE_CHECKING:
    from boundary_click.engine.predictor import Predictor


def new_object(space: Workspace, plane: Plane, predictor: Callable[[], Predictor]) -> WorkObject:
    """Return an object without clicks."""
    target = space.ensure_target()
    draft = Draft(space.plane_image(plane), predictor, target.extent)
    return WorkObject(plane, draft, ObjectMask(target, plane))


def given_object(
    space: Workspace, plane: Plane, click: Click, predictor: Callable[[], Predictor]
) -> WorkObject:
    """Return the object of the Labels layer under a click, to be corrected.

    Raises
    ------
    ValueError
        If there is none, or the layer cannot be read.
    """
    target = space.ensure_target()
    name = target.labels.name
    try:
        found = object_at(target.labels.data, plane, click)
    except Exception as error:  # the array may be of any library
        raise ValueError(f"labels {name!r} could not be read: {message_of(error)}") from error
    if found is None:
        raise ValueError(f"there is no object in labels {name!r} there; click on one")
    draft = Draft(space.plane_image(plane), predictor, begun=found.piece)
    mask = ObjectMask(target, plane, object_id=found.object_id, owned=found.piece)
    return WorkObject(plane, draft, mask, has_mask=True, mark=click)
