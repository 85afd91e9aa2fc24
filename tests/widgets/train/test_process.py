"""Children that say what is written here, instead of training."""

from __future__ import annotations

import os
import sys

import pytest

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.messages import Left, Paused
from boundary_click.widgets.train.process import LOG, RunProcess, command, last_words

pytestmark = pytest.mark.gui

LEFT, PAUSED = Left().model_dump_json(), Paused().model_dump_json()
ECHO = f"print('''{PAUSED}''', flush=True); input(); print('''{LEFT}''')"


@pytest.fixture
def start(qtbot, tmp_path):
    started = []

    def start(script: str, program: str = sys.executable) -> RunProcess:
        process = RunProcess(RunFolder(tmp_path), (program, ["-c", script]))
        heard: list = []
        process.said.connect(heard.append)
        started.append(process)
        with qtbot.waitSignal(process.ended, timeout=20000):
            process.start()
        process.heard = heard
        return process

    yield start
    for process in started:
        process.let_go()


def test_messages_are_passed_on_and_chatter_is_not(start):
    process = start(f"print('hello'); print('''{PAUSED}'''); print('''{LEFT}''')")
    assert process.heard == [Paused(), Left()]


def test_a_process_that_dies_says_what_to_do(start):
    process = start("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    (failed,) = process.heard
    assert "ended from outside, often because memory ran out" in failed.message
    assert "press Go on" in failed.message


def test_a_process_that_breaks_tells_its_last_words(start):
    process = start("raise SystemExit('no such device')")
    (failed,) = process.heard
    assert "exit code 1). It said: no such device" in failed.message


def test_a_program_that_is_not_there(start):
    (failed,) = start("", program="no-such-python").heard
    assert "training could not be started" in failed.message


def test_a_run_that_is_let_go_ends_by_itself(qtbot, tmp_path):
    script = f"{ECHO.replace('input()', 'sys.stdin.read()')}; open('left', 'w')"
    process = RunProcess(RunFolder(tmp_path), (sys.executable, ["-c", f"import sys; {script}"]))
    process._process.setWorkingDirectory(str(tmp_path))
    heard: list = []
    process.said.connect(heard.append)
    process.start()
    qtbot.waitUntil(lambda: heard == [Paused()], timeout=20000)
    process.let_go()
    del process
    qtbot.waitUntil((tmp_path / "left").is_file, timeout=20000)
    assert heard == [Paused()]


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (f"{PAUSED}\n{LEFT}\n", ""),
        ('{"event": "failed", "message": "the disk is full"}\n', "the disk is full"),
        (f"{PAUSED}\n", "ended from outside"),
        (f"{PAUSED}\nMemoryError\n", "It said: MemoryError"),
    ],
)
def test_last_words_of_a_detached_run(tmp_path, log, said):
    (tmp_path / LOG).write_text(log, encoding="utf-8")
    assert said in last_words(RunFolder(tmp_path))
    assert bool(last_words(RunFolder(tmp_path))) == bool(said)


def test_no_log_no_words(tmp_path):
    assert last_words(RunFolder(tmp_path)) == ""


def test_the_command_goes_on_where_it_was_started(tmp_path):
    (tmp_path / "device").write_text("cuda:1")
    program, arguments = command(RunFolder(tmp_path), is_detached=True)
    assert program == sys.executable
    assert arguments[-3:] == ["--device", "cuda", "--detached"]
    assert os.fspath(tmp_path) in arguments
