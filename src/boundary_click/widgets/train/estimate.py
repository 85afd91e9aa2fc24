"""How long a run will take and how much memory it needs, before it starts: no more than a guess."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.record import list_runs
from boundary_click.widgets.train.preparing import device_of

if TYPE_CHECKING:
    from boundary_click.training.config import TrainingConfig

_CPU_PACE = 0.2
"""Seconds for an object in a step on a CPU core; docs/train.md says one to two for eight."""
_CPU_TRIAL = 0.6
"""Seconds for a held-out object in a validation there."""
_MEMORY = 700.0, 150.0
"""Megabytes of a run, and for each object of a batch besides, on a CPU; a process of the presets
with the bundled model was measured."""
_RECENT = 200
"""Lines of an earlier run that are looked at."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast training is here.

    Attributes
    ----------
    seconds : float
        For one object in a step.
    basis : str
        Name of the run that it was measured in; empty for a figure from the documentation.
    """

    seconds: float
    basis: str = ""


def measured_pace(root: Path, device: str) -> Pace | None:
    """Return the pace of the latest run on a device, None if there was none; reads files."""
    for run in list_runs(root):
        options, lines = _read_config(run.folder), _recent_steps(run.folder)
        if _kind_of(device_of(run.folder)) != _kind_of(device) or len(lines) < 3:
            continue
        each = [
            line["seconds"] / options[_section(line["stage"])]["batch_size"]
            for line in lines[1:]
            if line["stage"] != "refinement"
        ]
        if each:
            return Pace(sorted(each)[len(each) // 2], run.name)
    return None


def in_words(config: TrainingConfig, pace: Pace | None, device: str) -> str:
    """Return what to expect, with what the guess is made from."""
    steps = {stage: config.options_of(stage) for stage in config.stages}
    largest = max((o.batch_size for o in steps.values() if o.steps), default=1)
    memory = _MEMORY[0] + _MEMORY[1] * largest
    held = f"about {memory / 1024:.1f} GB of memory"
    count = sum(options.steps for options in steps.values())
    if pace is None and _kind_of(device) != "cpu":
        return f"{count} steps; {held}. How fast this device is shows in its first run."
    each = pace.seconds if pace else _CPU_PACE
    learning = sum(o.steps * o.batch_size for o in steps.values()) * each
    trials = sum(-(-o.steps // config.validation_interval) for o in steps.values()) + 1
    total = learning + trials * config.validation_objects * _CPU_TRIAL * each / _CPU_PACE
    basis = f"as fast as {pace.basis!r}" if pace else "at a usual pace of a CPU"
    return f"{count} steps, {duration(total)} {basis}; {held}."


def duration(seconds: float) -> str:
    """Return a duration in words, as rough as a guess is."""
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    minutes = seconds / 60
    if minutes < 90:
        return f"about {round(minutes)} min"
    return (
        f"about {minutes / 60:.1f} h" if minutes < 60 * 36 else f"about {minutes / 1440:.0f} days"
    )


def _section(stage: str) -> str:
    return stage if stage in ("selection", "refinement") else "guidance"


def _recent_steps(folder: RunFolder) -> list[dict[str, Any]]:
    try:
        with folder.metrics.open(encoding="utf-8") as file:
            lines = [json.loads(line) for line in islice(file, _RECENT) if line.endswith("\n")]
    except (OSError, ValueError):
        return []
    return [line for line in lines if line.get("event") == "step"]


def _read_config(folder: RunFolder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(folder.config.read_text(encoding="utf-8"))
    return found


def _kind_of(device: str) -> str:
    return device.partition(":")[0].strip()
