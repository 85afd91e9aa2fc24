"""The dock widget that trains models."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import napari
from napari.utils.theme import get_theme
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from boundary_click.io.runs.folder import RunFolder
from boundary_click.widgets.buttons import button
from boundary_click.widgets.column import Column
from boundary_click.widgets.events import Connections
from boundary_click.widgets.looks import is_light, theme_colours
from boundary_click.widgets.train.data_box import DataBox
from boundary_click.widgets.train.handing_over import keep_model, use_in_segment
from boundary_click.widgets.train.library import LibraryDesk
from boundary_click.widgets.train.library_box import LibraryBox
from boundary_click.widgets.train.looks import plot_colours, style_sheet
from boundary_click.widgets.train.run_box import RunBox, RunCard
from boundary_click.widgets.train.run_form import RunForm
from boundary_click.widgets.train.runs import RunDesk
from boundary_click.widgets.train.setup import SetupDesk
from boundary_click.widgets.train.texts import as_sentence, start_text
from boundary_click.widgets.workers import SerialWorker

_NEW, _RUNS, _MODELS = 0, 1, 2
_PAGES = (
    ("New run", "Set up a training run"),
    ("Runs", "Runs that are going, or are over"),
    ("Models", "The model library"),
)


class TrainWidget(QWidget):
    """Train a model on labelled images, in a process of its own, and segment with it.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose layers can be learned from.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        # napari hands plugins a proxy, whose layers are not identical to those of events.
        self._viewer = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._connections = Connections()
        self._worker = worker = SerialWorker()
        self._is_released = False
        self.setup, self.runs = SetupDesk(), RunDesk()
        self.data = DataBox(self._viewer, self.setup)
        self.form = RunForm(self.setup)
        self.card = RunCard()
        self.expectation = QLabel()
        self.expectation.setWordWrap(True)
        self.start = button("Start training", "Train in a process of its own; napari stays free")
        self.start.setObjectName("main")
        self.run = RunBox(self.runs)
        self.models = LibraryDesk()
        self.library = LibraryBox(self.models)
        self.told = QLabel()
        self.told.setObjectName("problem")
        self.told.setWordWrap(True)
        self._pages, self._tabs = QStackedWidget(), QButtonGroup(self)
        self.tabs = tuple(_tab(name, tip) for name, tip in _PAGES)
        self._let_go = partial(
            _let_go,
            self._connections,
            self.data.layers.connections,
            self.runs,
            self.setup,
            self.models,
            worker,
        )
        self._fill()
        self._connect()
        self._use_theme()
        self._tell("")
        self._refresh()

    def show_page(self, page: int) -> None:
        """Show the form of a new run (0), the runs (1) or the models (2)."""
        if page == _MODELS:
            self.models.look()
        self._pages.setCurrentIndex(page)
        self.tabs[page].setChecked(True)

    def release(self) -> None:
        """Let go of the viewer and of the background; runs leave with a checkpoint."""
        if self._is_released:
            return
        self._is_released = True
        self.data.release()
        self.run.curves.close_figure()
        self._let_go()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Release the viewer when the widget is closed."""
        self.release()
        super().closeEvent(event)

    def changeEvent(self, event: Any) -> None:
        """Release the viewer when napari takes the widget out of its dock."""
        super().changeEvent(event)
        if event.type() == event.Type.ParentChange and self.parent() is None:
            self.release()

    def _connect(self) -> None:
        self.setup.changed.connect(self._refresh)
        self.setup.prepared.connect(self._launch)
        self.form.changed.connect(self._refresh)
        self.start.clicked.connect(self._start)
        self.runs.listed.connect(self._count_runs)
        self.runs.failed.connect(self._tell)
        self.run.used.connect(self._use)
        self.library.used.connect(self._kept)
        self._tabs.idClicked.connect(self.show_page)
        self._connections.connect(self._use_theme, self._viewer.events.theme)
        self.destroyed.connect(self._let_go)  # with its window, without being closed

    def _start(self) -> None:
        self.setup.start(self.form.wanted)

    def _launch(self, folder: RunFolder) -> None:
        self._tell("")
        self.runs.launch(folder, is_detached=self.form.keeps_on.isChecked())
        self.form.forget_name()
        self.show_page(_RUNS)

    def _use(self) -> None:
        run = self.runs.summary
        if run is None or (path := run.model) is None:
            return
        self._tell("")
        self.run.use.setEnabled(False)
        name = run.name
        self._worker.submit(lambda: keep_model(path, name), self._kept, self._tell)

    def _kept(self, name: str) -> None:
        self.run.refresh()
        try:
            use_in_segment(self._viewer, name)
        except (RuntimeError, KeyError, ValueError) as error:
            return self._tell(f"model {name!r} is kept, but Segment could not be opened: {error}")
        return None

    def _refresh(self) -> None:
        state, is_ready = start_text(self.setup, self.form.wanted.name)
        self.card.show_texts(state, as_sentence(self.setup.refusal))
        self.expectation.setText(self.setup.expectation(self.form.wanted.changes))
        self.start.setEnabled(is_ready)

    def _count_runs(self) -> None:
        going = sum(run.state in ("running", "paused") for run in self.runs.runs)
        count = len(self.runs.runs)
        what = f"Runs ({going} on)" if going else f"Runs ({count})" if count else "Runs"
        self.tabs[_RUNS].setText(what)

    def _tell(self, what: str) -> None:
        self.told.setText(as_sentence(what))
        self.told.setVisible(bool(what))
        self.run.refresh()

    def _use_theme(self, event: Any = None) -> None:
        theme = get_theme(self._viewer.theme)
        self.setStyleSheet(style_sheet(theme_colours(theme)))
        self.run.curves.use_colours(plot_colours(theme, is_light=is_light(theme)))

    def _fill(self) -> None:
        tabs = QHBoxLayout()
        tabs.setContentsMargins(10, 8, 10, 0)
        tabs.setSpacing(2)
        for page, tab in enumerate(self.tabs):
            self._tabs.addButton(tab, page)
            tabs.addWidget(tab, 1)
        self._pages.addWidget(self._new_page())
        self._pages.addWidget(_page(self.told, self.run))
        self._pages.addWidget(_page(self.library))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(tabs)
        layout.addWidget(self._pages)
        self.setMinimumWidth(350)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.show_page(_NEW)

    def _new_page(self) -> QWidget:
        """Return the form, which scrolls, above the button, which is always in sight."""
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 0, 10, 8)
        foot.setSpacing(6)
        foot.addWidget(self.expectation)
        foot.addWidget(self.start)
        made = QWidget()
        layout = QVBoxLayout(made)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(_page(self.card, self.data, self.form))
        layout.addLayout(foot)
        return made


def _let_go(*parts: Connections | RunDesk | SetupDesk | LibraryDesk | SerialWorker) -> None:
    """Release and close; once more does no harm."""
    for part in parts:
        with suppress(RuntimeError):  # Qt may have deleted it already, at the end of Python
            if isinstance(part, Connections):
                part.release()
            else:
                part.close()


def _tab(name: str, tip: str) -> QPushButton:
    tab = button(name, tip)
    tab.setObjectName("page")
    tab.setCheckable(True)
    return tab


def _page(*parts: QWidget) -> Column:
    content = QWidget()
    layout = QVBoxLayout(content)
    layout.setContentsMargins(10, 4, 10, 8)
    layout.setSpacing(10)
    for part in parts:
        layout.addWidget(part)
    layout.addStretch(1)
    return Column(content)
