"""The layers of one image in the viewer: what is clicked, where masks go, what is active."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import napari
from napari.layers import Image, Labels, Layer

from boundary_click.core.clicks import Click, ClickKind
from boundary_click.core.planes import Plane, PlaneError, PlaneImage, displayed_axes
from boundary_click.widgets.guidance_layers import GuidanceLayers
from boundary_click.widgets.keys import Action, KeyBindings
from boundary_click.widgets.layers import (
    ClickLayers,
    Role,
    mismatch,
    new_labels,
    pixels_of,
    shape_of,
    was_made_for,
)
from boundary_click.widgets.masks import Target
from boundary_click.widgets.objects import WorkObject
from boundary_click.widgets.stack import discard, insert


class Workspace:
    """One image, its click layers and the Labels layer for its masks.

    Layers are held by reference. Those made here and left empty are taken away again.

    Parameters
    ----------
    viewer : napari.Viewer
        Where the layers live.
    image : Image
        The image to click on.
    make_clicks : callable
        Makes the click layers of an image.
    label_keys : dict
        Keys to bind on the Labels layer, whose own bindings would hide the viewer's.
    """

    def __init__(
        self,
        viewer: napari.Viewer,
        image: Image,
        make_clicks: Callable[[Image], ClickLayers],
        label_keys: dict[str, Action],
    ) -> None:
        self.viewer = viewer
        self.image = image
        self.clicks: ClickLayers | None = None
        self.target: Target | None = None
        self.guidance = GuidanceLayers(viewer, image)
        self._make_clicks = make_clicks
        self._label_keys = label_keys
        self._keys = KeyBindings()

    @property
    def is_open(self) -> bool:
        """Whether there are layers to click in."""
        return self.clicks is not None

    @property
    def is_flat(self) -> bool:
        """Whether the viewer shows planes, not a volume."""
        return bool(self.viewer.dims.ndisplay == 2)

    @property
    def is_active(self) -> bool:
        """Whether a click on the canvas is one for us."""
        active = self.viewer.layers.selection.active
        return self.clicks is not None and any(active is layer for layer in self.clicks.both)

    def open(self) -> None:
        """Make the layers that are missing; the active layer stays as it is."""
        self.ensure_target()
        if self.clicks is None:
            clicks = self._make_clicks(self.image)
            for layer in clicks.both:
                insert(self.viewer, len(self.viewer.layers), layer)
                layer.mode = "add"
            self.clicks = clicks

    def ensure_target(self) -> Target:
        """Return the Labels layer for masks, a new one if there is none."""
        if self.target is None:
            made = (
                layer
                for layer in self.viewer.layers
                if isinstance(layer, Labels) and was_made_for(layer, self.image)
            )
            labels = next((each for each in made if not mismatch(each, self.image)), None)
            if labels is None:
                labels = new_labels(self.image)
                insert(self.viewer, self.viewer.layers.index(self.image) + 1, labels)
            self._take(labels)
        assert self.target is not None  # just taken
        return self.target

    def use_labels(self, labels: Labels | None) -> None:
        """Write masks into this layer from now on, into a new one if None.

        Raises
        ------
        ValueError
            If masks of the image do not fit.
        """
        if labels is None:
            labels = new_labels(self.image)
            insert(self.viewer, self.viewer.layers.index(self.image) + 1, labels)
        elif problem := mismatch(labels, self.image):
            raise ValueError(problem)
        before = self.target
        self._take(labels)
        self._raise_clicks(labels)
        if before is not None and before.labels is not labels:
            self._remove_if_unused(before)

    def activate(self, role: Role) -> None:
        """Make a click layer the active one, ready for clicks."""
        if self.clicks is not None:
            layer = self.clicks.of_role(role)
            layer.mode = "add"
            self.viewer.layers.selection.active = layer

    def settle(self, role: Role) -> None:
        """Go to a click layer if the user is in the other one; a tool in use stays in use."""
        active = self.viewer.layers.selection.active
        if self.clicks is not None and self.is_active and active is not self.clicks.of_role(role):
            self.activate(role)

    def plane_at(self, point: Any) -> Plane:
        """Return the plane on screen that holds a point, which must lie on the image.

        Raises
        ------
        PlaneError
            If it does not, or no plane is on screen.
        """
        plane = Plane.through(point, shape_of(self.image), self._displayed())
        if not Click(*plane.locate(point)).is_in(plane.shape):
            raise PlaneError("that click lies outside the image; click on the image")
        return plane

    def plane_on_screen(self) -> Plane | None:
        """Return the plane on screen, None if there is none."""
        point = self.image.world_to_data(self.viewer.dims.point[-self.image.ndim :])
        try:
            return Plane.through(point, shape_of(self.image), self._displayed())
        except PlaneError:
            return None

    def plane_image(self, plane: Plane) -> PlaneImage:
        """Return the pixels of a plane, for the engine."""
        return PlaneImage(pixels_of(self.image), plane, is_rgb=self.image.rgb)

    def go_to(self, plane: Plane) -> None:
        """Move the sliders to a plane."""
        if self.plane_on_screen() != plane:
            world = self.image.data_to_world(plane.at)
            ndim = self.viewer.dims.ndim
            for axis, value in enumerate(world, start=ndim - self.image.ndim):
                if axis not in self.viewer.dims.displayed:
                    self.viewer.dims.set_point(axis, value)

    def show(self, item: WorkObject | None) -> None:
        """Show the clicks on an object."""
        if self.clicks is None:
            return
        if item is None:
            self.clicks.show((), None, None)
        else:
            self.clicks.show(item.clicks, item.plane, item.mask.object_id, mark=item.mark)

    def say_kinds(self, kinds: tuple[ClickKind, ...]) -> None:
        """Name the click layers by what the model takes."""
        if self.clicks is not None:
            self.clicks.say_kinds(kinds)

    def let_go(self, layer: Layer) -> str | None:
        """Forget a layer that was removed from the viewer; return what that means, if anything."""
        if self.guidance.let_go(layer):
            return None
        if self.target is not None and layer is self.target.labels:
            self.forget_target()
            return f"labels {layer.name!r} were removed; the next mask goes into a new layer"
        if self.clicks is not None and layer in self.clicks.both:
            self.forget_clicks(is_removing=True)
            return f"layer {layer.name!r} was removed; clicks and mask are kept"
        return None

    def forget_target(self) -> None:
        """Let go of the Labels layer."""
        if self.target is not None:
            self._keys.release(self.target.labels)
            self.target.release()
            self.target = None

    def forget_clicks(self, *, is_removing: bool = False) -> None:
        """Let go of the click layers and take them away; see `close`."""
        if self.clicks is not None:
            clicks, self.clicks = self.clicks, None
            clicks.release()
            for layer in clicks.both:
                discard(self.viewer, layer, is_removing=is_removing)

    def close(self, *, is_removing: bool = False) -> None:
        """Let go of all layers, and take the click layers and unused labels away.

        Parameters
        ----------
        is_removing : bool
            Whether napari is at removing layers; see `discard`.
        """
        target = self.target
        self.guidance.close(is_removing=is_removing)
        self.forget_clicks(is_removing=is_removing)
        self.forget_target()
        if target is not None:
            self._remove_if_unused(target, is_removing=is_removing)

    def _displayed(self) -> tuple[int, ...]:
        dims = self.viewer.dims
        return displayed_axes(self.image.ndim, dims.ndim, dims.displayed)

    def _raise_clicks(self, labels: Labels) -> None:
        """Let no masks lie on the clicks."""
        layers = self.viewer.layers
        for layer in self.clicks.both if self.clicks else ():
            if layers.index(layer) < layers.index(labels):
                layers.move(layers.index(layer), len(layers))

    def _take(self, labels: Labels) -> None:
        if self.target is None or self.target.labels is not labels:
            self.forget_target()
            self.target = Target(labels)
            self._keys.bind(labels, self._label_keys)

    def _remove_if_unused(self, target: Target, *, is_removing: bool = False) -> None:
        if target.is_unused and was_made_for(target.labels, self.image):
            discard(self.viewer, target.labels, is_removing=is_removing)
