"""The dock widget that segments objects by clicks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import napari
from napari.utils.theme import get_theme
from qtpy.QtCore import Qt
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from boundary_click.widgets.automatic import AutomaticDesk
from boundary_click.widgets.column import Column
from boundary_click.widgets.events import Connections
from boundary_click.widgets.fold import Fold
from boundary_click.widgets.form import Form
from boundary_click.widgets.keys import ALWAYS, COMMANDS, KeyBindings, keys_wanted
from boundary_click.widgets.layers import images_among
from boundary_click.widgets.looks import theme_colours
from boundary_click.widgets.models import Loader, load
from boundary_click.widgets.object_desk import ObjectDesk
from boundary_click.widgets.offer_card import OfferCard
from boundary_click.widgets.panel import Panel
from boundary_click.widgets.preferences import preferences
from boundary_click.widgets.project_box import ProjectBox
from boundary_click.widgets.projects import ProjectDesk
from boundary_click.widgets.segmenter import Segmenter


class SegmentWidget(QWidget):
    """Segment objects of an image by a click inside and clicks on the outline.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer to work in.
    load_model : callable, optional
        Loads a model by name or path on a device; by default from the model library.
    """

    def __init__(self, napari_viewer: napari.Viewer, *, load_model: Loader = load) -> None:
        super().__init__()
        # napari hands plugins a proxy, whose layers are not identical to those of events.
        self._viewer = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._keys = KeyBindings()
        self._segmenter = Segmenter(self._viewer, load_model, self._keys)
        self._connections = Connections()
        self._is_released = False
        self.form = Form(self._viewer.layers, self._segmenter)
        self.panel = Panel()
        self.objects = ObjectDesk(self._segmenter)
        self.projects = ProjectDesk(self._viewer, self._segmenter)
        self.project_box = ProjectBox(self.projects)
        self.automatic = AutomaticDesk(self._segmenter, self.projects)
        self.offer = OfferCard()
        self._fill()
        self._connect()
        self._bind_keys()
        self._use_theme()
        self._open_first_image()
        self._refresh()

    @property
    def segmenter(self) -> Segmenter:
        """What the widget does, without its looks."""
        return self._segmenter

    def release(self) -> None:
        """Let go of the viewer: keys, events, empty layers and the background thread."""
        if self._is_released:
            return
        self._is_released = True
        self._keys.release()
        self._connections.release()
        self.automatic.close()
        self.projects.close()
        self._segmenter.changed.disconnect(self._refresh)
        self._segmenter.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Release the viewer when the widget is closed."""
        self.release()
        super().closeEvent(event)

    def changeEvent(self, event: Any) -> None:
        """Release the viewer when napari takes the widget out of its dock."""
        super().changeEvent(event)
        if event.type() == event.Type.ParentChange and self.parent() is None:
            self.release()

    def _fill(self) -> None:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(12)
        layout.addWidget(self.form)
        layout.addWidget(self.offer)
        layout.addWidget(self.panel)
        layout.addWidget(
            Fold("Project", "Keep the work, go through folders, export", self.project_box)
        )
        self._help = QLabel()
        self._help.setObjectName("keys")
        self._help.setTextFormat(Qt.TextFormat.RichText)
        layout.addWidget(Fold("Keys", "What each key does", self._help))
        layout.addStretch(1)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(Column(content))
        self.setMinimumWidth(330)

    def _connect(self) -> None:
        does, panel = self._segmenter, self.panel
        does.changed.connect(self._refresh)
        self.projects.told.connect(does.warn)
        self.automatic.changed.connect(self._refresh)
        self.offer.go_on.clicked.connect(self.automatic.go_on)
        self.offer.anew.clicked.connect(self.automatic.start_anew)
        panel.card.start.clicked.connect(does.start)
        panel.kinds.chosen.connect(does.choose_kind)
        panel.accept.clicked.connect(does.accept)
        panel.pick.clicked.connect(does.pick)
        panel.guidance.shown.connect(does.show_guidance)
        panel.guidance.changed.connect(does.guide)
        panel.masks.cut.connect(does.cut)
        panel.masks.outlined.connect(does.show_outlines)
        stack, desk = panel.stack, self.objects
        stack.carried.connect(self._carry)
        stack.interpolated.connect(lambda: desk.interpolate(stack.chosen_axis))
        stack.cancelled.connect(does.grower.cancel)
        stack.reviewed.connect(desk.review)
        objects = panel.objects
        objects.went.connect(desk.go_to)
        objects.opened.connect(desk.open)
        objects.deleted.connect(desk.delete)
        objects.merged.connect(desk.merge)
        objects.overwriting.connect(does.overwrite)
        objects.showing_clicks.connect(does.show_earlier)
        panel.undo.clicked.connect(does.undo)
        panel.redo.clicked.connect(does.redo)
        panel.reset.clicked.connect(does.reset)
        layers = self._viewer.layers.events
        self._connections.connect(
            self._layers_changed,
            layers.inserted,
            layers.removed,
            layers.reordered,
            layers.renamed,
        )
        self._connections.connect(self._use_theme, self._viewer.events.theme)

    def _bind_keys(self) -> None:
        """Bind the keys that the user wants, now and whenever they change."""
        if (told := preferences("keys")) is not None:
            self._connections.connect(self._use_keys, told.events)
        self._use_keys()
        self._keys.attach(self._viewer)

    def _use_keys(self, event: Any = None) -> None:
        does = self._segmenter
        actions = {
            "accept": does.accept,
            "undo": does.undo,
            "redo": does.redo,
            "next_kind": does.next_kind,
            "correct": does.pick,
            "carry_before": lambda: self._carry(True, False),
            "carry_after": lambda: self._carry(False, True),
            "review": self.objects.review,
            "start": does.start,
        }
        wanted = keys_wanted(preferences("keys"))
        bound = {key: name for name, key in wanted.items()} | ALWAYS
        self._keys.use({key: actions[name] for key, name in bound.items()})
        self._help.setText(_key_table(wanted))

    def _carry(self, backward: bool, forward: bool) -> None:
        stack = self.panel.stack
        self.objects.carry(stack.chosen_axis, backward, forward, stack.planes)

    def _open_first_image(self) -> None:
        """Choose the active image, else the topmost, and be ready to click on it."""
        layers = self._viewer.layers
        active = layers.selection.active
        images = images_among(layers)
        if images:
            self._segmenter.choose_image(active if active in images else images[-1])
            self._segmenter.start()

    def _layers_changed(self, event: Any = None) -> None:
        images = images_among(self._viewer.layers)
        if self._segmenter.image is None and images:
            self._segmenter.choose_image(images[-1])
        self._refresh()

    def _refresh(self) -> None:
        self.form.refresh()
        self.panel.show_situation(self._segmenter.situation)
        self.project_box.show_info(self.projects.info)
        self.offer.show_offer(self.automatic.offer)

    def _use_theme(self, event: Any = None) -> None:
        colours = theme_colours(get_theme(self._viewer.theme))
        self.panel.use_colours(colours)
        self.offer.use_colours(colours)


def _key_table(keys: Mapping[str, str]) -> str:
    rows = [(keys.get(c.name, "none").replace("-", "+"), c.what) for c in COMMANDS]
    rows.append(("S", "select a click: drag it, Delete it"))
    cells = "".join(
        f"<tr><td align='right'><b>{key}</b></td><td>&nbsp;&nbsp;{what}</td></tr>"
        for key, what in rows
    )
    return f"<table cellspacing='2'>{cells}</table>"
