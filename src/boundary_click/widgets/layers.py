"""The layers the widget makes: clicks as points, masks as labels, placed as the image is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from napari.layers import Image, Labels, Layer, Points
from numpy.typing import NDArray

from boundary_click.core.clicks import Click, ClickKind
from boundary_click.core.planes import Plane
from boundary_click.widgets.pixels import is_writable, pixels_of_labels, pyramid_layer

if TYPE_CHECKING:
    from boundary_click.io.label_pyramid import LabelPyramid

Role = Literal["object", "correction"]
Modifiers = frozenset[str]
"""Keys held while the mouse was pressed: ``Shift``, ``Control``, which is Command on a Mac."""
_MODIFIERS = ("Shift", "Control")

SYMBOLS: dict[ClickKind, str] = {"positive": "cross", "negative": "hbar", "boundary": "diamond"}
COLOURS: dict[ClickKind, str] = {
    "positive": "#56B4E9",
    "negative": "#D55E00",
    "boundary": "#F0E442",
}
"""Of the palette of Okabe and Ito, which colour-blind people tell apart."""

OBJECT_COLOUR = "#FFFFFF"
_OBJECT_SYMBOL = "disc"
_BORDER = "#000000"
_SIZE_IN_PIXELS = (2, 24)
"""Of the image; a click this near to a point selects it."""
_SIZE_ON_SCREEN = (0, 15)
"""Smallest and largest, in pixels. Above 0, napari shows a dot at the origin of an empty layer."""
OPACITY = {False: 0.5, True: 1.0}
"""Of objects that are filled, and of outlines."""
_DTYPE = np.dtype(np.int32)
_LARGE = 4 * 2**30
"""Bytes of labels that may be in memory."""
_MADE_FOR = "boundary_click_image"
_IS_OURS = "boundary_click_picture"
_CORRECTIONS = {True: "boundary clicks", False: "correction clicks"}
"""Names of the layer of further clicks, by whether they may be on the outline."""
_OTHER_SIGN: dict[ClickKind, ClickKind] = {"positive": "negative", "negative": "positive"}


def other_sign(kind: ClickKind, kinds: tuple[ClickKind, ...]) -> ClickKind | None:
    """Return the opposite of a kind of click, None if it has none among the kinds."""
    other = _OTHER_SIGN.get(kind)
    return other if other in kinds else None


def geometry(image: Image) -> dict[str, Any]:
    """Return where an image lies in the world, as keyword arguments of a layer."""
    return {
        "scale": image.scale,
        "translate": image.translate,
        "rotate": image.rotate,
        "shear": image.shear,
        "affine": image.affine,
        "units": image.units,
        "axis_labels": image.axis_labels,
    }


def pixels_of(image: Image) -> Any:
    """Return the array of an image, of a multiscale one the full resolution."""
    return image.data[0] if image.multiscale else image.data


def shape_of(image: Image) -> tuple[int, ...]:
    """Return the shape of an image in full resolution, without colour channels."""
    shape = pixels_of(image).shape
    return tuple(int(length) for length in (shape[:-1] if image.rgb else shape))


def placement(image: Image) -> dict[str, Any]:
    """Return where an image lies in the world, as JSON can hold it."""
    return {
        "scale": [float(value) for value in image.scale],
        "translate": [float(value) for value in image.translate],
        "rotate": np.asarray(image.rotate).tolist(),
        "shear": np.asarray(image.shear).tolist(),
        "affine": np.asarray(image.affine.affine_matrix).tolist(),
        "units": [str(unit) for unit in image.units],
        "axis_labels": list(image.axis_labels),
    }


def new_labels(image: Image, data: Any = None) -> Labels:
    """Return a Labels layer that covers an image, empty unless it is given its data.

    Those of an image too large for memory are a pyramid on the disk.
    """
    options = {"name": f"{image.name} objects", "opacity": OPACITY[False], **geometry(image)}
    shape = shape_of(image)
    if data is None and is_large(shape):
        data = _new_pyramid(shape)
    if data is None:
        data = np.zeros(shape, dtype=_DTYPE)
    labels = pyramid_layer(data, **options) if _is_pyramid(data) else Labels(data, **options)
    labels.metadata[_MADE_FOR] = image.unique_id
    return labels


def is_large(shape: tuple[int, ...]) -> bool:
    """Whether labels of a shape do not belong into memory."""
    return math.prod(shape) * _DTYPE.itemsize > _LARGE


def _new_pyramid(shape: tuple[int, ...]) -> LabelPyramid:
    from boundary_click.io.label_pyramid import temporary_pyramid

    return temporary_pyramid(shape)


def _is_pyramid(data: Any) -> bool:
    return hasattr(data, "levels")


def was_made_for(labels: Labels, image: Image) -> bool:
    """Whether `new_labels` made this layer for this image."""
    return bool(labels.metadata.get(_MADE_FOR) == image.unique_id)


def mismatch(labels: Labels, image: Image) -> str | None:
    """Say why a Labels layer cannot take masks of an image, None if it can."""
    if not is_writable(labels):
        return (
            f"labels layer {labels.name!r} is multiscale, which napari cannot edit; "
            "choose another one or 'New layer'"
        )
    expected, actual = shape_of(image), tuple(pixels_of_labels(labels).array.shape)
    if expected != actual:
        return (
            f"labels layer {labels.name!r} has shape {actual}, but image {image.name!r} needs "
            f"{expected}; choose another one or 'New layer'"
        )
    return None


def mark_as_ours(layer: Image) -> None:
    """Note that an image is a picture of this plugin's, and not one to click on."""
    layer.metadata[_IS_OURS] = True


