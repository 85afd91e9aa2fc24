"""How things stand, as one value: all that the widget shows is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from boundary_click.core.clicks import ClickKind
from boundary_click.core.records import ObjectRecord
from boundary_click.widgets.editor import Editor
from boundary_click.widgets.guiding import GuidanceInfo, GuidanceSettings
from boundary_click.widgets.layers import other_sign
from boundary_click.widgets.models import ModelDesk
from boundary_click.widgets.state import doubtful_parts
from boundary_click.widgets.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the user: news, or what went wrong."""

    text: str
    is_problem: bool = False


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
    is_picking: bool = False
    is_given: bool = False
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
    notice: Notice | None = None
    threshold: float | None = None
    """Where the mask in progress is cut, None if there is none to cut."""
    shows_outlines: bool = False
    guidance: GuidanceInfo | None = None
    settings: GuidanceSettings | None = None
    is_guidance_own: bool = True
    is_guidance_shown: bool = False
    records: Mapping[int, ObjectRecord] = field(default_factory=dict)
    stack_axes: Mapping[int, str] = field(default_factory=dict)
    is_growing: bool = False
    doubtful: int = 0

    @property
    def needs_start(self) -> bool:
        """Whether clicks on the canvas go elsewhere until the user comes back."""
        return self.has_image and not self.is_active

    @property
    def is_selected(self) -> bool:
        """Whether there is an object that further clicks correct."""
        return self.is_given or self.clicks > 0

    @property
    def problem(self) -> str | None:
        """What went wrong, None if nothing did."""
        return self.notice.text if self.notice and self.notice.is_problem else None

    @property
    def news(self) -> str | None:
        """What there is to say, None if nothing or if something went wrong."""
        return self.notice.text if self.notice and not self.notice.is_problem else None

    @property
    def other_kind(self) -> ClickKind | None:
        """What a click with Shift means, None if that is nothing else."""
        return other_sign(self.kind, self.kinds)


def situation_of(
    space: Workspace | None,
    models: ModelDesk,
    *,
    kind: ClickKind,
    kinds: tuple[ClickKind, ...],
    notice: Notice | None,
    is_picking: bool,
    is_guidance_shown: bool,
    is_growing: bool,
) -> Situation:
    """Return how things stand."""
    info = models.info
    editor = space.editor if space else None
    now = Situation(
        is_loading=models.is_loading,
        is_picking=is_picking,
        device=info.device if info else None,
        kind=kind,
        kinds=kinds,
        notice=notice,
        guidance=info.guidance if info else None,
        settings=models.settings_in_use,
        is_guidance_own=models.settings is None,
        is_guidance_shown=is_guidance_shown,
        is_growing=is_growing,
    )
    if space is None:
        return now
    now = replace(
        now,
        has_image=True,
        is_open=space.is_open,
        is_active=space.is_active,
        is_flat=space.is_flat,
        stack_axes=space.stack_axes,
        shows_outlines=space.shows_outlines,
    )
    return _working(now, space, editor) if editor else now


def _working(now: Situation, space: Workspace, editor: Editor) -> Situation:
    now = replace(
        now,
        is_predicting=editor.is_pending,
        can_undo=editor.can_undo,
        can_redo=editor.can_redo,
        records=editor.state.records,
        doubtful=len(doubtful_parts(editor.state)),
    )
    if (item := editor.open) is None:
        return now
    return replace(
        now,
        clicks=len(item.clicks),
        is_given=item.is_given,
        object_id=item.object_id,
        milliseconds=editor.outcome.milliseconds,
        is_elsewhere=item.is_selected and space.plane_on_screen() != item.plane,
        has_mask=item.owned is not None,
        can_accept=item.is_selected,
        threshold=item.clicks[-1].threshold if item.clicks and item.owned else None,
    )
