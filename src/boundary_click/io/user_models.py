"""The user's own models: one file each, named after the model, in a folder of this computer."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from platformdirs import user_data_path

from boundary_click.io.atomic import written_whole
from boundary_click.io.bundled import MODEL_SUFFIX, bundled_models
from boundary_click.io.checkpoint import CheckpointError, file_digest, load_model

FOLDER_VARIABLE = "BOUNDARY_CLICK_MODELS"
"""Environment variable that names another folder."""

_FORBIDDEN = frozenset('<>:"/\\|?*')
_SUM = re.compile("[0-9a-f]{64}")


def models_folder() -> Path:
    """Return the folder of the user's models; it need not exist yet."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else user_data_path("boundary-click", appauthor=False) / "models"


def user_models() -> dict[str, Path]:
    """Return the paths of the user's models, by name; none takes the place of a bundled one."""
    bundled = bundled_models()
    paths = sorted(models_folder().glob(f"*{MODEL_SUFFIX}"))
    return {path.stem: path for path in paths if path.stem not in bundled}


def import_model(path: Path, name: str | None = None, *, sha256: str | None = None) -> Path:
    """Copy a model file into the library and return where it is.

    Parameters
    ----------
    path : Path
    name : str, optional
        Its name from now on, that of the file if not given.
    sha256 : str, optional
        Checksum that the file must have, in hexadecimal.

    Raises
    ------
    CheckpointError
        If the file is no model of this plugin, or damaged, or has another checksum.
    ValueError
        If the name cannot be one or is taken, or the checksum cannot be one.
    """
    if sha256 is not None:
        _check_sum(path, sha256)
    load_model(path)  # all of it: a damaged file is refused now, not at the first click
    target = free_path(path.stem if name is None else name)
    _copy(path, target)
    return target


def check_name(name: str) -> None:
    """Raise if a new model cannot have a name.

    Raises
    ------
    ValueError
        If it cannot be a name, or is taken.
    """
    free_path(name)


def export_model(name: str, path: Path) -> None:
    """Copy a model of the library, the user's or a bundled one, to a file.

    Raises
    ------
    CheckpointError
        If there is no such model.
    OSError
        If the file cannot be written.
    """
    models = bundled_models() | user_models()
    if name not in models:
        raise CheckpointError(f"unknown model {name!r}; choose one of {', '.join(models)}")
    _copy(models[name], path)


def rename_model(name: str, new: str) -> Path:
    """Rename one of the user's models and return where it is.

    Raises
    ------
    CheckpointError
        If there is no such model.
    ValueError
        If it is a bundled one, or the new name cannot be one or is taken.
    """
    return _own(name).rename(free_path(new))


def delete_model(name: str) -> None:
    """Delete one of the user's models.

    Raises
    ------
    CheckpointError
        If there is no such model.
    ValueError
        If it is a bundled one.
    """
    _own(name).unlink()


def free_path(name: str) -> Path:
    """Return the path of a new model; nothing is written.

    Raises
    ------
    ValueError
        If the name cannot be that of a model, or is taken.
    """
    if not name.strip(" .") or name != name.strip() or _FORBIDDEN & set(name):
        raise ValueError(
            f"{name!r} cannot be the name of a model; use letters, digits, spaces, - and _"
        )
    # Some file systems do not tell capitals from small letters.
    if name.lower() in {known.lower() for known in bundled_models() | user_models()}:
        raise ValueError(f"there is a model {name!r} already; choose another name")
    return models_folder() / f"{name}{MODEL_SUFFIX}"


def _own(name: str) -> Path:
    """Return the path of one of the user's models."""
    if name in bundled_models():
        raise ValueError(f"model {name!r} came with the package and stays as it is")
    models = user_models()
    if name not in models:
        known = ", ".join(models) or "(none)"
        raise CheckpointError(f"there is no model {name!r} of your own; there are {known}")
    return models[name]


def _check_sum(path: Path, sha256: str) -> None:
    """Raise if a file has another checksum than it should."""
    expected = sha256.strip().lower().removeprefix("sha256:")
    if not _SUM.fullmatch(expected):
        raise ValueError(f"{sha256!r} is no SHA-256 checksum, which has 64 digits from 0 to f")
    if not path.is_file():
        return  # which reading it says
    if (found := file_digest(path)) != expected:
        raise CheckpointError(
            f"the file is not the one that was meant: its SHA-256 is {found}, expected {expected}; "
            "it was changed or damaged on the way, or the checksum is that of another version"
        )


def _copy(source: Path, target: Path) -> None:
    with written_whole(target) as partial:
        shutil.copyfile(source, partial)
