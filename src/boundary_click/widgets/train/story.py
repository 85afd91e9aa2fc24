"""What a run has done so far, put together from what it says or from what it keeps."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.messages import Message
from boundary_click.io.runs.record import summarise

State = Literal["starting", "running", "paused", "stopped", "finished", "failed"]

_RECENT = 50
"""Steps whose duration says how long the rest takes."""

_STAGES: dict[str, str] = {"selection": "finding objects", "refinement": "corrections"}


@dataclass(slots=True, eq=False)
class RunStory:
    """What a run has done so far.

    Attributes
    ----------
    state : str
    stages : dict of int
        Steps of each stage, in their order; empty as long as nothing is known.
    stage, step : str, int
        Where it is.
    losses : list of tuple
        Place in the run, counted in steps over all stages, and loss.
    trials : list of tuple
        Place in the run, and metrics by name; the model that it starts from at place 0.
    first_pictures, pictures : tuple of str
        Held-out objects, as the model that it starts from sees them and as the latest does.
    seconds_left : float or None
    device : str
    objects : tuple of int or None
        To learn, and held out.
    batch_size : int or None
        What became of the batch, if memory ran out.
    message : str
        Why it failed.
    before, after : dict of float
        Metrics of the model that it starts from and of the best so far.
    warning : str
        What to be wary of in its model.
    """

    state: State = "starting"
    stages: dict[str, int] = field(default_factory=dict)
    stage: str = ""
    step: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)
    trials: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    first_pictures: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    seconds_left: float | None = None
    device: str = ""
    objects: tuple[int, int] | None = None
    batch_size: int | None = None
    message: str = ""
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)
    warning: str = ""

    @property
    def is_going(self) -> bool:
        """Whether a process works on it."""
        return self.state in ("starting", "running", "paused")

    @property
    def done(self) -> int:
        """Steps done, over all stages."""
        return self._place(self.stage, self.step) if self.stage else 0

    @property
    def total(self) -> int:
        """Steps of the whole run; 0 as long as it is not known."""
        return sum(self.stages.values())

    @property
    def doing(self) -> str:
        """What it learns now, in words; empty where there is but one thing."""
        several = [stage for stage, steps in self.stages.items() if steps]
        return _STAGES.get(self.stage, self.stage) if len(several) > 1 else ""

    def take(self, message: Message) -> None:
        """Take what the run says into account."""
        if message.event == "started":
            self.state, self.stages, self.device = "running", dict(message.stages), message.device
            self.objects = message.training_objects, message.validation_objects
        elif message.event == "step":
            self.stage, self.step, self.state = message.stage, message.step, "running"
            self.seconds_left = message.seconds_left
            self._add(self.losses, self._place(message.stage, message.step), message.loss)
        elif message.event == "validated":
            self._tried(message.stage, message.step, message.metrics, is_best=message.is_best)
        elif message.event == "preview":
            self._show(message.step, message.paths)
        elif message.event == "batch_halved":
            self.batch_size = message.batch_size
        elif message.event == "not_validated":
            self.warning = message.problem
        elif message.event == "finished":
            self.state = "stopped" if message.is_early else "finished"
            self.before, self.after = message.before, message.after
            self.warning = message.warning
        elif message.event == "failed":
            self.state, self.message = "failed", message.message
        elif message.event in ("paused", "went_on", "left"):
            states: dict[str, State] = {"paused": "paused", "went_on": "running", "left": "stopped"}
            self.state = states[message.event]

    def _tried(self, stage: str, step: int, metrics: dict[str, float], *, is_best: bool) -> None:
        place = self._place(stage, step)
        self._add(self.trials, place, metrics)
        if not place:
            self.before = metrics
        elif is_best:
            self.after = metrics

    def _show(self, step: int, paths: tuple[str, ...]) -> None:
        if not step and not self.pictures:
            self.first_pictures = paths
        elif step:
            self.pictures = paths

    def _place(self, stage: str, step: int) -> int:
        names = list(self.stages)
        before = names[: names.index(stage)] if stage in names else []
        return sum(self.stages[name] for name in before) + step

    @staticmethod
    def _add(series: list[tuple[int, Any]], place: int, value: Any) -> None:
        """Append to a series; what comes later is of a run that went on from before."""
        while series and series[-1][0] >= place:
            series.pop()
        series.append((place, value))


def read_story(folder: RunFolder) -> RunStory:
    """Return what a run has done by the files that it keeps; for any thread, reads files.

    A file that is missing or cut off counts as empty.
    """
    from boundary_click.io.runs.card import warning_of  # loads torch

    found = summarise(folder)
    story = RunStory(stages=_stages(folder))
    durations: deque[float] = deque(maxlen=_RECENT)
    for line in _metrics(folder):
        if line["event"] == "step":
            place = story._place(line["stage"], line["step"])
            story._add(story.losses, place, line["loss"])
            story.stage, story.step = line["stage"], line["step"]
            durations.append(line["seconds"])
        else:
            metrics = {k: v for k, v in line.items() if k not in ("event", "stage", "step")}
            story._tried(line["stage"], line["step"], metrics, is_best=False)
    story.first_pictures, story.pictures = _pictures(folder, list(story.stages))
    if durations:
        story.seconds_left = (story.total - story.done) * sum(durations) / len(durations)
    story.state, story.message = found.state, found.message
    story.before, story.after = found.before or story.before, found.best
    story.warning = warning_of(story.after, story.before)
    return story


def _stages(folder: RunFolder) -> dict[str, int]:
    from boundary_click.training.config import TrainingConfig

    try:
        text = folder.config.read_text(encoding="utf-8")
        config = TrainingConfig.model_validate_json(text)
    except (OSError, ValueError):
        return {}
    return {stage: config.options_of(stage).steps for stage in config.stages}


def _metrics(folder: RunFolder) -> list[dict[str, Any]]:
    try:
        return folder.read_metrics()
    except (OSError, json.JSONDecodeError):
        return []


def _pictures(folder: RunFolder, stages: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the pictures of the model that a run starts from, and the latest ones."""
    groups: dict[tuple[int, int], list[Path]] = {}
    for path in sorted(folder.previews.glob("*.png")):
        match = re.fullmatch(r"(.+)-(\d{6,})-\d+", path.stem)
        if match and match[1] in stages:
            groups.setdefault((stages.index(match[1]), int(match[2])), []).append(path)
    first = groups.pop((0, 0), [])
    latest = groups[max(groups)] if groups else []
    return tuple(map(str, first)), tuple(map(str, latest))
