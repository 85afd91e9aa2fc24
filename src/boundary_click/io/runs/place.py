"""Where the runs that were started without a folder of their own lie on this computer."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

from boundary_click.io.runs.folder import RunFolder

FOLDER_VARIABLE = "BOUNDARY_CLICK_RUNS"
"""Environment variable that names another folder."""


def runs_folder() -> Path:
    """Return the folder of the user's runs; it need not exist yet."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else user_data_path("boundary-click", appauthor=False) / "runs"


def new_run(name: str) -> RunFolder:
    """Return the folder of a new run, which is not made yet.

    Parameters
    ----------
    name : str
        Of the run, and of the model that it will make.

    Raises
    ------
    ValueError
        If it cannot be the name of a model, or a run or a model has it already.
    """
    from boundary_click.io.user_models import free_path  # loads torch

    free_path(name)
    folder = RunFolder(runs_folder() / name)
    if folder.path.exists():
        raise ValueError(f"there is a run {name!r} already; choose another name, or delete it")
    return folder


def free_name(wanted: str) -> str:
    """Return a name like the one that is wanted which a new run can have."""
    clean = "".join(sign if sign.isalnum() or sign in " -_." else "-" for sign in wanted)
    clean = clean.strip(" .-") or "model"
    for number in range(1, 1000):
        name = clean if number == 1 else f"{clean} {number}"
        try:
            new_run(name)
        except ValueError:
            continue
        return name
    raise ValueError(f"there are a thousand runs called {clean!r}; choose another name")
