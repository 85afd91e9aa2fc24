"""What to do next, the buttons to do it, and how things stand."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from boundary_click.core.clicks import CLICK_KINDS, ClickKind
from boundary_click.widgets.buttons import button
from boundary_click.widgets.fold import Fold
from boundary_click.widgets.guidance_box import GuidanceBox
from boundary_click.widgets.hints import hint, status
from boundary_click.widgets.icons import kind_icon
from boundary_click.widgets.looks import Colours
from boundary_click.widgets.mask_box import MaskBox
from boundary_click.widgets.object_table import ObjectTable
from boundary_click.widgets.situations import Situation
from boundary_click.widgets.stack_box import StackBox

_KIND_NAMES: dict[ClickKind, tuple[str, str]] = {
    "boundary": ("Outline", "Further clicks say where the object's outline passes."),
    "positive": (
        "Inside",
        "Further clicks say what belongs to the object; with Shift, what does not.",
    ),
    "negative": (
        "Outside",
        "Further clicks say what does not belong to the object; with Shift, what does.",
    ),
}


_CARD_HEIGHT = 92
"""Pixels; holds most hints, so that the buttons below stay where they are."""


class HintCard(QFrame):
    """A card that says what to do next, and what went wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("hint_card")
        self._hint = _text_label()
        self._hint.setObjectName("hint")
        self._problem, self._news = _Told("problem"), _Told("news")
        self.start = button("Start", "Make the layers for clicks and be ready to click (G)")
        self.start.setObjectName("start")
        self.setMinimumHeight(_CARD_HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        for widget in (self._hint, self._problem, self._news, self.start):
            layout.addWidget(widget)

    def show_situation(self, now: Situation) -> None:
        """Say what fits."""
        self._hint.setText(hint(now))
        self._problem.show_text(now.problem)
        self._news.show_text(now.news)
        self.start.setText("Back to clicking" if now.is_open else "Start")
        self.start.setVisible(now.needs_start)

    def use_colours(self, colours: Colours) -> None:
        """Look like the rest of napari."""
        self.setStyleSheet(
            f"#hint_card {{ background: {colours.card}; border-radius: 4px;"
            f" border-left: 3px solid {colours.accent}; }}"
            f"#hint_card QLabel {{ background: transparent; color: {colours.text}; }}"
            f"#hint_card QLabel#problem {{ color: {colours.warning}; }}"
            f"#hint_card QPushButton {{ background: {colours.accent}; padding: 6px;"
            " font-weight: bold; }"
        )


class _Told(QLabel):
    """Something that was told, which is there only as long as it is new."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_text(self, text: str | None) -> None:
        """Show a text as a sentence, nothing if there is none."""
        self.setText(_sentence(text))
        self.setVisible(bool(text))


class KindChooser(QWidget):
    """Three buttons side by side: what a further click means."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self._buttons: dict[ClickKind, QPushButton] = {}
        group = QButtonGroup(self)
        for kind in sorted(CLICK_KINDS, key=list(_KIND_NAMES).index):
            name, tip = _KIND_NAMES[kind]
            choice = button(f" {name}", f"{tip} K goes to the next kind.")
            choice.setIcon(kind_icon(kind))
            choice.setIconSize(QSize(11, 11))
            choice.setCheckable(True)
            choice.clicked.connect(lambda checked=False, kind=kind: self.chosen.emit(kind))
            group.addButton(choice)
            layout.addWidget(choice, 1)
            self._buttons[kind] = choice

    def show_situation(self, now: Situation) -> None:
        """Mark the kind in use, and offer those that the model takes."""
        for kind, choice in self._buttons.items():
            choice.setChecked(kind == now.kind)
            choice.setEnabled(kind in now.kinds)
            choice.setVisible(kind in now.kinds or now.device is None)


class Panel(QWidget):
    """Hint, click kinds, buttons and status, from top to bottom."""

    def __init__(self) -> None:
        super().__init__()
        self.card = HintCard()
        self.kinds = KindChooser()
        self.accept = button(
            "Accept, next object", "Keep this mask; the next click selects another object (N)"
        )
        self.accept.setObjectName("accept")
        self.pick = button(
            "Correct an object",
            "Open an object of the Labels layer, made here or elsewhere: click on it (W). "
            "Ctrl-click does the same at any time.",
        )
        self.pick.setObjectName("pick")
        self.pick.setCheckable(True)
        self.undo = button(
            "Undo", "Take the last click back; then reopen the last object (U or Ctrl+Z)"
        )
        self.redo = button("Redo", "Make the undone click again (Shift+U or Ctrl+Shift+Z)")
        self.reset = button("Reset", "Remove all clicks on this object; Undo brings them back")
        self.masks = MaskBox()
        self.guidance = GuidanceBox()
        self.stack = StackBox()
        self.stack_fold = Fold("Stack", "Carry an object through the planes", self.stack)
        self.objects = ObjectTable()
        self.objects_fold = Fold(
            "Objects", "Those accepted so far: go to one, open, delete, merge", self.objects
        )
        self.status = QLabel()
        self.status.setObjectName("status")
        self.status.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.status.setToolTip("Device, time of the last click, clicks on this object, its label")
        self._fill()

    def show_situation(self, now: Situation) -> None:
        """Show how things stand."""
        self.card.show_situation(now)
        self.kinds.show_situation(now)
        self.masks.show_situation(now)
        self.guidance.show_situation(now)
        self.stack.show_situation(now)
        self.stack_fold.setVisible(bool(now.stack_axes))
        self.objects.show_records(now.records)
        count = len(now.records)
        self.objects_fold.set_title(f"Objects ({count})" if count else "Objects")
        self.accept.setEnabled(now.can_accept)
        self.pick.setEnabled(now.has_image)
        self.pick.setChecked(now.is_picking)
        self.undo.setEnabled(now.can_undo)
        self.redo.setEnabled(now.can_redo)
        self.reset.setEnabled(now.clicks > 0)
        self.status.setText(status(now))

    def use_colours(self, colours: Colours) -> None:
        """Look like the rest of napari."""
        self.card.use_colours(colours)
        self.accept.setStyleSheet(
            f"QPushButton#accept:enabled {{ background: {colours.accent}; font-weight: bold; }}"
        )
        self.pick.setStyleSheet(
            f"QPushButton#pick:checked {{ background: {colours.accent}; font-weight: bold; }}"
        )

    def _fill(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.card)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(QLabel("Click on"))
        row.addWidget(self.kinds, 1)
        layout.addLayout(row)
        layout.addWidget(self.masks)
        grid = QGridLayout()
        grid.setSpacing(6)
        grid.addWidget(self.accept, 0, 0, 1, 3)
        grid.addWidget(self.pick, 0, 3, 1, 3)
        for place, each in enumerate((self.undo, self.redo, self.reset)):
            grid.addWidget(each, 1, 2 * place, 1, 2)
        for column in range(6):
            grid.setColumnStretch(column, 1)
        layout.addLayout(grid)
        layout.addWidget(self.status)
        layout.addWidget(self.stack_fold)
        layout.addWidget(self.objects_fold)
        layout.addWidget(self.guidance)


def _text_label() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    return label


def _sentence(text: str | None) -> str:
    if not text:
        return ""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")
