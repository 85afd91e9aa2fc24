"""What happens before a run: a plan, a look at the data, a folder. Slow; nothing here knows Qt."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from boundary_click.io.runs.folder import RunFolder
from boundary_click.widgets.train.sources import Source

if TYPE_CHECKING:
    from boundary_click.io.training_data import DataReport, Problem
    from boundary_click.training.config import TrainingConfig
    from boundary_click.training.presets import RunPreset

Changes = Mapping[tuple[str, ...], Any]
"""Values that the user set, by the path of their field."""

_DATA = "data"
"""Folder of a run for what was written for it."""
_DEVICE = "device"
"""File of a run that names where it trains, so that it goes on there."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a preset makes of a model.

    Attributes
    ----------
    base : str
        Name or path of the model.
    preset : str
    config : TrainingConfig
        With a data set and a name that mean nothing.
    """

    base: str
    preset: RunPreset
    config: TrainingConfig


@dataclass(frozen=True, slots=True)
class Split:
    """What is learned, and what is held out to be tried on.

    Attributes
    ----------
    learned, held_out : int
        Objects.
    by : {"images", "objects"}
        What is held out as a whole.
    """

    learned: int
    held_out: int
    by: Literal["images", "objects"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in the data.

    Attributes
    ----------
    report : DataReport
    split : Split or None
        None where training cannot start.
    """

    report: DataReport
    split: Split | None


def make_plan(base: str, preset: RunPreset) -> Plan:
    """Return the plan for a model and a preset.

    Raises
    ------
    CheckpointError
        If the model cannot be read.
    """
    from boundary_click.io.checkpoint import read_card
    from boundary_click.io.library import find_model
    from boundary_click.training.config import DataConfig
    from boundary_click.training.presets import BaseModel, run_config

    path = find_model(base)
    model = BaseModel(_absolute(base), read_card(path).architecture)
    return Plan(base, preset, run_config(model, (DataConfig(path=_DATA),), preset, name="model"))


def _absolute(base: str) -> str:
    """Return the name of a model, or the path of its file from wherever it is read."""
    from boundary_click.io.library import known_models

    return base if base in known_models() else str(Path(base).resolve())


def check(source: Source, share: float, seed: int) -> Checked:
    """Look through data without keeping anything of it.

    Parameters
    ----------
    source : Source
    share : float
        Of images or objects that is held out.
    seed : int
        Of what is held out.
    """
    with tempfile.TemporaryDirectory(prefix="boundary-click-") as name:
        return _look_through(Path(name), source.write(Path(name)), share, seed)


def prepare(
    source: Source, config: TrainingConfig, changes: Changes, *, name: str, device: str
) -> RunFolder:
    """Make the folder of a run, with its data and its configuration; it is not started.

    Raises
    ------
    ValueError
        If the name is taken, or the data or the configuration cannot be used.
    OSError
        If the disk is full, say. Nothing is left of the folder then.
    """
    from boundary_click.io.runs.place import new_run

    folder = new_run(name)
    try:
        written = source.write(folder.path / _DATA)
        paths = [p if Path(p).is_absolute() else f"{_DATA}/{p}" for p in written]
        whole = with_changes(config, {**changes, ("name",): name, ("data",): _sets(paths)})
        found = _look_through(folder.path, paths, whole.validation_share, whole.validation_seed)
        if not found.report.can_train:
            raise ValueError(" ".join(map(sentence, found.report.problems)))
        folder.path.mkdir(parents=True, exist_ok=True)
        folder.write_config(whole)
        (folder.path / _DEVICE).write_text(device, encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
    return folder


def device_of(folder: RunFolder) -> str:
    """Return the device that a run was started on, ``auto`` if it is not known."""
    try:
        return (folder.path / _DEVICE).read_text(encoding="utf-8").strip() or "auto"
    except OSError:
        return "auto"


def with_changes(config: TrainingConfig, changes: Changes) -> TrainingConfig:
    """Return a configuration with other values.

    Raises
    ------
    ValueError
        If they do not go together; the message names the fields.
    """
    fields: dict[str, Any] = config.model_dump(mode="json")
    for path, value in changes.items():
        place = fields
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value
    try:
        return type(config).model_validate(fields)
    except ValidationError as error:
        told = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}".lstrip(": ") for e in error.errors())
        raise ValueError("; ".join(told)) from None


def sentence(problem: Problem) -> str:
    """Return a problem with the file that it is about."""
    where = f"{Path(problem.where).name}: " if problem.where else ""
    text = f"{where}{problem.message}"
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _sets(paths: Sequence[str]) -> list[dict[str, Any]]:
    return [{"path": path} for path in paths]


def _look_through(root: Path, paths: Sequence[str], share: float, seed: int) -> Checked:
    from boundary_click.io.training_data import check_data

    folders = [root / path for path in paths]
    report = check_data(folders)
    return Checked(report, _split(folders, share, seed) if report.can_train else None)


def _split(folders: Sequence[Path], share: float, seed: int) -> Split:
    """Return how many objects are learned and held out."""
    from boundary_click.io.datasets import find_pairs
    from boundary_click.io.runs.split import split_pairs

    splits = [split_pairs(find_pairs(folder), share, seed) for folder in folders]
    return Split(
        learned=sum(split.source.count for split in splits),
        held_out=sum(len(split.targets("")) for split in splits),
        by="objects" if any(split.held_out for split in splits) else "images",
    )
