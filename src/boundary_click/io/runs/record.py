"""How runs stand: what a run notes of itself, and what others read from its folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from boundary_click.io.atomic import written_whole
from boundary_click.io.runs.folder import RunFolder

RunState = Literal["running", "paused", "stopped", "finished", "failed"]

_CLOCK_TOLERANCE = 2.0
"""Seconds by which two readings of a process's start may differ."""


class RunRecord(BaseModel):
    """What a run notes of itself in ``run.json``."""

    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    name: str
    """Name of the run and of its model."""
    state: RunState
    """How it stands, as long as its process lives."""
    pid: int
    """Process that trains."""
    process_started: float
    """Start of that process, in seconds since 1970: its number may be another's by now."""
    begun: datetime
    """When the run began or went on."""
    message: str = ""
    """Why it failed."""
    before: dict[str, float] = {}
    """Metrics of the model it starts from on the held-out objects, by name."""
    best: dict[str, float] = {}
    """Metrics of the best model so far."""

    @property
    def is_alive(self) -> bool:
        """Whether the process that trains is still there."""
        return is_alive(self.pid, started=self.process_started)


def is_alive(pid: int, *, started: float | None = None) -> bool:
    """Return whether a process is there.

    Parameters
    ----------
    pid : int
    started : float, optional
        When it began, in seconds since 1970; one that began at another time is another one.
    """
    try:
        process = psutil.Process(pid)
        begun, is_dead = process.create_time(), process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
    return not is_dead and (started is None or abs(begun - started) < _CLOCK_TOLERANCE)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run stands.

    Attributes
    ----------
    folder : RunFolder
    name : str
    state : str
        A run whose process died counts as stopped.
    begun : datetime or None
    message : str
        Why it failed.
    before, best : dict of float
        Metrics by name, of the model it starts from and of the best so far.
    can_resume : bool
        Whether it has a checkpoint to go on from.
    """

    folder: RunFolder
    name: str
    state: RunState
    begun: datetime | None
    message: str
    before: dict[str, float]
    best: dict[str, float]
    can_resume: bool

    @property
    def model(self) -> Path | None:
        """The model it made: the finished one, else the best so far."""
        paths = (self.folder.model, self.folder.best)
        return next((path for path in paths if path.is_file()), None)


def read_record(folder: RunFolder) -> RunRecord | None:
    """Return what a run noted of itself, None if there is nothing that can be read."""
    try:
        return RunRecord.model_validate_json(folder.record.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def summarise(folder: RunFolder) -> RunSummary:
    """Return how the run of a folder stands."""
    record = read_record(folder)
    state: RunState = "finished" if folder.model.is_file() else "stopped"
    if record is not None:
        is_over = record.state not in ("running", "paused")
        state = record.state if is_over or record.is_alive else "stopped"
    return RunSummary(
        folder,
        record.name if record else folder.path.name,
        state,
        record.begun if record else None,
        record.message if record else "",
        record.before if record else {},
        record.best if record else {},
        state not in ("running", "paused", "finished") and folder.state.is_file(),
    )


def list_runs(root: Path) -> tuple[RunSummary, ...]:
    """Return the runs in the folders of a folder, the latest first."""
    if not root.is_dir():
        return ()
    folders = (RunFolder(path) for path in sorted(root.iterdir()))
    found = [summarise(folder) for folder in folders if folder.config.is_file()]
    return tuple(sorted(found, key=_age, reverse=True))


def find_running(root: Path) -> tuple[RunSummary, ...]:
    """Return the runs whose process is there, trains or pauses."""
    return tuple(run for run in list_runs(root) if run.state in ("running", "paused"))


def _age(run: RunSummary) -> float:
    return run.begun.timestamp() if run.begun else 0.0


def refuse_if_running(folder: RunFolder) -> None:
    """Raise if another process trains in a folder.

    Raises
    ------
    ValueError
        If it does.
    """
    record = read_record(folder)
    is_going = summarise(folder).state in ("running", "paused")
    if record is not None and is_going and record.pid != os.getpid():
        raise ValueError(
            f"process {record.pid} is training in {folder.path}; stop it, or choose another folder"
        )


class Recorder:
    """Keeps the record of the run in this process up to date.

    Parameters
    ----------
    folder : RunFolder
        Metrics in the record of a run that goes on are kept.
    name : str
        Of the run.
    """

    def __init__(self, folder: RunFolder, name: str) -> None:
        earlier = read_record(folder)
        self._folder = folder
        self.record = RunRecord(
            name=name,
            state="running",
            pid=os.getpid(),
            process_started=psutil.Process().create_time(),
            begun=datetime.now(UTC),
            before=earlier.before if earlier else {},
            best=earlier.best if earlier else {},
        )

    def note(self, **changes: object) -> None:
        """Change fields of the record and store it."""
        self.record = self.record.model_copy(update=changes)
        with written_whole(self._folder.record) as partial:
            partial.write_text(self.record.model_dump_json(indent=2), encoding="utf-8")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Note that the run has begun, and how it broke off if it did."""
        self.note(state="running")
        try:
            yield
        except BaseException as error:
            with suppress(OSError):  # such as a full disk, which may be why; then it counts as dead
                self._note_end(error)
            raise

    def _note_end(self, error: BaseException) -> None:
        if isinstance(error, Exception):
            self.note(state="failed", message=str(error) or type(error).__name__)
        else:  # closed, or interrupted by Ctrl+C
            self.note(state="stopped")
