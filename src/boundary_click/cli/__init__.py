"""The command ``boundary-click``. It needs no Qt, and loads torch only to run a model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module

import boundary_click

COMMANDS = (
    "demo",
    "segment",
    "export",
    "train",
    "evaluate",
    "crops",
    "maps",
    "benchmark",
    "models",
    "info",
)
"""Each a module of this package with ``add_parser(subparsers)`` and ``run(args) -> int``."""

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process if not given.

    Returns
    -------
    int
        0 if all went well, 1 if not: then one line on standard error says why. A wrong
        argument ends the process with 2.
    """
    args = _parser().parse_args(arguments)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        _complain("interrupted")
        return _INTERRUPTED
    except (ValueError, TypeError, OSError, ImportError, RuntimeError) as error:
        _complain(f"error: {error if str(error) else type(error).__name__}")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="boundary-click",
        description="Interactive segmentation: click inside an object, then on its boundary.",
    )
    parser.add_argument("--version", action="version", version=boundary_click.__version__)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"boundary_click.cli.{name}").add_parser(subparsers)
    return parser


def _complain(message: str) -> None:
    from boundary_click.cli.console import errors

    line = " ".join(message.split())
    errors().print(f"boundary-click: {line}", markup=False)
