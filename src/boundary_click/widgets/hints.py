"""What the widget says: what to do next, and how things stand."""

from __future__ import annotations

from boundary_click.core.clicks import ClickKind
from boundary_click.widgets.situations import Situation

_NEXT_CLICK: dict[ClickKind, str] = {
    "boundary": "Click on its <b>outline</b> where the mask is wrong.",
    "positive": "Click <b>inside</b> the object where the mask misses it.",
    "negative": "Click <b>outside</b> the object where the mask covers too much.",
}
_WITH_SHIFT: dict[ClickKind, str] = {
    "negative": "<b>Shift</b>-click where it covers too much.",
    "positive": "<b>Shift</b>-click where it misses some.",
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
    if now.is_picking:
        return "Click on <b>the object to correct</b>, or press <b>W</b> again to leave it."
    if not now.is_selected:
        return "Click <b>inside an object</b>, or press <b>W</b> to correct one that is there."
    if now.is_elsewhere:
        return (
            "The object you work on lies on <b>another plane</b>. A click here keeps it "
            "and selects the next one."
        )
    if now.is_predicting and not now.has_mask:
        return "Loading the model…" if now.is_loading else "Looking for the object…"
    if not now.has_mask:
        return "No object found there. <b>Undo</b> and click elsewhere inside it."
    if now.is_given and not now.clicks:
        return (
            f"<b>Object {now.object_id}</b> is open. {_correction(now)} "
            "If it is right, press <b>N</b>."
        )
    return f"{_correction(now)} If it is right, press <b>N</b> for the next object."


def _correction(now: Situation) -> str:
    """Return what to click on to correct a mask."""
    if now.other_kind is None:
        return _NEXT_CLICK[now.kind]
    return f"{_NEXT_CLICK[now.kind]} {_WITH_SHIFT[now.other_kind]}"


def too_early(kind: ClickKind) -> str:
    """Return what is wrong with a click that corrects an object before there is one."""
    further: dict[ClickKind, str] = {
        "boundary": "on its outline",
        "positive": "where the mask misses it",
        "negative": "where the mask covers too much",
    }
    return f"click inside an object first, then {further[kind]}"


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
