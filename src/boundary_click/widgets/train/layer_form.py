"""An image, its labels and some of its planes, chosen among open layers."""

from __future__ import annotations

from typing import Any

import napari
from magicgui.widgets import ComboBox
from napari.layers import Image, Labels
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from boundary_click.core.planes import displayed_axes
from boundary_click.widgets.events import Connections
from boundary_click.widgets.layers import images_among, pixels_of, shape_of
from boundary_click.widgets.pixels import pixels_of_labels
from boundary_click.widgets.train.sources import Chosen, LayerSource, Source, parse_planes

_ALL, _SHOWN, _THESE = "All with labels", "The one on screen", "Only these:"


class LayerForm(QWidget):
    """Image, labels and planes, in rows.

    Parameters
    ----------
    viewer : napari.Viewer

    Attributes
    ----------
    image, labels, planes : ComboBox
        One a row.
    numbers : QLineEdit
        Of the planes, where only some are chosen.
    connections : Connections
        To the viewer.
    """

    changed = Signal()

    def __init__(self, viewer: napari.Viewer) -> None:
        super().__init__()
        self._viewer = viewer
        self.image = ComboBox(
            label="Image", choices=self._images, tooltip="The image whose objects are learned."
        )
        self.labels = ComboBox(
            label="Labels",
            choices=self._labels,
            tooltip="Its objects, each with a number of its own; other labels of the same size "
            "may be chosen.",
        )
        self.planes = ComboBox(
            label="Planes",
            choices=[_ALL, _SHOWN, _THESE],
            tooltip="Which planes of a stack are learned; those without labels never are.",
        )
        self.numbers = QLineEdit()
        self.numbers.setPlaceholderText("0-3, 7")
        self.numbers.setToolTip("Places of the first slider, from 0")
        self.numbers.setVisible(False)
        self._fill()
        self.reset()
        for box in (self.image, self.labels, self.planes):
            box.changed.connect(self._change)
        self.numbers.editingFinished.connect(self.changed)
        events = viewer.layers.events
        self.connections = Connections()
        self.connections.connect(
            self._layers_changed, events.inserted, events.removed, events.renamed
        )
        self.connections.connect(self._view_changed, viewer.dims.events.current_step)

    def release(self) -> None:
        """Let go of the viewer."""
        self.connections.release()

    def reset(self) -> None:
        """Offer the layers that there are, and choose labels that fit the image."""
        before = self.image.value, self.labels.value
        with self.image.changed.blocked(), self.labels.changed.blocked():
            self.image.reset_choices()
            if before[0] in self.image.choices:
                self.image.value = before[0]
            elif self.image.choices:
                self.image.value = self.image.choices[-1]
            self._reset_labels(before[1])
        self._show_planes()

    def source(self) -> Source | str:
        """Return what is chosen, or a text that says what is missing."""
        image, labels = self.image.value, self.labels.value
        if image is None:
            return "open an image and its labels, or choose projects or folders"
        if labels is None:
            return (
                "there are no labels of the size of this image: label some objects in Segment, or "
                "open some"
            )
        try:
            axes, chosen = self._axes(image), self._chosen(image)
        except ValueError as error:
            return str(error)
        array = pixels_of_labels(labels).array
        pixels = array[0] if labels.multiscale and array is labels.data else array
        return LayerSource(image.name, pixels_of(image), pixels, bool(image.rgb), axes, chosen)

    def _axes(self, image: Image) -> tuple[int, int]:
        """Return the axes of the image on screen, rows first; the last two in 3D."""
        dims, ndim = self._viewer.dims, len(shape_of(image))
        found = displayed_axes(ndim, dims.ndim, dims.displayed)
        if len(found) != 2 or min(found) < 0:
            return ndim - 2, ndim - 1
        return found[0], found[1]

    def _chosen(self, image: Image) -> tuple[Chosen, ...]:
        shape, axes = shape_of(image), self._axes(image)
        sliders = [axis for axis in range(len(shape)) if axis not in axes]
        chosen: list[Chosen] = [None] * len(shape)
        if not sliders or self.planes.value == _ALL:
            return tuple(chosen)
        if self.planes.value == _SHOWN:
            point = image.world_to_data(self._viewer.dims.point[-len(shape) :])
            for axis in sliders:
                chosen[axis] = frozenset([round(float(point[axis]))])
        else:
            chosen[sliders[0]] = parse_planes(self.numbers.text())
        return tuple(chosen)

    def _images(self, box: Any) -> list[Any]:
        return list(images_among(self._viewer.layers))

    def _labels(self, box: Any) -> list[Any]:
        image = self.image.value
        shape = shape_of(image) if image is not None else None
        layers = [layer for layer in self._viewer.layers if isinstance(layer, Labels)]
        return [each for each in layers if tuple(pixels_of_labels(each).array.shape) == shape]

    def _reset_labels(self, before: Any) -> None:
        self.labels.reset_choices()
        if before in self.labels.choices:
            self.labels.value = before
        elif self.labels.choices:
            self.labels.value = self.labels.choices[-1]

    def _change(self, value: Any = None) -> None:
        with self.labels.changed.blocked():
            self._reset_labels(self.labels.value)
        self._show_planes()
        self.changed.emit()

    def _layers_changed(self, event: Any = None) -> None:
        before = self.image.value, self.labels.value
        self.reset()
        if (self.image.value, self.labels.value) != before:
            self.changed.emit()

    def _view_changed(self, event: Any = None) -> None:
        if self.planes.value == _SHOWN:
            self.changed.emit()

    def _show_planes(self) -> None:
        image = self.image.value
        self.planes.enabled = image is not None and len(shape_of(image)) > 2
        self.numbers.setVisible(self.planes.value == _THESE and self.planes.enabled)

    def _fill(self) -> None:
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for box in (self.image, self.labels, self.planes):
            box.native.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.native.setMinimumContentsLength(12)
            label = QLabel(box.label)
            label.setToolTip(box.tooltip)
            if box is self.planes:
                row = QHBoxLayout()
                row.setSpacing(6)
                row.addWidget(box.native, 2)
                row.addWidget(self.numbers, 1)
                layout.addRow(label, row)
            else:
                layout.addRow(label, box.native)
