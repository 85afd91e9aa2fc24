"""Layers put into the viewer and taken away again, without disturbing what is active."""

from __future__ import annotations

import napari
from napari.layers import Layer
from qtpy.QtCore import QTimer


def insert(viewer: napari.Viewer, at: int, layer: Layer) -> None:
    """Put a layer at a place in the list; the active layer stays active."""
    selection = viewer.layers.selection
    before = selection.active
    viewer.layers.insert(at, layer)
    if before is not None:
        selection.active = before


def discard(viewer: napari.Viewer, layer: Layer, *, is_removing: bool = False) -> None:
    """Take a layer away, if it is still there.

    Parameters
    ----------
    viewer : napari.Viewer
    layer : Layer
    is_removing : bool
        Whether napari is at removing layers: it does not expect that others of them
        vanish meanwhile, so this one goes right after.
    """
    if is_removing:
        QTimer.singleShot(0, lambda: discard(viewer, layer))
    elif layer in viewer.layers:
        viewer.layers.remove(layer)
