"""What the widget says: what to do next, and how things stand."""

from __future__ import annotations

from boundary_click.core.clicks import ClickKind
from boundary_click.widgets.situations import Situation

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
    if not now.clicks and not now.is_loading and now.device:
        parts.append("ready")
    return "  ·  ".join(parts)
