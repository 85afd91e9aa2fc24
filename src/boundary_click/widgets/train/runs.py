"""The runs of this computer: started, followed, told what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from boundary_click.io.runs.control import Wish, tell
from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.messages import Message
from boundary_click.io.runs.place import runs_folder
from boundary_click.io.runs.record import RunSummary, is_alive, list_runs, read_record
from boundary_click.widgets.train.process import LOG, RunProcess, last_words, start_detached
from boundary_click.widgets.train.story import RunStory, read_story
from boundary_click.widgets.workers import SerialWorker

_INTERVAL = 1000
"""Milliseconds between two looks at the runs' folders."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the background found: all runs, and what the chosen one has done."""

    runs: tuple[RunSummary, ...]
    followed: RunFolder | None
    story: RunStory | None


class RunDesk(QObject):
    """Starts runs, follows them, tells them what to do.

    Parameters
    ----------
    new_process : callable
        Makes the process of a run; replaced in tests.
    """

    listed = Signal()
    """The list, or which of it is chosen."""
    moved = Signal()
    """What the chosen run has done."""
    failed = Signal(str)

    def __init__(self, new_process: Callable[[RunFolder], RunProcess] = RunProcess) -> None:
        super().__init__()
        self._new_process = new_process
        self._worker = SerialWorker()
        self._processes: dict[Path, RunProcess] = {}
        self._stories: dict[Path, RunStory] = {}
        """Of the runs in child processes."""
        self._detached: dict[Path, int] = {}
        """Processes of those that live on."""
        self._wishes: dict[Path, Wish] = {}
        """What runs were asked to do and do not do yet."""
        self._is_looking = False
        self.runs: tuple[RunSummary, ...] = ()
        self.chosen: RunFolder | None = None
        self.story = RunStory()
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self.look()

    @property
    def summary(self) -> RunSummary | None:
        """How the chosen run stands, None if it is not listed yet."""
        return next((run for run in self.runs if run.folder == self.chosen), None)

    @property
    def wish(self) -> Wish | None:
        """What the chosen run was asked to do and does not do yet."""
        return self._wishes.get(self.chosen.path) if self.chosen else None

    # What the user can do

    def choose(self, folder: RunFolder | None) -> None:
        """Show another run from now on."""
        if folder == self.chosen:
            return
        self.chosen = folder
        self.story = self._stories.get(folder.path, RunStory()) if folder else RunStory()
        self.listed.emit()
        self.moved.emit()
        self.look()

    def launch(self, folder: RunFolder, *, is_detached: bool = False) -> None:
        """Start the run that a folder is prepared for, or go on with it, and show it."""
        self._wishes.pop(folder.path, None)
        if is_detached:
            try:
                (folder.path / LOG).unlink(missing_ok=True)
                self._detached[folder.path] = start_detached(folder)
            except OSError as error:
                return self.failed.emit(str(error))
            self._stories.pop(folder.path, None)
            self.chosen, self.story = folder, RunStory()
        else:
            self._launch_child(folder)
        self.listed.emit()
        self.moved.emit()
        return self.look()

    def ask(self, wish: Wish) -> None:
        """Ask the chosen run to pause, to go on, to stop or to leave."""
        if self.chosen is None:
            return
        try:
            tell(self.chosen, wish)
        except OSError as error:
            return self.failed.emit(str(error))
        self._wishes[self.chosen.path] = wish
        return self.moved.emit()

    def delete(self) -> None:
        """Delete the chosen run with all its files; not one that is going."""
        folder = self.chosen
        if folder is None or self.story.is_going:
            return
        self._stories.pop(folder.path, None)
        self.choose(None)

        def job() -> None:
            shutil.rmtree(folder.path)

        self._worker.submit(job, lambda _: self.look(), self.failed.emit)

    def look(self) -> None:
        """See how the runs stand, in the background."""
        if self._is_looking:
            return
        self._is_looking = True
        followed, current = self.chosen, self.story
        is_own = followed is not None and followed.path in self._stories
        is_known = bool(current.stages) and not current.is_going and not self._is_listed_as_going
        pid = self._detached.get(followed.path) if followed else None

        def job() -> _Seen:
            story = None if followed is None or is_own or is_known else _followed(followed, pid)
            return _Seen(list_runs(runs_folder()), followed, story)

        self._worker.submit(job, self._seen, self._not_seen)

    def close(self) -> None:
        """Follow no more; runs in child processes leave with a checkpoint."""
        for process in self._processes.values():
            process.let_go()
        self._processes.clear()
        self._worker.close()
        self._timer.stop()

    # What happens

    @property
    def _is_listed_as_going(self) -> bool:
        return self.summary is not None and self.summary.state in ("running", "paused")

    def _launch_child(self, folder: RunFolder) -> None:
        (folder.path / LOG).unlink(missing_ok=True)
        is_new = not folder.metrics.is_file()
        story = RunStory() if is_new else read_story(folder)
        story.state, story.message = "starting", ""
        process = self._new_process(folder)
        process.said.connect(lambda message: self._heard(folder, message))
        process.ended.connect(lambda: self._ended(folder))
        self._processes[folder.path], self._stories[folder.path] = process, story
        self.chosen, self.story = folder, story
        process.start()

    def _heard(self, folder: RunFolder, message: Message) -> None:
        self._stories[folder.path].take(message)
        if message.event in ("paused", "went_on", "finished", "left", "failed"):
            self._wishes.pop(folder.path, None)
            self.look()
        if folder == self.chosen:
            self.moved.emit()

    def _ended(self, folder: RunFolder) -> None:
        if (process := self._processes.pop(folder.path, None)) is not None:
            process.deleteLater()
        self.look()
        if folder == self.chosen:
            self.moved.emit()

    def _seen(self, seen: _Seen) -> None:
        self._is_looking = False
        if seen.story is not None and seen.followed == self.chosen:
            before, self.story = self.story.state, seen.story
            if self.chosen is not None and before != seen.story.state:
                self._wishes.pop(self.chosen.path, None)
            self.moved.emit()
        if seen.runs != self.runs:
            self.runs = seen.runs
            self.listed.emit()
        if self.chosen is None and self.runs:
            going = [run for run in self.runs if run.state in ("running", "paused")]
            self.choose((going or self.runs)[0].folder)
        elif seen.followed != self.chosen:
            self.look()

    def _not_seen(self, problem: str) -> None:
        self._is_looking = False
        self.failed.emit(problem)


def _followed(folder: RunFolder, pid: int | None) -> RunStory:
    """Return what a run has done that is no child of this process.

    Parameters
    ----------
    folder : RunFolder
    pid : int or None
        Process that was started for it a while ago, if it was started here.
    """
    story, record = read_story(folder), read_record(folder)
    if pid is not None and is_alive(pid) and (record is None or record.pid != pid):
        story.state, story.message = "starting", ""
    elif story.state == "stopped" and (said := last_words(folder)):
        story.state, story.message = "failed", said
    return story
