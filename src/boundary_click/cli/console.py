"""Where the commands write: results to standard output, progress and errors beside it."""

from __future__ import annotations

from typing import Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


def output() -> Console:
    """Return the console for results."""
    return Console(highlight=False)


def errors() -> Console:
    """Return the console for progress and errors."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def progress_bar(unit: Literal["things", "bytes"] = "things") -> Progress:
    """Return a progress bar on standard error; it leaves nothing behind, in a log least of all."""
    console = errors()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn() if unit == "things" else DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
