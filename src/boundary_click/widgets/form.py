"""The choices above the clicks: image, labels, model, device."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from napari.layers import Image, Labels, Layer
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QFormLayout, QLabel, QSizePolicy, QWidget

from boundary_click.widgets.models import Catalogue, Choice

_NEW_LAYER = "New layer"
_FROM_FILE = "From a file…"
_DEVICE_NAMES = {"auto": "Automatic", "cpu": "CPU", "mps": "Apple GPU (mps)"}


class Chooser(QComboBox):
    """A list to choose one object from; objects are compared by identity or value, not by name.

    `chosen` is emitted for choices of the user only.
    """

    chosen = Signal(object)

    def __init__(self, tip: str) -> None:
        super().__init__()
        self._entries: list[tuple[str, Any]] = []
        self.setToolTip(tip)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.activated.connect(self._activated)

    def offer(self, entries: Iterable[tuple[str, Any]], current: Any) -> None:
        """Show these names and objects, and which one is in use."""
        entries = list(entries)
        if not _are_same(entries, self._entries):
            self._entries = entries
            self.clear()
            for name, _ in entries:
                self.addItem(name)
        values = [value for _, value in entries]
        at = next((i for i, value in enumerate(values) if _is(value, current)), -1)
        if at != self.currentIndex():
            self.setCurrentIndex(at)

    def _activated(self, index: int) -> None:
        self.chosen.emit(self._entries[index][1])


class Form(QWidget):
    """Image, labels, model and device, in rows.

    Attributes
    ----------
    image, labels, model, device : Chooser
        One a row.
    """

    model_chosen = Signal(object)  # Choice

    def __init__(self, ask_for_file: Callable[[QWidget], str] | None = None) -> None:
        super().__init__()
        self._choice = Choice()
        self._ask_for_file = ask_for_file or _ask_for_model_file
        self.image = Chooser("The image to click on. Its plane on screen is the one segmented.")
        self.labels = Chooser(
            "Where masks go. A new layer lies exactly on the image; an existing one keeps "
            "its objects."
        )
        self.model = Chooser(
            "The model that turns clicks into masks; another serves from the next object on."
        )
        self.device = Chooser("Where the model runs. Automatic takes a GPU if there is one.")
        self.model.chosen.connect(self._model_chosen)
        self.device.chosen.connect(lambda device: self._choose(Choice(self._choice.model, device)))
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, chooser in (
            ("Image", self.image),
            ("Labels", self.labels),
            ("Model", self.model),
            ("Device", self.device),
        ):
            label = QLabel(name)
            label.setToolTip(chooser.toolTip())
            layout.addRow(label, chooser)

    def offer_layers(
        self, layers: Iterable[Layer], image: Image | None, labels: Labels | None
    ) -> None:
        """Show the layers to choose from, the topmost first."""
        layers = list(layers)[::-1]
        self.image.offer([(each.name, each) for each in layers if isinstance(each, Image)], image)
        fitting = [(each.name, each) for each in layers if isinstance(each, Labels)]
        self.labels.offer([(_NEW_LAYER, None), *fitting], labels)

    def offer_models(self, catalogue: Catalogue, choice: Choice) -> None:
        """Show the models and devices to choose from."""
        self._choice = choice
        models = dict.fromkeys([*catalogue.models, choice.model])
        names = [(Path(model).stem, model) for model in models]
        self.model.offer([*names, (_FROM_FILE, None)], choice.model)
        devices = dict.fromkeys([*catalogue.devices, choice.device])
        self.device.offer(
            [(_DEVICE_NAMES.get(each, each), each) for each in devices], choice.device
        )

    def _model_chosen(self, model: str | None) -> None:
        self._choose(Choice(model or self._ask_for_file(self), self._choice.device))

    def _choose(self, choice: Choice) -> None:
        if choice.model and choice != self._choice:
            self.model_chosen.emit(choice)
        else:
            self.model.setCurrentIndex(max(0, self.model.findText(Path(self._choice.model).stem)))


def _ask_for_model_file(parent: QWidget) -> str:
    path, _ = QFileDialog.getOpenFileName(
        parent, "Choose a model", "", "Models (*.safetensors);;All files (*)"
    )
    return str(path)


def _is(first: Any, second: Any) -> bool:
    return first is second or (isinstance(first, str) and first == second)


def _are_same(first: list[tuple[str, Any]], second: list[tuple[str, Any]]) -> bool:
    return len(first) == len(second) and all(
        a[0] == b[0] and _is(a[1], b[1]) for a, b in zip(first, second, strict=True)
    )
