"""What the user sets for this plugin in napari's preferences."""

from __future__ import annotations

from typing import Any

_PLUGIN = "napari-boundary-click"


def preferences(section: str) -> Any:
    """Return a section of the plugin's settings, None if this napari has none for plugins."""
    try:
        from napari.settings import get_plugin_settings

        return getattr(get_plugin_settings(_PLUGIN), section)
    except (ImportError, KeyError, AttributeError):
        return None
