"""How things stand, as one value: all that the widget shows is made from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from boundary_click.core.clicks import ClickKind
from boundary_click.widgets.models import ModelDesk
from boundary_click.widgets.objects import WorkList
from boundary_click.widgets.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the widget shows of the work, at one moment."""

    has_image: bool = False
    is_open: bool = False
    is_active: bool = False
    is_flat: bool = True
    is_loading: bool = False
    is_predicting: bool = False
    is_elsewhere: bool = False
    has_mask: bool = False
    clicks: int = 0
    object_id: int | None = None
    kind: ClickKind = "boundary"
    kinds: tuple[ClickKind, ...] = ("boundary",)
    device: str | None = None
    milliseconds: float = 0.0
    can_accept: bool = False
    can_undo: bool = False
    can_redo: bool = False
    problem: str | None = None

    @property
    def needs_start(self) -> bool:
        """Whether clicks on the canvas go elsewhere until the user comes back."""
        return self.has_image and not self.is_active


def situation_of(
    space: Workspace | None,
    work: WorkList,
    models: ModelDesk,
    *,
    kind: ClickKind,
    problem: str | None,
) -> Situation:
    """Return how things stand."""
    info = models.info
    now = Situation(
        is_loading=models.is_loading,
        device=info.device if info else None,
        kind=kind,
        kinds=info.click_kinds if info else (kind,),
        problem=problem,
    )
    if space is None:
        return now
    now = replace(
        now,
        has_image=True,
        is_open=space.is_open,
        is_active=space.is_active,
        is_flat=space.is_flat,
        can_undo=work.can_reopen,
    )
    return _working(now, space, work)


def _working(now: Situation, space: Workspace, work: WorkList) -> Situation:
    current, clicks = work.current, len(work.clicks)
    if current is None:
        return now
    return replace(
        now,
        clicks=clicks,
        object_id=current.mask.object_id,
        milliseconds=current.outcome.milliseconds,
        is_predicting=current.pending is not None,
        is_elsewhere=clicks > 0 and space.plane_on_screen() != current.plane,
        has_mask=current.has_mask,
        can_accept=clicks > 0,
        can_undo=current.can_undo or work.can_reopen,
        can_redo=current.can_redo,
    )
