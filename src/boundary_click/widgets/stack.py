"""Layers put into the viewer and taken away again, without disturbing what is active."""

from __future__ import annotations

from collections.abc import Sequence

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


def centre_on(viewer: napari.Viewer, world: Sequence[float]) -> None:
    """Move the camera to a point of the world, given for the viewer's last axes."""
    camera = (viewer.scene if hasattr(viewer, "scene") else viewer).camera
    missing = viewer.dims.ndim - len(world)
    place = [0.0] * missing + [float(value) for value in world]
    shown = [place[axis] for axis in viewer.dims.displayed]
    camera.center = (0.0,) * (3 - len(shown)) + tuple(shown)
