"""The choices above the clicks: image, labels, model, device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from magicgui.widgets import ComboBox
from napari.components import LayerList
from napari.layers import Labels
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QFileDialog, QFormLayout, QLabel, QWidget

from boundary_click.widgets.layers import images_among
from boundary_click.widgets.segmenter import Segmenter

_NEW_LAYER = "New layer"
_FROM_FILE = "From a file…"
_FILES = "Models (*.safetensors);;All files (*)"
_DEVICE_NAMES = {"auto": "Automatic", "cpu": "CPU", "mps": "Apple GPU (mps)"}


class Form(QWidget):
    """Image, labels, model and device, in rows.

    Parameters
    ----------
    layers : LayerList
        Of the viewer.
    does : Segmenter
        Knows what is in use, and is told what the user chooses.

    Attributes
    ----------
    image, labels, model, device : ComboBox
        One a row.
    """

    def __init__(self, layers: LayerList, does: Segmenter) -> None:
        super().__init__()
        self._layers, self._does = layers, does
        self.image = ComboBox(
            label="Image",
            choices=self._images,
            tooltip="The image to click on. Its plane on screen is the one segmented.",
        )
        self.labels = ComboBox(
            label="Labels",
            choices=self._labels,
            tooltip="Where masks go. A new layer lies exactly on the image; an existing one "
            "keeps its objects.",
        )
        self.model = ComboBox(
            label="Model",
            choices=self._models,
            tooltip="The model that turns clicks into masks; another serves from the next "
            "object on.",
        )
        self.device = ComboBox(
            label="Device",
            choices=self._devices,
            tooltip="Where the model runs. Automatic takes a GPU if there is one.",
        )
        self._boxes = (self.image, self.labels, self.model, self.device)
        self._fill()
        self.image.changed.connect(does.choose_image)
        self.labels.changed.connect(self._choose_labels)
        self.model.changed.connect(self._choose_model)
        self.device.changed.connect(self._choose_device)

    def refresh(self) -> None:
        """Show what there is to choose from, and what is in use."""
        does, choice = self._does, self._does.models.choice
        in_use = (does.image, does.labels or _NEW_LAYER, choice.model, choice.device)
        for box, value in zip(self._boxes, in_use, strict=True):
            with box.changed.blocked():
                box.reset_choices()
                if value in box.choices:
                    box.value = value

    def _fill(self) -> None:
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for box in self._boxes:
            # a long name must not widen the dock
            box.native.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.native.setMinimumContentsLength(12)
            label = QLabel(box.label)
            label.setToolTip(box.tooltip)
            layout.addRow(label, box.native)

    def _images(self, box: Any) -> list[Any]:
        return images_among(self._layers)

    def _labels(self, box: Any) -> list[Any]:
        return [_NEW_LAYER, *(layer for layer in self._layers if isinstance(layer, Labels))]

    def _models(self, box: Any) -> list[tuple[str, str]]:
        models = self._does.models
        known = dict.fromkeys([*models.catalogue.models, models.choice.model])
        return [*((Path(model).name, model) for model in known), (_FROM_FILE, _FROM_FILE)]

    def _devices(self, box: Any) -> list[tuple[str, str]]:
        models = self._does.models
        known = dict.fromkeys([*models.catalogue.devices, models.choice.device])
        return [(_DEVICE_NAMES.get(device, device), device) for device in known]

    def _choose_labels(self, labels: Any) -> None:
        self._does.choose_labels(None if labels == _NEW_LAYER else labels)

    def _choose_model(self, model: str) -> None:
        if model == _FROM_FILE:
            model, _ = QFileDialog.getOpenFileName(self, "Choose a model", "", _FILES)
        if model:
            self._does.choose_model(replace(self._does.models.choice, model=model))
        self.refresh()

    def _choose_device(self, device: str) -> None:
        self._does.choose_model(replace(self._does.models.choice, device=device))
