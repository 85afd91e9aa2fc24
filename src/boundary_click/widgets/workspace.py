"""The layers of one image in the viewer: what is clicked, where masks go, what is active."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import napari
from napari.layers import Image, Labels, Layer

from boundary_click.core.clicks import Click, ClickKind
from boundary_click.core.planes import Plane, PlaneError, displayed_axes
from boundary_click.core.pyramid import Pyramid
from boundary_click.core.records import Part
from boundary_click.widgets.earlier_clicks import EarlierClicks
from boundary_click.widgets.editor import Editor
from boundary_click.widgets.guidance_layers import GuidanceLayers
from boundary_click.widgets.keys import KeyBindings
from boundary_click.widgets.layers import (
    OPACITY,
    ClickLayers,
    Role,
    mismatch,
    new_labels,
    shape_of,
    was_made_for,
)
from boundary_click.widgets.stack import centre_on, discard, insert

_THIN = 1024
"""Pixels of the longer side of an image up to which an outline is one pixel wide."""


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
    make_editor : callable
        Makes the editor of a Labels layer.
    keys : KeyBindings
        To be bound on the layers used here, too, whose own would hide the viewer's.
    """

    def __init__(
        self,
        viewer: napari.Viewer,
        image: Image,
        make_clicks: Callable[[Image], ClickLayers],
        make_editor: Callable[[Workspace, Labels], Editor],
        keys: KeyBindings,
    ) -> None:
        self.viewer = viewer
        self.image = image
        self.clicks: ClickLayers | None = None
        self.editor: Editor | None = None
        self.guidance = GuidanceLayers(viewer, image)
        self.earlier = EarlierClicks(viewer, image)
        self._editors: dict[Labels, Editor] = {}
        self._make_clicks = make_clicks
        self._make_editor = make_editor
        self._keys = keys

    @property
    def is_open(self) -> bool:
        """Whether there are layers to click in."""
        return self.clicks is not None

    @property
    def is_flat(self) -> bool:
        """Whether the viewer shows planes, not a volume."""
        return bool(self.viewer.dims.ndisplay == 2)

    @property
    def stack_axes(self) -> dict[int, str]:
        """Axes of the image along which there are other planes, the nearest first, by name."""
        shape, shown = shape_of(self.image), self._displayed()
        names = self.image.axis_labels
        return {
            axis: str(names[axis])
            for axis in reversed(range(len(shape)))
            if axis not in shown and shape[axis] > 1
        }

    @property
    def is_active(self) -> bool:
        """Whether a click on the canvas is one for us."""
        active = self.viewer.layers.selection.active
        return self.clicks is not None and any(active is layer for layer in self.clicks.both)

    def open(self) -> None:
        """Make the layers that are missing; the active layer stays as it is."""
        self.ensure_editor()
        if self.clicks is None:
            clicks = self._make_clicks(self.image)
            for layer in clicks.both:
                insert(self.viewer, len(self.viewer.layers), layer)
                layer.mode = "add"
                self._keys.attach(layer)
            self.clicks = clicks

    def ensure_editor(self) -> Editor:
        """Return the editor of the Labels layer for masks, a new one if there is none."""
        if self.editor is None:
            made = (
                layer
                for layer in self.viewer.layers
                if isinstance(layer, Labels) and was_made_for(layer, self.image)
            )
            labels = next((each for each in made if not mismatch(each, self.image)), None)
            if labels is None:
                labels = new_labels(self.image)
                insert(self.viewer, self.viewer.layers.index(self.image) + 1, labels)
            return self._take(labels)
        return self.editor

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
        before = self.editor
        self._take(labels)
        self._raise_clicks(labels)
        if before is not None and before is not self.editor and before.target.is_unused:
            self._forget(before)
            self._remove_if_ours(before.target.labels)

    def take_over(self, data: Any) -> Editor:
        """Write masks into a new layer that holds these labels; an unused one goes."""
        labels = new_labels(self.image, data)
        insert(self.viewer, self.viewer.layers.index(self.image) + 1, labels)
        self.use_labels(labels)
        return self.ensure_editor()

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

    def plane_image(self, plane: Plane) -> Pyramid:
        """Return the pixels of a plane, for the engine."""
        image = self.image
        levels = image.data if image.multiscale else [image.data]
        return Pyramid.of_plane(levels, plane, is_rgb=image.rgb)

    def go_to(self, plane: Plane) -> None:
        """Move the sliders to a plane."""
        if self.plane_on_screen() != plane:
            world = self.image.data_to_world(plane.at)
            ndim = self.viewer.dims.ndim
            for axis, value in enumerate(world, start=ndim - self.image.ndim):
                if axis not in self.viewer.dims.displayed:
                    self.viewer.dims.set_point(axis, value)

    def look_at(self, part: Part) -> None:
        """Move the sliders and the view to an object on a plane."""
        self.go_to(part.plane)
        if part.where is not None:
            rows, cols = ((along.start + along.stop - 1) / 2 for along in part.where)
            centre_on(self.viewer, self.image.data_to_world(part.plane.point(rows, cols)))

    def show(self) -> None:
        """Show the clicks on the object in progress."""
        if self.clicks is None:
            return
        if self.editor is not None:
            self.earlier.show(self.editor.state)
        item = self.editor.open if self.editor else None
        if item is None:
            self.clicks.show((), None, None)
        else:
            mark = item.mark if item.is_given else None
            self.clicks.show(item.clicks, item.plane, item.object_id, mark=mark)

    @property
    def shows_outlines(self) -> bool:
        """Whether objects are shown as outlines."""
        return self.editor is not None and bool(self.editor.target.labels.contour)

    def show_outlines(self, is_on: bool) -> None:
        """Show objects as outlines, or filled."""
        if self.editor is None:
            return
        labels = self.editor.target.labels
        width = 1 if max(shape_of(self.image)[-2:]) <= _THIN else 2
        labels.contour = width if is_on else 0
        if labels.opacity == OPACITY[not is_on]:  # the user's own stays
            labels.opacity = OPACITY[is_on]

    def say_kinds(self, kinds: tuple[ClickKind, ...]) -> None:
        """Name the click layers by what the model takes."""
        if self.clicks is not None:
            self.clicks.say_kinds(kinds)

    def let_go(self, layer: Layer) -> str | None:
        """Forget a layer that was removed from the viewer; return what that means, if anything."""
        if self.guidance.let_go(layer) or self.earlier.let_go(layer):
            return None
        if (editor := self._editors.get(layer)) is not None:
            was_in_use = editor is self.editor
            self._forget(editor)
            if was_in_use:
                return f"labels {layer.name!r} were removed; the next mask goes into a new layer"
            return None
        if self.clicks is not None and layer in self.clicks.both:
            self.forget_clicks(is_removing=True)
            return f"layer {layer.name!r} was removed; clicks and mask are kept"
        return None

    def forget_clicks(self, *, is_removing: bool = False) -> None:
        """Let go of the click layers and take them away; see `close`."""
        if self.clicks is not None:
            clicks, self.clicks = self.clicks, None
            clicks.release()
            for layer in clicks.both:
                self._keys.detach(layer)
                discard(self.viewer, layer, is_removing=is_removing)

    def close(self, *, is_removing: bool = False) -> None:
        """Let go of all layers, and take the click layers and unused labels away.

        Parameters
        ----------
        is_removing : bool
            Whether napari is at removing layers; see `discard`.
        """
        self.guidance.close(is_removing=is_removing)
        self.earlier.close(is_removing=is_removing)
        self.forget_clicks(is_removing=is_removing)
        for editor in tuple(self._editors.values()):
            is_unused = editor.target.is_unused
            self._forget(editor)
            if is_unused:
                self._remove_if_ours(editor.target.labels, is_removing=is_removing)

    def _displayed(self) -> tuple[int, ...]:
        dims = self.viewer.dims
        return displayed_axes(self.image.ndim, dims.ndim, dims.displayed)

    def _raise_clicks(self, labels: Labels) -> None:
        """Let no masks lie on the clicks."""
        layers = self.viewer.layers
        for layer in self.clicks.both if self.clicks else ():
            if layers.index(layer) < layers.index(labels):
                layers.move(layers.index(layer), len(layers))

    def _take(self, labels: Labels) -> Editor:
        """Write into a layer from now on; what was done in it before can still be undone."""
        if (editor := self._editors.get(labels)) is None:
            editor = self._editors[labels] = self._make_editor(self, labels)
            self._keys.attach(labels)
        self.editor = editor
        return editor

    def _forget(self, editor: Editor) -> None:
        """Let go of a Labels layer."""
        labels = editor.target.labels
        self._keys.detach(labels)
        editor.close()
        del self._editors[labels]
        if editor is self.editor:
            self.editor = None

    def _remove_if_ours(self, labels: Labels, *, is_removing: bool = False) -> None:
        if was_made_for(labels, self.image):
            discard(self.viewer, labels, is_removing=is_removing)
