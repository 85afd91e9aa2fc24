"""Key bindings that leave no trace once released."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Action = Callable[[], None]


class KeyBindings:
    """Binds keys of viewers and layers, and gives back what was bound before."""

    def __init__(self) -> None:
        self._bound: list[tuple[Any, str, Any]] = []

    def bind(self, provider: Any, actions: dict[str, Action]) -> None:
        """Bind keys of a viewer or a layer to actions."""
        for key, action in actions.items():
            before = provider.bind_key(key, _ignoring_source(action), overwrite=True)
            self._bound.append((provider, key, before))

    def release(self, provider: Any | None = None) -> None:
        """Undo the bindings of one viewer or layer, or all."""
        for bound, key, before in reversed(self._bound):
            if provider is None or bound is provider:
                bound.bind_key(key, before, overwrite=True)
        self._bound = [each for each in self._bound if provider and each[0] is not provider]


def _ignoring_source(action: Action) -> Callable[[Any], None]:
    def run(source: Any) -> None:
        action()

    return run
