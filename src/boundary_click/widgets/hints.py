"""What the widget says: what to do next, and how things stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from boundary_click.core.clicks import ClickKind


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

    def working_on(self, **details: Any) -> Situation:
        """Return the same with an object in progress."""
        return replace(self, **details)

    @property
    def needs_start(self) -> bool:
        """Whether clicks on the canvas go elsewhere until the user comes back."""
        return self.has_image and not self.is_active


_NEXT_CLICK: dict[ClickKind, str] = {
    "boundary": "Click on its <b>outline</b> where the mask is wrong.",
    "positive": "Click <b>inside</b> the object where the mask misses it.",
    "negative": "Click <b>outside</b> the object where the mask covers too much.",
}


def hint(now: Situation) -> str:
    """Return what to do next, one or two short sentences of rich text."""
    if not now.has_image:
        return "Open an image, or one of <b>File &gt; Open Sample &gt; Boundary Click</b>."
    if not now.is_open:
        return "Press <b>Start</b>, then click inside an object."
    if not now.is_flat:
        return "Switch back to the <b>2D view</b> to click."
    if not now.is_active:
        return "Another layer is active. Press <b>Back to clicking</b> to go on."
    if now.clicks == 0:
        return "Click <b>inside an object</b>."
    if now.is_elsewhere:
        return (
            "The object you work on lies on <b>another plane</b>. A click here keeps it "
            "and selects the next one."
        )
    if now.is_predicting and not now.has_mask:
        return "Loading the model…" if now.is_loading else "Looking for the object…"
    if not now.has_mask:
        return "No object found there. <b>Undo</b> and click elsewhere inside it."
    return f"{_NEXT_CLICK[now.kind]} If it is right, press <b>N</b> for the next object."


def status(now: Situation) -> str:
    """Return device, time of the last click, clicks and object, in a line."""
    parts = ["loading the model…" if now.is_loading else now.device or "no model"]
    if now.is_predicting:
        parts.append("…")
    elif now.clicks and now.milliseconds:
        parts.append(f"{now.milliseconds:.0f} ms")
    if now.clicks:
        parts.append("1 click" if now.clicks == 1 else f"{now.clicks} clicks")
    if now.object_id is not None:
        parts.append(f"object {now.object_id}")
    return "  ·  ".join(parts)
