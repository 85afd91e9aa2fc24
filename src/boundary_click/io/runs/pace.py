"""How long a run will still take."""

from __future__ import annotations

from collections.abc import Mapping


class Pace:
    """Means of what was measured in this process, applied to what is left.

    Parameters
    ----------
    steps : mapping of int
        Steps of each stage, in their order.
    interval : int
        Steps between validations.
    """

    def __init__(self, steps: Mapping[str, int], interval: int) -> None:
        self._steps, self._interval = dict(steps), interval
        self._durations: dict[str, list[float]] = {}
        self._validations: list[float] = []

    def stepped(self, stage: str, seconds: float) -> None:
        """Take the duration of a step into account."""
        self._durations.setdefault(stage, []).append(seconds)

    def validated(self, seconds: float) -> None:
        """Take the duration of a validation into account."""
        self._validations.append(seconds)

    def seconds_left(self, stage: str, step: int) -> float:
        """Return the estimate after a step; later stages are taken to be as fast as this one."""
        stages = list(self._steps)
        left = {name: self._steps[name] for name in stages[stages.index(stage) + 1 :]}
        left[stage] = self._steps[stage] - step
        validations = sum(-(-count // self._interval) for count in left.values())
        each = _mean(self._durations.get(stage, []))
        return each * sum(left.values()) + _mean(self._validations) * validations


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
