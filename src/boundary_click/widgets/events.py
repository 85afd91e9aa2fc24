"""Connections to events that leave no trace once released."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Connections:
    """Connects events to callbacks, and takes all of that back at once."""

    def __init__(self) -> None:
        self._made: list[tuple[Any, Callable[[Any], None]]] = []

    def connect(self, callback: Callable[[Any], None], *events: Any) -> None:
        """Call a callback at each of these events."""
        for event in events:
            event.connect(callback)
            self._made.append((event, callback))

    def release(self) -> None:
        """Disconnect everything."""
        for event, callback in self._made:
            event.disconnect(callback)
        self._made.clear()
