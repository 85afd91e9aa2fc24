"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a path to write to; move it to ``path`` once it is complete.

    Parameters
    ----------
    path : Path
        Its folder is made if need be. A file already there stays until the new one is
        complete.

    Yields
    ------
    Path
        A fresh file in the same folder, with the same suffix.

    Raises
    ------
    OSError
        If the file cannot be written; the message says why, and no part of it is left.
    """
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
        partial = Path(name)
        try:
            yield partial
            partial.chmod(0o666 & ~_umask())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Give an empty folder to write into; move it to ``path`` once it is complete.

    Parameters
    ----------
    path : Path
        The folder it lies in is made if need be. A folder already there stays until the new
        one is complete, and is then replaced with all that it holds.

    Yields
    ------
    Path
        A fresh folder beside it, with the same suffix.

    Raises
    ------
    OSError
        If it cannot be written; the message says why, and no part of it is left.
    """
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as name:
            partial, former = Path(name, f"new{path.suffix}"), Path(name, "former")
            partial.mkdir()
            yield partial
            if path.exists():
                os.replace(path, former)
            try:
                os.replace(partial, path)
            except OSError:
                if former.exists():
                    os.replace(former, path)
                raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Name the file and the remedy where writing it fails."""
    try:
        yield
    except OSError as error:
        raise OSError(f"cannot write {path}: {reason(error)}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def reason(error: OSError) -> str:
    """Return in words why a file cannot be written."""
    if error.errno == errno.ENOSPC:
        return "the disk is full; free some space or choose another folder"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "the folder may not be written to; choose another one"
    return error.strerror or str(error)
