"""How a run is told to pause, to go on and to stop: by a word in a file of its folder."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Literal

from boundary_click.io.atomic import written_whole
from boundary_click.io.runs.folder import RunFolder

Wish = Literal["go on", "pause", "stop", "leave"]
"""``stop`` ends the run with a model, the best so far; ``leave`` with its checkpoint alone."""

_WORDS: tuple[Wish, ...] = ("go on", "pause", "stop", "leave")

_PATIENCE = 0.2
"""Seconds between two looks at what a paused run is asked to do."""


def tell(folder: RunFolder, wish: Wish) -> None:
    """Tell the run of a folder what to do; it hears it after the step or the object it is at."""
    with written_whole(folder.control) as partial:
        partial.write_text(wish, encoding="utf-8")


class Control:
    """What a run is asked to do.

    Parameters
    ----------
    folder : RunFolder
        A word that lies there already is an old one, and is taken away.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._file = folder.control
        self._file.unlink(missing_ok=True)
        self._has_to_leave = threading.Event()

    @property
    def wish(self) -> Wish:
        """The latest wish; a word that is none is passed over."""
        if self._has_to_leave.is_set():
            return "leave"
        try:
            word = self._file.read_text(encoding="utf-8").strip()
        except OSError:
            return "go on"
        return next((known for known in _WORDS if known == word), "go on")

    def wait(self) -> None:
        """Wait as long as the wish is to pause."""
        while self.wish == "pause":
            time.sleep(_PATIENCE)

    def leave(self) -> None:
        """Wish that the run ends with a checkpoint, for good; from any thread."""
        self._has_to_leave.set()


def when_closed(descriptor: int, act: Callable[[], None]) -> None:
    """Act once a pipe ends, such as standard input when the process at its other end dies."""

    def watch() -> None:
        # Not through a buffered stream: its lock would be held as the interpreter ends.
        while os.read(descriptor, 1024):
            pass
        act()

    threading.Thread(target=watch, daemon=True, name="parent").start()
