from __future__ import annotations

import os
import threading

import pytest

from boundary_click.io.runs.control import Control, tell, when_closed
from boundary_click.io.runs.folder import RunFolder


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    return RunFolder(tmp_path / "run")


def test_the_latest_word_counts(folder):
    control = Control(folder)
    assert control.wish == "go on"
    for wish in ("pause", "go on", "stop"):
        tell(folder, wish)
        assert control.wish == wish


def test_a_word_from_before_is_forgotten(folder):
    tell(folder, "stop")
    assert Control(folder).wish == "go on"


def test_a_word_that_is_none_is_passed_over(folder):
    control = Control(folder)
    tell(folder, "dance")
    assert control.wish == "go on"


def test_who_has_to_leave_does(folder):
    control = Control(folder)
    control.leave()
    tell(folder, "go on")
    assert control.wish == "leave"


def test_the_end_of_a_pipe_is_noticed():
    reading, writing = os.pipe()
    closed = threading.Event()
    when_closed(reading, closed.set)
    os.write(writing, b"something")
    assert not closed.wait(0.05)
    os.close(writing)
    assert closed.wait(5)
    os.close(reading)
