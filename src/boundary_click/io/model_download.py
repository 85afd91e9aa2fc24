"""Models from the internet: only with the checksum that their publisher states."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import pooch

from boundary_click.io.bundled import MODEL_SUFFIX
from boundary_click.io.user_models import check_name, import_model

_TIMEOUT = 30
"""Seconds that a server may be silent."""

Progress = Callable[[int, int], None]
"""Is told the bytes so far and the bytes of the file, 0 where the server does not say."""


def is_address(text: str) -> bool:
    """Return whether a text is an address on the internet, not a path."""
    return text.lower().startswith(("http://", "https://"))


def download_model(
    url: str, *, sha256: str, name: str | None = None, progress: Progress | None = None
) -> Path:
    """Download a model into the library, whole or not at all, and return where it is.

    Parameters
    ----------
    url : str
        Address of a model file, ``http`` or ``https``.
    sha256 : str
        SHA-256 of the file in hexadecimal, as its publisher states it.
    name : str, optional
        Its name from now on, the last part of the address if not given.
    progress : callable, optional

    Raises
    ------
    CheckpointError
        If the file has another checksum, or is no model of this plugin.
    ConnectionError
        If it cannot be had from the address.
    ValueError
        If the name cannot be one or is taken, or the checksum cannot be one.
    """
    name = _name_in(url) if name is None else name
    check_name(name)  # before anything is downloaded
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"download{MODEL_SUFFIX}")
        _fetch(url, path, progress)
        return import_model(path, name, sha256=sha256)


def _name_in(url: str) -> str:
    """Return the model's name in an address."""
    last = PurePosixPath(unquote(urlsplit(url).path))
    if last.suffix != MODEL_SUFFIX:
        raise ValueError(
            f"{url} does not end in the name of a {MODEL_SUFFIX} file; give it a name (--name)"
        )
    return last.stem


def _fetch(url: str, path: Path, progress: Progress | None) -> None:
    """Download a file."""
    from requests import HTTPError, RequestException

    meter = _Meter(progress) if progress else False
    download = pooch.HTTPDownloader(progressbar=meter, timeout=_TIMEOUT)
    try:
        download(url, str(path), None)
    except HTTPError as error:
        answer = str(error).partition(" for url")[0]  # as "404 Client Error: Not Found"
        raise ConnectionError(f"cannot download {url}: {answer}; check the address") from error
    except RequestException as error:
        raise ConnectionError(
            f"cannot download {url}: {_cause(error)}; check the address and the network, or "
            "download the file in another way and import it"
        ) from error


def _cause(error: BaseException) -> str:
    """Return in few words why nothing came: the requests' own are pages long."""
    from requests import ConnectTimeout, ReadTimeout

    if isinstance(error, (ConnectTimeout, ReadTimeout)):
        return f"the server was silent for {_TIMEOUT} s"
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__


class _Meter:
    """What pooch calls a progress bar."""

    def __init__(self, tell: Progress) -> None:
        self.total, self._done, self._tell = 0, 0, tell

    def update(self, count: int) -> None:
        """Count bytes."""
        self._done += count
        self._tell(self._done, self.total)

    def reset(self) -> None:
        """Start anew."""
        self._done = 0

    def close(self) -> None:
        """End."""
