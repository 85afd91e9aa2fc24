"""Runs whose process is a script of messages."""

from __future__ import annotations

import os

import pytest
from qtpy.QtCore import QObject, Signal
from tests.widgets.train.test_story import AFTER, BEFORE, started, step

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.messages import Failed, Left, Paused
from boundary_click.io.runs.place import runs_folder
from boundary_click.io.runs.record import Recorder
from boundary_click.widgets.train import runs as runs_module
from boundary_click.widgets.train.process import LOG
from boundary_click.widgets.train.runs import RunDesk

pytestmark = pytest.mark.gui


class FakeProcess(QObject):
    said = Signal(object)
    ended = Signal()

    def __init__(self, folder: RunFolder) -> None:
        super().__init__()
        self.folder = folder
        self.is_started = self.is_let_go = False

    def start(self) -> None:
        self.is_started = True

    def let_go(self) -> None:
        self.is_let_go = True


@pytest.fixture
def processes():
    return []


@pytest.fixture
def desk(qtbot, processes):
    def new(folder):
        processes.append(FakeProcess(folder))
        return processes[-1]

    made = RunDesk(new)
    yield made
    made.close()


def folder_of(name: str, **record) -> RunFolder:
    folder = RunFolder(runs_folder() / name)
    folder.path.mkdir(parents=True)
    folder.config.write_text('{"data": [{"path": "d"}]}', encoding="utf-8")
    if record:
        Recorder(folder, name).note(**record)
    return folder


def listed(qtbot, desk, count):
    qtbot.waitUntil(lambda: len(desk.runs) == count, timeout=10000)


def test_a_run_is_launched_followed_and_asked(qtbot, desk, processes):
    folder = folder_of("mine")
    desk.launch(folder)
    (process,) = processes
    assert process.is_started
    assert (desk.chosen, desk.story.state) == (folder, "starting")
    process.said.emit(started())
    process.said.emit(step(1))
    assert desk.story.losses == [(1, 1.0)]
    desk.ask("pause")
    assert folder.control.read_text() == "pause"
    assert desk.wish == "pause"
    process.said.emit(Paused())
    assert (desk.wish, desk.story.state) == (None, "paused")
    process.said.emit(Left())
    process.ended.emit()
    assert desk.story.state == "stopped"
    assert desk._processes == {}


def test_a_dead_run_can_go_on(qtbot, desk, processes):
    folder = folder_of("mine", state="running", pid=2**22, before=BEFORE, best=AFTER)
    folder.add_metrics({"event": "validated", "stage": "selection", "step": 0, **BEFORE})
    folder.add_metrics(step(2).model_dump(exclude={"seconds_left"}))
    desk.launch(folder)
    assert desk.story.state == "starting"
    assert desk.story.losses == [(2, 1.0)]  # what it did before is on show
    processes[0].said.emit(Failed(message="the disk is full"))
    processes[0].ended.emit()
    assert (desk.story.state, desk.story.message) == ("failed", "the disk is full")
    desk.launch(folder)
    assert (desk.story.state, desk.story.message) == ("starting", "")


def test_runs_are_listed_and_the_one_that_is_going_is_shown(qtbot, desk):
    going = folder_of("going", state="running")  # by this very process
    folder_of("over", state="finished", best=AFTER)
    listed(qtbot, desk, 2)
    qtbot.waitUntil(lambda: desk.chosen == going and desk.story.state == "running", timeout=10000)
    going.add_metrics(step(3).model_dump(exclude={"seconds_left"}))
    qtbot.waitUntil(lambda: desk.story.losses == [(3, 1.0)], timeout=10000)
    desk.delete()  # not while it is going
    assert going.path.is_dir()


def test_another_run_is_chosen_and_deleted(qtbot, desk):
    first, second = folder_of("first", state="finished"), folder_of("second", state="stopped")
    listed(qtbot, desk, 2)
    desk.choose(first)
    qtbot.waitUntil(lambda: desk.story.state == "finished", timeout=10000)
    desk.delete()
    listed(qtbot, desk, 1)
    assert not first.path.exists()
    qtbot.waitUntil(lambda: desk.chosen == second, timeout=10000)


def test_a_detached_run_that_never_began_says_why(qtbot, desk, monkeypatch):
    folder = folder_of("mine")

    def start(folder):
        (folder.path / LOG).write_text('{"event": "failed", "message": "no data"}\n')
        return 2**22

    monkeypatch.setattr(runs_module, "start_detached", start)
    desk.launch(folder, is_detached=True)
    qtbot.waitUntil(lambda: desk.story.state == "failed", timeout=10000)
    assert desk.story.message == "no data"


def test_a_detached_run_is_starting_as_long_as_its_process_says_nothing(qtbot, desk, monkeypatch):
    monkeypatch.setattr(runs_module, "start_detached", lambda folder: os.getppid())
    desk.launch(folder_of("mine"), is_detached=True)
    with qtbot.waitSignal(desk.moved, timeout=10000):
        desk.look()
    assert desk.story.state == "starting"


def test_a_run_that_cannot_be_asked_is_told(desk, qtbot, monkeypatch):
    def tell(folder, wish):
        raise OSError("the disk is full")

    monkeypatch.setattr(runs_module, "tell", tell)
    desk.launch(folder_of("mine"))
    with qtbot.waitSignal(desk.failed) as told:
        desk.ask("stop")
    assert told.args == ["the disk is full"]


def test_closing_lets_children_go(desk, processes):
    desk.launch(folder_of("mine"))
    desk.close()
    assert processes[0].is_let_go