def images_among(layers: Iterable[Layer]) -> list[Image]:
    """Return the images that can be clicked on."""
    images = (layer for layer in layers if isinstance(layer, Image))
    return [image for image in images if not image.metadata.get(_IS_OURS)]


class ClickLayers:
    """Two Points layers that show the clicks on one object and tell what the user does to them.

    The selection click lies in the layer of objects, every further click in the layer of
    corrections. Where a mask stands for the selection click, all of them are further ones.

    Parameters
    ----------
    image : Image
        Whose geometry the layers take.
    on_add : callable
        Takes the role of the layer, the new point, and the keys that were held.
    on_move : callable
        Takes the index of the click, the selection click being 0, and its new point.
    on_remove : callable
        Takes the indices of the clicks, none if the user has touched what is none.
    """

    def __init__(
        self,
        image: Image,
        *,
        on_add: Callable[[Role, NDArray[np.float64], Modifiers], None],
        on_move: Callable[[int, NDArray[np.float64]], None],
        on_remove: Callable[[tuple[int, ...]], None],
    ) -> None:
        self._on_add, self._on_move, self._on_remove = on_add, on_move, on_remove
        self._is_showing = False
        self._held: Modifiers = frozenset()
        self._mark: Click | None = None
        self._shown: tuple[Any, ...] | None = None
        self.objects = points_layer(image, "object clicks", OBJECT_COLOUR, _OBJECT_SYMBOL)
        self.corrections = points_layer(
            image, _CORRECTIONS[True], COLOURS["boundary"], SYMBOLS["boundary"]
        )
        self._known = {layer: np.empty((0, layer.ndim)) for layer in self.both}
        for layer in self.both:
            layer.events.data.connect(self._changed)
            layer.mouse_drag_callbacks.append(self._pressed)

    @property
    def both(self) -> tuple[Points, Points]:
        """The layer of selection clicks and that of further ones."""
        return self.objects, self.corrections

    def of_role(self, role: Role) -> Points:
        """Return the layer for selection clicks or the one for further clicks."""
        return self.objects if role == "object" else self.corrections

    def say_kinds(self, kinds: tuple[ClickKind, ...]) -> None:
        """Name the layer of further clicks by what they are, unless the user named it."""
        if self.corrections.name in _CORRECTIONS.values():
            self.corrections.name = _CORRECTIONS["boundary" in kinds]

    def show(
        self,
        clicks: tuple[Click, ...],
        plane: Plane | None,
        object_id: int | None,
        *,
        mark: Click | None = None,
    ) -> None:
        """Show clicks, whatever the layers held before.

        Parameters
        ----------
        clicks : tuple of Click
        plane : Plane or None
            Where they lie.
        object_id : int or None
            Of the object they are on.
        mark : Click, optional
            Marks the object where a mask stands for the selection click; not one of the clicks.
        """
        wanted = (clicks, plane, object_id, mark)
        if wanted == self._shown:
            return
        self._shown = wanted
        self._mark, selecting = mark, 0 if mark else 1
        with self._showing():
            for layer, order, part in (
                (self.objects, 0, (mark,) if mark else clicks[:1]),
                (self.corrections, 1, clicks[selecting:]),
            ):
                points = [plane.point(click.row, click.col) for click in part] if plane else []
                self._known[layer] = np.array(points, dtype=float).reshape(-1, layer.ndim)
                _fill(layer, self._known[layer], part, order, object_id or 0)
                if part and layer is self.corrections:
                    layer.symbol = [SYMBOLS[click.kind] for click in part]
                    layer.face_color = [COLOURS[click.kind] for click in part]

    def release(self) -> None:
        """Stop telling."""
        for layer in self.both:
            layer.events.data.disconnect(self._changed)
            layer.mouse_drag_callbacks.remove(self._pressed)

    @contextmanager
    def _showing(self) -> Iterator[None]:
        was_showing, self._is_showing = self._is_showing, True
        try:
            yield
        finally:
            self._is_showing = was_showing

    def _pressed(self, layer: Points, event: Any) -> None:
        """Note the keys held; napari adds the point when the button is released."""
        self._held = frozenset(key for key in _MODIFIERS if key in event.modifiers)

    def _changed(self, event: Any) -> None:
        if self._is_showing or str(event.action) not in ("added", "removed", "changed"):
            return
        layer: Points = event.source
        offset = 0 if layer is self.objects or self._mark else 1
        known, points = self._known[layer], np.array(layer.data)
        self._known[layer], self._shown = points, None
        if len(points) > len(known):
            role: Role = "object" if layer is self.objects else "correction"
            held, self._held = self._held, frozenset()
            for point in points[len(known) :]:
                self._on_add(role, point, held)
        elif len(points) < len(known):
            is_mark = layer is self.objects and self._mark
            indices = () if is_mark else event.data_indices
            self._on_remove(tuple(int(index) + offset for index in indices))
        elif layer is self.objects and self._mark:
            self._on_remove(())
        else:
            for index in np.flatnonzero((points != known).any(axis=1)):
                self._on_move(int(index) + offset, points[index])


def points_layer(image: Image, name: str, colour: str, symbol: str) -> Points:
    """Return an empty Points layer that lies on an image."""
    shape = shape_of(image)
    return Points(
        np.empty((0, len(shape))),
        ndim=len(shape),
        name=name,
        size=float(np.clip(min(shape[-2:]) / 40, *_SIZE_IN_PIXELS)),
        canvas_size_limits=_SIZE_ON_SCREEN,
        symbol=symbol,
        face_color=colour,
        border_color=_BORDER,
        border_width=0.12,
        features={"object": np.empty(0, int), "kind": np.empty(0, str), "order": np.empty(0, int)},
        **geometry(image),
    )


def _fill(
    layer: Points,
    points: NDArray[np.float64],
    clicks: tuple[Click, ...],
    order: int,
    object_id: int,
) -> None:
    if layer.mode == "add" or len(layer.data) != len(points):
        layer.selected_data = set()
    if not np.array_equal(layer.data, points):
        layer.data = points.copy()  # dragging changes it in place
    if not clicks:
        return
    layer.features = {
        "object": np.full(len(clicks), object_id),
        "kind": [click.kind for click in clicks],
        "order": np.arange(len(clicks)) + order,
    }
