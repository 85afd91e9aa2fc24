"""The chosen run: how it stands, what it has learned, and what can be done with it."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from boundary_click.widgets.buttons import button
from boundary_click.widgets.train.curves import Curves
from boundary_click.widgets.train.result_table import ResultTable
from boundary_click.widgets.train.run_list import RunList
from boundary_click.widgets.train.runs import RunDesk
from boundary_click.widgets.train.texts import NO_RUNS, as_sentence, run_text, time_left
from boundary_click.widgets.train.thumbnails import Thumbnails

_PICTURES = "Held-out objects after one click: true outline green, that of the model magenta"


class RunCard(QFrame):
    """A card that says how a run stands, and what went wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.state, self.problem = QLabel(), QLabel()
        self.problem.setObjectName("problem")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        for label in (self.state, self.problem):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(label)

    def show_texts(self, state: str, problem: str) -> None:
        """Say how things stand; both are rich text."""
        self.state.setText(state)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))


class RunBox(QWidget):
    """The list of runs, and the chosen one.

    Parameters
    ----------
    desk : RunDesk
        Follows them.
    """

    used = Signal()
    """The user wants the chosen run's model."""

    def __init__(self, desk: RunDesk) -> None:
        super().__init__()
        self._desk = desk
        self.list = RunList()
        self.card = RunCard()
        self.progress = QProgressBar()
        self.progress.setTextVisible(True)
        self.pause = button("Pause", "Wait after this step, with a checkpoint")
        self.stop = button("Stop", "End after this step and keep the best model so far")
        self.leave = button("Leave", "End after this step with a checkpoint, to go on another time")
        self.resume = button("Go on", "Train further from the last checkpoint")
        self.delete = button("Delete…", "Delete this run with its files")
        self.use = button("Use in Segment", "Keep the model in the library and segment with it")
        self.use.setObjectName("main")
        self.curves = Curves()
        self.results = ResultTable()
        self.before, self.now = Thumbnails(), Thumbnails()
        self._before_title, self._now_title = QLabel("Before"), QLabel("Now")
        for title in (self._before_title, self._now_title):
            title.setToolTip(_PICTURES)
        self._fill()
        self._connect()
        self.refresh_list()
        self.refresh()

    def refresh_list(self) -> None:
        """Show which runs there are."""
        self.list.show_runs(self._desk.runs, self._desk.chosen)

    def refresh(self) -> None:
        """Show how the chosen run stands."""
        desk, story = self._desk, self._desk.story
        is_there = desk.chosen is not None
        for part in (self.list, self.curves):
            part.setVisible(is_there)
        self.progress.setVisible(is_there and story.is_going)
        problem = story.message or ("" if story.is_going else story.warning)
        text = run_text(story, desk.wish) if is_there else NO_RUNS
        self.card.show_texts(text, as_sentence(problem))
        self._show_progress()
        self._show_buttons()
        self.curves.show_story(story)
        self.before.show_files(story.first_pictures)
        self.now.show_files(story.pictures)
        self._before_title.setVisible(bool(story.first_pictures))
        self._now_title.setVisible(bool(story.pictures))
        self.results.show_metrics(story.before, story.after)

    def _show_progress(self) -> None:
        story = self._desk.story
        is_unknown = story.is_going and not story.losses
        self.progress.setRange(0, 0 if is_unknown else max(1, story.total))
        self.progress.setValue(story.done)
        left = time_left(story)
        share = f"{story.done} of {story.total} steps" if story.total else ""
        self.progress.setFormat(f"{share}  ·  {left}" if left else share)

    def _show_buttons(self) -> None:
        story, summary, wish = self._desk.story, self._desk.summary, self._desk.wish
        is_there, is_going = self._desk.chosen is not None, self._desk.story.is_going
        is_up = story.state in ("running", "paused")
        self.pause.setText("Go on" if story.state == "paused" else "Pause")
        for each in (self.pause, self.stop, self.leave):
            each.setVisible(is_there and is_going)
            each.setEnabled(is_up and wish in (None, "pause", "go on"))
        can_resume = is_there and story.state in ("stopped", "failed")
        self.resume.setVisible(is_there and not is_going)
        self.resume.setEnabled(can_resume)
        self.delete.setVisible(is_there and not is_going)
        self.use.setVisible(is_there and not is_going)
        self.use.setEnabled(summary is not None and summary.model is not None)

    def _connect(self) -> None:
        desk = self._desk
        desk.listed.connect(self.refresh_list)
        desk.listed.connect(self.refresh)
        desk.moved.connect(self.refresh)
        self.list.run_chosen.connect(desk.choose)
        self.pause.clicked.connect(self._pause)
        self.stop.clicked.connect(lambda: desk.ask("stop"))
        self.leave.clicked.connect(lambda: desk.ask("leave"))
        self.resume.clicked.connect(self._resume)
        self.delete.clicked.connect(self._delete)
        self.use.clicked.connect(self.used)

    def _pause(self) -> None:
        self._desk.ask("go on" if self._desk.story.state == "paused" else "pause")

    def _resume(self) -> None:
        if self._desk.chosen is not None:
            self._desk.launch(self._desk.chosen)

    def _delete(self) -> None:
        if (folder := self._desk.chosen) is None:
            return
        answer = QMessageBox.question(
            self,
            "Delete a run",
            f"Delete the run {folder.path.name!r} with its checkpoints, pictures and data? Models "
            "that were used in Segment stay in the library.",
        )
        if answer == QMessageBox.StandardButton.Yes:
            self._desk.delete()

    def _fill(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(6)
        for column, each in enumerate((self.pause, self.stop, self.leave)):
            grid.addWidget(each, 0, column)
        for column in range(3):
            grid.setColumnStretch(column, 1)
        after = QHBoxLayout()
        after.setSpacing(6)
        after.addWidget(self.use, 1)
        after.addWidget(self.resume)
        after.addWidget(self.delete)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.list)
        layout.addWidget(self.card)
        layout.addWidget(self.progress)
        layout.addLayout(grid)
        layout.addLayout(after)
        layout.addWidget(self.results)
        layout.addWidget(self.curves)
        pictures = QGridLayout()
        pictures.setSpacing(4)
        rows = ((self._before_title, self.before), (self._now_title, self.now))
        for row, (title, shown) in enumerate(rows):
            title.setFixedWidth(52)
            pictures.addWidget(title, row, 0)
            pictures.addWidget(shown, row, 1)
        layout.addLayout(pictures)
