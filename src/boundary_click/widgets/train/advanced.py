"""A form that is made from the fields of a configuration."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, create_widget
from magicgui.widgets.bases import ValueWidget
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from boundary_click.widgets.fold import Fold

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from boundary_click.training.config import TrainingConfig

FieldPath = tuple[str, ...]

_ELSEWHERE = frozenset(
    {"name", "data", "preset", "model", "pretrained", "backbone_weights", "start_from"}
)
"""Fields that other parts of the widget set, or that a fine-tuning has no use for."""
_GROUPS = {
    "": "Run",
    "selection": "Finding objects",
    "refinement": "Corrections",
    "guidance": "Network",
    "clicks": "Simulated clicks",
    "augmentation": "Changes of the pictures",
    "windows": "Windows round the objects",
}
_LARGEST = 10**9
_ENDLESS_FLOAT = 1e6


class AdvancedForm(QWidget):
    """All fields of a training configuration, in groups that unfold.

    Attributes
    ----------
    boxes : dict
        The widget of each field, by its path.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[FieldPath, ValueWidget[Any]] = {}
        self._given: dict[FieldPath, Any] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(6, 0, 0, 0)
        self._layout.setSpacing(4)

    @property
    def changes(self) -> Mapping[FieldPath, Any]:
        """What the user set otherwise than the configuration on show."""
        values = {path: _plain(box.value) for path, box in self.boxes.items()}
        return {path: value for path, value in values.items() if value != self._given[path]}

    def show_config(self, config: TrainingConfig) -> None:
        """Show another configuration; what the user set is given up."""
        while (item := self._layout.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.boxes, self._given = {}, {}
        unused = {"selection", "refinement", "guidance"} - {
            stage if stage in ("selection", "refinement") else "guidance" for stage in config.stages
        }
        self._add_group("", config, (), unused)

    def _change(self, value: Any = None) -> None:
        self.changed.emit()

    def _add_group(self, name: str, model: BaseModel, path: FieldPath, unused: set[str]) -> None:
        """Add the fields of a model, then the models in it, each in a group of its own."""
        rows, groups = QWidget(), []
        layout = QFormLayout(rows)
        layout.setContentsMargins(10, 0, 0, 4)
        layout.setSpacing(4)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for field, info in type(model).model_fields.items():
            value = getattr(model, field)
            if hasattr(value, "model_fields_set"):
                groups.append((field, value))
            elif path or field not in _ELSEWHERE:
                self._add_row(layout, (*path, field), info, value)
        title = _GROUPS.get(name, _label(name))
        self._layout.addWidget(Fold(title, f"Fields of {name or 'the run'}", rows))
        for field, value in groups:
            if field not in unused and field not in _ELSEWHERE:
                self._add_group(field, value, (*path, field), unused)

    def _add_row(self, layout: QFormLayout, path: FieldPath, info: FieldInfo, value: Any) -> None:
        box = field_widget(path[-1], info, value)
        box.changed.connect(self._change)
        if isinstance(box.native, QComboBox):
            box.native.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
        box.native.setMinimumWidth(60)
        label = QLabel(_label(path[-1]))
        label.setToolTip(box.tooltip)
        self.boxes[path], self._given[path] = box, _plain(box.value)
        layout.addRow(label, box.native)


def field_widget(name: str, info: FieldInfo, value: Any) -> ValueWidget[Any]:
    """Return the widget of a field, with its docstring as tooltip and its bounds as limits."""
    tip = re.sub(r"`+|\n", lambda found: " " if found[0] == "\n" else "", info.description or "")
    options: dict[str, Any] = dict(_bounds(info, value))
    if isinstance(value, tuple):  # too many kinds of them for spin boxes
        made = create_widget(value=str(list(value)), annotation=str, name=name)
    else:
        annotation: Any = info.annotation
        made = create_widget(value=value, annotation=annotation, name=name, options=options)
    if isinstance(made, CheckBox):
        made.text = ""  # the row has a label
    made.tooltip = tip.strip()
    return made  # type: ignore[return-value]


def _bounds(info: FieldInfo, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield limits and steps as a spin box takes them."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    is_float = isinstance(value, float)
    step = _step(value) if is_float else 1
    low, high = (0.0, _ENDLESS_FLOAT) if is_float else (0, _LARGEST)
    for bound in info.metadata:
        low = getattr(bound, "ge", low)
        high = getattr(bound, "le", high)
        low = bound.gt + step if hasattr(bound, "gt") else low
        high = bound.lt - step if hasattr(bound, "lt") else high
    yield from (("min", low), ("max", high), ("step", step))


def _step(value: float) -> float:
    """Return a step that changes the second digit of a number, or of what it lacks to 1."""
    parts = [part for part in (value, 1 - value) if part > 0]
    return min((10.0 ** (math.floor(math.log10(part) + 1e-9) - 1) for part in parts), default=0.01)


def _plain(value: Any) -> Any:
    """Return the value of a box as the configuration takes it; lists are written as text."""
    if isinstance(value, str) and re.fullmatch(r"\s*[\[(].*[\])]\s*", value):
        parts = [part.strip(" '\"") for part in value.strip(" []()").split(",")]
        return [_number(part) for part in parts if part]
    return value


def _number(text: str) -> Any:
    try:
        return float(text) if re.search(r"[.e]", text) else int(text)
    except ValueError:
        return text


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
