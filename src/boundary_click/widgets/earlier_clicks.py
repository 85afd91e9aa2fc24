"""The clicks of accepted objects, faintly, in a layer that takes no clicks itself."""

from __future__ import annotations

from collections.abc import Mapping

import napari
import numpy as np
from napari.layers import Image, Layer, Points

from boundary_click.core.records import ObjectRecord
from boundary_click.widgets.layers import COLOURS, SYMBOLS, points_layer
from boundary_click.widgets.stack import discard, insert
from boundary_click.widgets.state import State

_OPACITY = 0.4


class EarlierClicks:
    """A Points layer with the clicks of accepted objects, there while it is wanted.

    Parameters
    ----------
    viewer : napari.Viewer
    image : Image
        Whose geometry the layer takes.

    Attributes
    ----------
    is_on : bool
        Whether the clicks are wanted.
    """

    def __init__(self, viewer: napari.Viewer, image: Image) -> None:
        self._viewer, self._image = viewer, image
        self._layer: Points | None = None
        self._shown: Mapping[int, ObjectRecord] | None = None
        self.is_on = False

    def show(self, state: State) -> None:
        """Show the clicks of the accepted objects."""
        if not self.is_on:
            return self.close()
        if self._layer is None:
            self._layer = points_layer(self._image, "earlier clicks", COLOURS["positive"], "cross")
            self._layer.opacity = _OPACITY
            self._layer.editable = False
            insert(self._viewer, self._viewer.layers.index(self._image) + 1, self._layer)
        if state.records is not self._shown:
            self._shown = state.records
            _fill(self._layer, state.records)

    def let_go(self, layer: Layer) -> bool:
        """Forget a layer that was removed from the viewer; return whether it was this one."""
        if layer is not self._layer:
            return False
        self._layer = self._shown = None
        return True

    def close(self, *, is_removing: bool = False) -> None:
        """Take the layer away."""
        if (layer := self._layer) is not None:
            self._layer = self._shown = None
            discard(self._viewer, layer, is_removing=is_removing)


def _fill(layer: Points, records: Mapping[int, ObjectRecord]) -> None:
    clicks = [
        (record.object_id, order, click, part.plane)
        for record in records.values()
        for part in record.parts
        for order, click in enumerate(part.clicks)
    ]
    layer.data = np.array(
        [plane.point(click.row, click.col) for *_, click, plane in clicks], dtype=float
    ).reshape(-1, layer.ndim)
    if clicks:
        layer.features = {
            "object": [object_id for object_id, *_ in clicks],
            "kind": [click.kind for *_, click, _ in clicks],
            "order": [order for _, order, *_ in clicks],
        }
        layer.symbol = [SYMBOLS[click.kind] for *_, click, _ in clicks]
        layer.face_color = [COLOURS[click.kind] for *_, click, _ in clicks]
