"""One process at a time."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path


class Lock:
    """A file that says which process has a folder in use.

    Made by `take`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def take(cls, path: Path) -> Lock:
        """Take a lock, or one whose process is gone.

        Raises
        ------
        ValueError
            If another process has it.
        OSError
            If it cannot be written.
        """
        owner = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        for _ in range(2):
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(owner)
            except FileExistsError:
                _check_gone(path)
                path.unlink(missing_ok=True)
            else:
                return cls(path)
        raise ValueError(f"{path.parent} is in use by another process; close it there first")

    def release(self) -> None:
        """Let others take it."""
        self._path.unlink(missing_ok=True)


def is_taken(path: Path) -> bool:
    """Whether a process that is there has a lock."""
    try:
        if path.exists():
            _check_gone(path)
    except ValueError:
        return True
    return False


def _check_gone(path: Path) -> None:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        pid, host = int(owner["pid"]), str(owner["host"])
    except (OSError, ValueError, KeyError, TypeError):
        return  # left half-written by a process that was killed
    if host != socket.gethostname():
        raise ValueError(
            f"{path.parent} is in use on {host}; close it there, or delete {path} if it is not"
        )
    if pid != os.getpid() and not _is_alive(pid):
        return
    raise ValueError(
        f"{path.parent} is in use by process {pid}; close it there, or delete {path} if it is not"
    )


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # signal 0 would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
