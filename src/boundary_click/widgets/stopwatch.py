"""The time that a user spends on an object."""

from __future__ import annotations

from time import perf_counter

_LONGEST_THOUGHT = 30.0
"""Seconds between two steps that count at most: then the user was elsewhere."""


class Stopwatch:
    """Counts the seconds between one step and the next."""

    def __init__(self) -> None:
        self._since = perf_counter()

    @property
    def seconds(self) -> float:
        """Since the last step, as far as they count."""
        return min(perf_counter() - self._since, _LONGEST_THOUGHT)

    def lap(self) -> float:
        """Return the seconds since the last step, and begin another."""
        seconds, self._since = self.seconds, perf_counter()
        return seconds
