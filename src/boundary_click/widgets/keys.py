"""Keys: which there are, which the user wants, and bindings that leave no trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app_model.types import KeyCode
from napari.utils.key_bindings import coerce_keybinding

Action = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a key does.

    Attributes
    ----------
    name : str
        In napari's settings of this plugin.
    key : str
        Unless the user wants another.
    what : str
        It does, in a few words.
    """

    name: str
    key: str
    what: str


COMMANDS = (
    Command("accept", "N", "accept, next object"),
    Command("undo", "U", "undo (also Ctrl+Z)"),
    Command("redo", "Shift-U", "redo (also Ctrl+Shift+Z)"),
    Command("next_kind", "K", "next kind of click"),
    Command("correct", "W", "correct an object that is there"),
    Command("carry_before", "H", "carry to the planes before"),
    Command("carry_after", "J", "carry to the planes after"),
    Command("review", "Q", "review the next doubtful plane"),
    Command("start", "G", "back to clicking"),
)
"""All of them on letters that no layer of napari's uses."""

ALWAYS = {"Control-Z": "undo", "Control-Shift-Z": "redo"}
"""Keys that nobody would want otherwise, and their commands."""


def keys_wanted(told: Any) -> dict[str, str]:
    """Return the key of each command.

    Parameters
    ----------
    told : object or None
        Has the keys as attributes. The usual key stands for one that is none; of two commands
        with one key the first has it.
    """
    keys: dict[str, str] = {}
    for command in COMMANDS:
        wanted = str(getattr(told, command.name, command.key)).strip()
        key = wanted if _is_key(wanted) else command.key
        if key not in keys.values():
            keys[command.name] = key
    return keys


def _is_key(text: str) -> bool:
    try:
        parts = coerce_keybinding(text).parts
    except (TypeError, ValueError, KeyError):
        return False
    return len(parts) == 1 and parts[0].key not in (None, KeyCode.UNKNOWN)


class KeyBindings:
    """Binds keys of a viewer and of layers, and gives back what was bound before."""

    def __init__(self) -> None:
        self._actions: Mapping[str, Action] = {}
        self._before: dict[Any, dict[str, Any]] = {}

    def use(self, actions: Mapping[str, Action]) -> None:
        """Bind these keys, and those of before no more, wherever keys are bound."""
        providers = tuple(self._before)
        self.release()
        self._actions = dict(actions)
        for provider in providers:
            self.attach(provider)

    def attach(self, provider: Any) -> None:
        """Bind the keys of a viewer or a layer, whose own bindings they hide."""
        if provider not in self._before:
            self._before[provider] = {
                key: provider.bind_key(key, _ignoring_source(action), overwrite=True)
                for key, action in self._actions.items()
            }

    def detach(self, provider: Any) -> None:
        """Give the keys of a viewer or a layer back."""
        for key, before in self._before.pop(provider, {}).items():
            provider.bind_key(key, before, overwrite=True)

    def release(self) -> None:
        """Give all keys back."""
        for provider in tuple(self._before):
            self.detach(provider)


def _ignoring_source(action: Action) -> Callable[[Any], None]:
    def run(source: Any) -> None:
        action()

    return run
