"""What to train: name, model, preset, device, and everything else in a section that unfolds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from magicgui.widgets import ComboBox
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from boundary_click.training.presets import RunPreset
from boundary_click.widgets.fold import Fold
from boundary_click.widgets.train.advanced import AdvancedForm
from boundary_click.widgets.train.setup import SetupDesk, Wanted

_PRESETS: dict[RunPreset, str] = {
    "quick": "Quick tuning",
    "thorough": "Thorough tuning",
    "from-scratch": "From scratch",
}
_FROM_FILE = "From a file…"
_DEVICES = {"auto": "Automatic", "cpu": "CPU", "cuda": "GPU", "mps": "Apple GPU"}


class RunForm(QWidget):
    """The choices of a run, in rows.

    Parameters
    ----------
    desk : SetupDesk
        Knows what there is to choose from.
    """

    changed = Signal()

    def __init__(self, desk: SetupDesk) -> None:
        super().__init__()
        self._desk = desk
        self._was_named = False
        self._base = "default"
        self.name = QLineEdit()
        self.name.setToolTip("Of the run, and of the model that it makes")
        self.base = ComboBox(
            label="Start from",
            choices=self._bases,
            tooltip="The model that is tuned; from scratch, the one that is built alike.",
        )
        self.preset = ComboBox(
            label="How",
            choices=[(words, preset) for preset, words in _PRESETS.items()],
            tooltip="Quick and thorough tune the model for your images and keep 40 % of what it "
            "was, so that it forgets less. From scratch learns from your images alone.",
        )
        self.device = ComboBox(
            label="Device",
            choices=self._devices,
            tooltip="Where to train. Automatic takes a GPU if there is one.",
        )
        self.advanced = AdvancedForm()
        self.keeps_on = QCheckBox("Go on when napari closes")
        self.keeps_on.setToolTip(
            "Otherwise the run leaves with a checkpoint, and goes on when you want it to"
        )
        self.keeps_on.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._fill()
        self.name.textEdited.connect(self._name_edited)
        self.base.changed.connect(self._choose_base)
        self.preset.changed.connect(self._choose_plan)
        self.device.changed.connect(desk.choose_device)
        self.advanced.changed.connect(self.changed)
        desk.planned.connect(self._show_plan)
        desk.changed.connect(self.refresh)
        desk.named.connect(self._suggest)
        self._choose_plan()

    @property
    def wanted(self) -> Wanted:
        """What is chosen."""
        return Wanted(
            name=self.name.text().strip(),
            base=self._base,
            preset=self.preset.value,
            device=self.device.value,
            changes=self.advanced.changes,
        )

    def refresh(self) -> None:
        """Show what there is to choose from."""
        for box, value in ((self.base, self._base), (self.device, self.device.value)):
            with box.changed.blocked():
                box.reset_choices()
                if value in box.choices:
                    box.value = value

    def forget_name(self) -> None:
        """Take the next name that is suggested."""
        self._was_named = False

    def _name_edited(self, text: str) -> None:
        self._was_named = bool(text)
        self.changed.emit()

    def _suggest(self, name: str) -> None:
        if not self._was_named:
            self.name.setText(name)
            self.changed.emit()

    def _bases(self, box: Any) -> list[tuple[str, str]]:
        known = dict.fromkeys([*self._desk.catalogue.models, self._base])
        return [*((Path(model).name, model) for model in known), (_FROM_FILE, _FROM_FILE)]

    def _devices(self, box: Any) -> list[tuple[str, str]]:
        return [(_DEVICES.get(each, each), each) for each in self._desk.catalogue.devices]

    def _choose_base(self, base: str) -> None:
        if base == _FROM_FILE:
            base, _ = QFileDialog.getOpenFileName(
                self, "Choose a model", "", "Models (*.safetensors);;All files (*)"
            )
        if base:
            self._base = base
        self.refresh()
        self._choose_plan()

    def _choose_plan(self, preset: Any = None) -> None:
        assert self.preset.value in get_args(RunPreset)
        self._desk.choose_plan(self._base, self.preset.value)

    def _show_plan(self) -> None:
        if self._desk.plan is not None:
            self.advanced.show_config(self._desk.plan.config)
        self.changed.emit()

    def _fill(self) -> None:
        rows = QFormLayout()
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        name = QLabel("Name")
        name.setToolTip(self.name.toolTip())
        rows.addRow(name, self.name)
        for box in (self.base, self.preset, self.device):
            box.native.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.native.setMinimumContentsLength(12)
            label = QLabel(box.label)
            label.setToolTip(box.tooltip)
            rows.addRow(label, box.native)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(rows)
        layout.addWidget(self.keeps_on)
        layout.addWidget(
            Fold("Advanced", "All fields of a run; another preset sets them anew", self.advanced)
        )
