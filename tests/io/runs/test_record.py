from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.record import (
    Recorder,
    find_running,
    list_runs,
    read_record,
    refuse_if_running,
    summarise,
)


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.config.write_text("{}")
    return folder


@pytest.fixture
def other_process():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield psutil.Process(process.pid)
    process.communicate(b"\n")


def test_a_run_notes_how_it_stands(folder):
    recorder = Recorder(folder, "mine")
    with recorder.running():
        assert summarise(folder).state == "running"
        assert find_running(folder.path.parent) == (summarise(folder),)
        recorder.note(state="paused", best={"clicks@85": 2.0})
        assert summarise(folder).state == "paused"
        recorder.note(state="finished")
    found = summarise(folder)
    assert (found.name, found.state, found.best) == ("mine", "finished", {"clicks@85": 2.0})
    assert find_running(folder.path.parent) == ()


def test_a_run_that_fails_says_why(folder):
    with pytest.raises(OSError, match="the disk is full"), Recorder(folder, "mine").running():
        raise OSError("the disk is full")
    assert (summarise(folder).state, summarise(folder).message) == ("failed", "the disk is full")


def test_a_run_that_is_interrupted_is_stopped(folder):
    with pytest.raises(KeyboardInterrupt), Recorder(folder, "mine").running():
        raise KeyboardInterrupt
    assert summarise(folder).state == "stopped"


def test_a_run_whose_process_is_gone_is_stopped(folder):
    recorder = Recorder(folder, "mine")
    recorder.note(pid=2**22 + 1)  # beyond what Linux gives
    assert summarise(folder).state == "stopped"
    recorder.note(pid=os.getpid(), process_started=0.0)  # its number is another's by now
    assert summarise(folder).state == "stopped"


def test_two_processes_do_not_share_a_folder(folder, other_process):
    recorder = Recorder(folder, "mine")
    recorder.note(pid=other_process.pid, process_started=other_process.create_time())
    with pytest.raises(ValueError, match=rf"process {other_process.pid} is training in .*; stop"):
        refuse_if_running(folder)
    other_process.kill()
    other_process.wait(5)
    refuse_if_running(folder)


def test_metrics_outlive_the_process(folder):
    Recorder(folder, "mine").note(before={"iou@1": 0.5}, best={"iou@1": 0.7})
    record = Recorder(folder, "mine").record
    assert (record.before, record.best) == ({"iou@1": 0.5}, {"iou@1": 0.7})


def test_runs_are_listed_the_latest_first(tmp_path):
    for name in ("b", "a", "c"):
        folder = RunFolder(tmp_path / name)
        folder.path.mkdir()
        folder.config.write_text("{}")
        Recorder(folder, name).note(state="stopped")
    (tmp_path / "other").mkdir()
    assert [run.name for run in list_runs(tmp_path)] == ["c", "a", "b"]
    assert list_runs(tmp_path / "none") == ()


@pytest.mark.parametrize("text", ["", "{", '{"name": "x"}'])
def test_a_broken_record_is_none(folder, text):
    folder.record.write_text(text)
    assert read_record(folder) is None
    assert summarise(folder).state == "stopped"


def test_a_line_cut_off_by_a_crash_is_left_out(folder):
    folder.add_metrics({"step": 1})
    with folder.metrics.open("a") as file:
        file.write('{"step": 2, "lo')
    assert folder.read_metrics() == [{"step": 1}]
