"""The folder of a training run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boundary_click.io.atomic import reason, written_whole

if TYPE_CHECKING:
    from boundary_click.training.config import TrainingConfig


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where a run keeps its files.

    Parameters
    ----------
    path : Path
    """

    path: Path

    @property
    def state(self) -> Path:
        """The latest checkpoint, to resume from."""
        return self.path / "state.safetensors"

    @property
    def best(self) -> Path:
        """The best model so far."""
        return self.path / "best.safetensors"

    @property
    def model(self) -> Path:
        """The finished model."""
        return self.path / "model.safetensors"

    @property
    def metrics(self) -> Path:
        """Losses and validations as JSON lines."""
        return self.path / "metrics.jsonl"

    @property
    def config(self) -> Path:
        """The configuration of the run."""
        return self.path / "config.json"

    @property
    def record(self) -> Path:
        """How the run stands."""
        return self.path / "run.json"

    @property
    def control(self) -> Path:
        """What the run is asked to do."""
        return self.path / "control"

    @property
    def previews(self) -> Path:
        """Pictures of held-out objects."""
        return self.path / "previews"

    def write_config(self, config: TrainingConfig) -> None:
        """Store the configuration of the run, which can be read as that of a run to start."""
        with written_whole(self.config) as partial:
            partial.write_text(config.model_dump_json(indent=2), encoding="utf-8")

    def clear(self) -> None:
        """Delete what a run before left, but for its finished model."""
        for path in (self.state, self.best, self.metrics, self.config, self.record):
            path.unlink(missing_ok=True)
        for picture in self.previews.glob("*.png"):
            picture.unlink()

    def read_metrics(self) -> list[dict[str, Any]]:
        """Return the lines of the metrics; one that was cut off by a crash is left out."""
        if not self.metrics.is_file():
            return []
        whole, _, _ = self.metrics.read_text(encoding="utf-8").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def forget_metrics(self, stages: Sequence[str], *, after: tuple[str, int] | None) -> None:
        """Drop the metrics after a step of a stage, or all without one.

        Parameters
        ----------
        stages : sequence of str
            In their order.
        after : tuple or None
            Stage and step.
        """
        reached = (stages.index(after[0]), after[1]) if after else (-1, 0)
        text = "".join(
            f"{json.dumps(line)}\n"
            for line in self.read_metrics()
            if (stages.index(line["stage"]), line["step"]) <= reached
        )
        with written_whole(self.metrics) as partial:
            partial.write_text(text, encoding="utf-8")

    def add_metrics(self, line: dict[str, Any]) -> None:
        """Append a line to the metrics.

        Raises
        ------
        OSError
            If it cannot be written; the message says why.
        """
        try:
            with self.metrics.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise OSError(f"cannot write {self.metrics}: {reason(error)}") from error
