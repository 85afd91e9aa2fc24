"""Interactive segmentation: click inside an object, then on its boundary.

Importing the package loads neither torch nor Qt: the public names are loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boundary_click.core.clicks import Click
    from boundary_click.engine.session import Session
    from boundary_click.io.library import load_predictor

__version__ = "0.1.0"
__all__ = ["Click", "Session", "__version__", "load_predictor"]

if not TYPE_CHECKING:
    _HOMES = {
        "Click": "boundary_click.core.clicks",
        "Session": "boundary_click.engine.session",
        "load_predictor": "boundary_click.io.library",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        globals()[name] = value = getattr(import_module(_HOMES[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_HOMES})
