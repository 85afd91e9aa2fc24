"""Image layers that show what a model is told of the clicks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import napari
import numpy as np
from napari.layers import Image, Layer
from napari.utils import Colormap
from napari.utils.colormaps.standardize_color import transform_color
from numpy.typing import NDArray

from boundary_click.core.geometry import FloatArray, Window
from boundary_click.core.planes import Plane
from boundary_click.widgets.guiding import BORDERS, PROBABILITY, Sight
from boundary_click.widgets.layers import COLOURS, mark_as_ours
from boundary_click.widgets.stack import discard, insert

_GREEN, _PURPLE, _WHITE = "#009E73", "#CC79A7", "#FFFFFF"
"""With the colours of the clicks all of the palette of Okabe and Ito."""
_NAMES = {"object": "object map", "previous": "previous mask"}
"""Where the model's own word for a map would say little in the list of layers."""
_OPACITY, _OPACITY_OF_BORDERS = 0.6, 0.25


class GuidanceLayers:
    """Pictures of what a model is told, on the plane that was clicked.

    A layer that the user removes does not come back.

    Parameters
    ----------
    viewer : napari.Viewer
        Where the layers live.
    image : Image
        The image that is clicked.
    """

    def __init__(self, viewer: napari.Viewer, image: Image) -> None:
        self._viewer = viewer
        self._image = image
        self._layers: dict[str, Image | None] = {}

    def show(self, sight: Sight | None, plane: Plane, *, below: Layer | None = None) -> None:
        """Show these pictures in place of those before.

        Parameters
        ----------
        sight : Sight or None
            None shows nothing.
        plane : Plane
            Where it lies.
        below : Layer, optional
            New layers come right below this one, on top of all by default.
        """
        self._blank(self._layers.keys() - (sight.pictures if sight else {}))
        if sight is None:
            return
        affine = _affine(self._image, plane, sight.window)
        for name, picture in sight.pictures.items():
            data = _in_all_axes(picture, plane)
            if name not in self._layers:
                layer = self._layers[name] = _layer(name, data, self._image, affine)
                at = self._viewer.layers.index(below) if below else len(self._viewer.layers)
                insert(self._viewer, at, layer)
            elif (layer := self._layers[name]) is not None:
                layer.data, layer.affine = data, affine

    def clear(self) -> None:
        """Show nothing."""
        self._blank(self._layers)

    def let_go(self, layer: Layer) -> bool:
        """Forget a layer that the user removed; return whether it was one of these."""
        for name, known in self._layers.items():
            if known is layer:
                self._layers[name] = None
                return True
        return False

    def close(self, *, is_removing: bool = False) -> None:
        """Take the layers away; see `discard`."""
        layers, self._layers = self._layers, {}
        for layer in layers.values():
            if layer is not None:
                discard(self._viewer, layer, is_removing=is_removing)

    def _blank(self, names: Iterable[str]) -> None:
        for name in names:
            if (layer := self._layers[name]) is not None:
                layer.data = np.zeros_like(layer.data)


def _layer(name: str, data: FloatArray, image: Image, affine: NDArray[np.float64]) -> Image:
    layer = Image(
        data,
        name=_NAMES.get(name, name.replace("-", " ")),
        colormap=_colormap(name),
        contrast_limits=(0, 1),
        opacity=_OPACITY_OF_BORDERS if name == BORDERS else _OPACITY,
        blending="translucent_no_depth",
        interpolation2d="nearest" if name == BORDERS else "linear",
        visible=name == BORDERS or name.endswith(("positive", "negative")),
        affine=affine,
        units=image.units,
        axis_labels=image.axis_labels,
    )
    mark_as_ours(layer)
    return layer


def _colormap(name: str) -> Colormap:
    """Return a colour that fades out to nothing, so that the image stays visible."""
    kind = name.rpartition("-")[2]
    colours = {str(of_kind): colour for of_kind, colour in COLOURS.items()}
    colours |= {"object": _GREEN, PROBABILITY: _PURPLE}
    colour = transform_color(colours.get(kind, _WHITE))[0]
    faint = np.array([*colour[:3], 0.0])
    return Colormap([faint, colour], name=f"told {kind.split()[-1]}")


def _in_all_axes(picture: FloatArray, plane: Plane) -> FloatArray:
    """Return a picture on a plane as an array with all axes of the image."""
    upright = picture if plane.axes[0] < plane.axes[1] else picture.T
    others = tuple(axis for axis in range(len(plane.at)) if axis not in plane.axes)
    return np.expand_dims(upright, others)


def _affine(image: Image, plane: Plane, window: Window) -> NDArray[np.float64]:
    """Return where the grid of a window lies in the world, as a homogeneous matrix."""
    ndim = len(plane.at)
    steps, start = np.ones(ndim), np.array(plane.at, dtype=float)
    start[list(plane.axes)] = window.inverse(0, 0)
    steps[list(plane.axes)] = [1 / zoom for zoom in window.zoom]
    in_image = np.eye(ndim + 1)
    in_image[:ndim, :ndim], in_image[:ndim, ndim] = np.diag(steps), start
    return _to_world(image) @ in_image


def _to_world(image: Any) -> NDArray[np.float64]:
    """Return the map of an image's pixels to the world, as a homogeneous matrix."""
    ndim = image.ndim
    origin = np.asarray(image.data_to_world(np.zeros(ndim)))
    matrix = np.eye(ndim + 1)
    for axis, unit in enumerate(np.eye(ndim)):
        matrix[:ndim, axis] = np.asarray(image.data_to_world(unit)) - origin
    matrix[:ndim, ndim] = origin
    return matrix
