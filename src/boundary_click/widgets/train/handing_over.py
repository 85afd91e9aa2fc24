"""From the model of a run to the Segment widget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import napari

from boundary_click.widgets.models import Choice

if TYPE_CHECKING:
    from boundary_click.widgets.segment import SegmentWidget

_PLUGIN, _WIDGET = "napari-boundary-click", "Segment"


def keep_model(path: Path, name: str) -> str:
    """Keep a model in the library, and return the name that it has there; reads the whole file.

    One that is there already is not kept twice; another of the same name gets a number.

    Raises
    ------
    CheckpointError
        If the file is damaged.
    OSError
        If it cannot be written.
    """
    from boundary_click.io.checkpoint import file_digest
    from boundary_click.io.library import known_models
    from boundary_click.io.user_models import import_model

    digest, known = file_digest(path), known_models()
    for number in range(1, 1000):
        wanted = name if number == 1 else f"{name} {number}"
        if wanted in known and file_digest(known[wanted]) == digest:
            return wanted
        if wanted.lower() not in {each.lower() for each in known}:
            return import_model(path, wanted).stem
    raise ValueError(f"there are a thousand models called {name!r}; delete some")


def open_segmenters(viewer: napari.Viewer) -> tuple[SegmentWidget, ...]:
    """Return the Segment widgets in the window of a viewer."""
    from boundary_click.widgets.segment import SegmentWidget

    return tuple(viewer.window._qt_window.findChildren(SegmentWidget))


def use_in_segment(viewer: napari.Viewer, model: str) -> None:
    """Segment with another model from the next object on, in a new widget if there is none."""
    found = open_segmenters(viewer)
    if not found:
        _, widget = viewer.window.add_plugin_dock_widget(_PLUGIN, _WIDGET, tabify=True)
        found = (widget,)
    for widget in found:
        does = widget.segmenter
        does.choose_model(Choice(model, does.models.choice.device))
        dock = widget.parentWidget()
        if dock is not None:
            dock.show()
            dock.raise_()
