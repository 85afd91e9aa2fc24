"""The process of a run: started, listened to, let go."""

from __future__ import annotations

import atexit
import sys
import time
from collections import deque

from qtpy.QtCore import QObject, QProcess, Signal

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.messages import Failed, read_message
from boundary_click.widgets.train.preparing import device_of

LOG = "log.txt"
"""File of a run for what it says where nobody listens."""

_TAIL = 12
"""Lines of the error output that are kept."""
_PATIENCE = 60.0
"""Most seconds that the end of Python waits for runs to leave."""
_going: set[QProcess] = set()
"""Processes that are there. Qt kills one whose object is deleted, so each is kept until its end."""


def command(folder: RunFolder, *, is_detached: bool = False) -> tuple[str, list[str]]:
    """Return the program and its arguments that train in a folder, or go on there."""
    arguments = ["-m", "boundary_click.cli", "train", str(folder.config), "--events"]
    arguments += ["--output", str(folder.path), "--device", device_of(folder).partition(":")[0]]
    return sys.executable, arguments + (["--detached"] if is_detached else [])


class RunProcess(QObject):
    """A run in a child process, which leaves with a checkpoint once it is let go.

    Parameters
    ----------
    folder : RunFolder
        Holds the configuration.
    program : tuple, optional
        What to run instead of the training command, with its arguments.
    """

    said = Signal(object)  # Message
    ended = Signal()

    def __init__(self, folder: RunFolder, program: tuple[str, list[str]] | None = None) -> None:
        super().__init__()
        self.folder = folder
        self._program, self._arguments = program or command(folder)
        self._errors: deque[str] = deque(maxlen=_TAIL)
        self._has_last_word = False
        self._process = QProcess()
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._broken)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return int(self._process.processId())

    @property
    def is_going(self) -> bool:
        """Whether the process is there."""
        return bool(self._process.state() != QProcess.ProcessState.NotRunning)

    def start(self) -> None:
        """Start training."""
        _going.add(self._process)
        self._process.start(self._program, self._arguments)

    def let_go(self) -> None:
        """Listen no more; the run leaves with a checkpoint, and this does not wait for it."""
        self.blockSignals(True)
        if self.is_going:
            self._process.closeWriteChannel()

    def _read(self) -> None:
        while self._process.canReadLine():
            line = bytes(self._process.readLine().data())
            try:
                message = read_message(line)
            except ValueError:  # what a library printed
                self._errors.append(line.decode(errors="replace").strip())
                continue
            self._has_last_word |= message.event in ("finished", "left", "failed")
            self.said.emit(message)

    def _read_errors(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode(errors="replace")
        self._errors.extend(line for line in text.splitlines() if line.strip())

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        _going.discard(self._process)
        self._read()
        self._read_errors()
        if not self._has_last_word:
            is_crash = status == QProcess.ExitStatus.CrashExit
            self.said.emit(Failed(message=death(code, self._errors, is_crash=is_crash)))
        self.ended.emit()

    def _broken(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            _going.discard(self._process)
            reason = self._process.errorString()
            self.said.emit(Failed(message=f"training could not be started: {reason}"))
            self.ended.emit()


@atexit.register
def _leave_in_order() -> None:
    """Let runs leave with a checkpoint before Python ends, which kills what is left of them."""
    end = time.monotonic() + _PATIENCE
    for process in _going:
        process.closeWriteChannel()
    for process in tuple(_going):
        process.waitForFinished(max(0, round(1000 * (end - time.monotonic()))))


def start_detached(folder: RunFolder) -> int:
    """Start a run that lives on without this process, and return the number of its own.

    What it says goes into a file.

    Raises
    ------
    OSError
        If it cannot be started.
    """
    process = QProcess()
    program, arguments = command(folder, is_detached=True)
    process.setProgram(program)
    process.setArguments(arguments)
    process.setStandardOutputFile(str(folder.path / LOG))
    process.setStandardErrorFile(str(folder.path / LOG), QProcess.OpenModeFlag.Append)
    is_started, pid = process.startDetached()
    if not is_started:
        raise OSError(f"training could not be started: {process.errorString()}")
    return int(pid)


def last_words(folder: RunFolder) -> str:
    """Return why a detached run ended, from what it said; empty if it did not say."""
    try:
        lines = (folder.path / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    heard: deque[str] = deque(maxlen=_TAIL)
    for line in lines:
        try:
            message = read_message(line)
        except ValueError:
            heard.append(line)
        else:
            heard.clear()
            if message.event == "failed":
                return message.message
            if message.event in ("finished", "left"):
                return ""
    return death(1, heard, is_crash=not heard)


def death(code: int, heard: deque[str], *, is_crash: bool) -> str:
    """Return what to say of a process that ended without a word."""
    how = (
        "the process of the run was ended from outside, often because memory ran out"
        if is_crash
        else f"the process of the run ended by itself (exit code {code})"
    )
    said = f" It said: {heard[-1].strip()}." if heard else ""
    return f"{how}.{said} What it learned up to its last checkpoint is kept: press Go on"
