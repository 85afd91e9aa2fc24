"""What ``boundary-click models`` does to the library: import, rename, delete, export."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from boundary_click.cli import options
from boundary_click.cli.console import output, progress_bar
from boundary_click.io.model_exports import SUFFIXES

USAGE = """\
  import FILE_OR_URL      take a model file into the library, from the internet with its --sha256
  rename OLD NEW          rename a model of your own
  delete NAME             delete a model of your own
  export NAME --to FILE   write a model as safetensors, ONNX or a bioimage.io package
"""


class Command(NamedTuple):
    """A command of the library.

    Attributes
    ----------
    operands : tuple of str
        What follows its name.
    options : frozenset of str
        What it can be told besides.
    act : callable
        Does it.
    """

    operands: tuple[str, ...]
    options: frozenset[str]
    act: Callable[[argparse.Namespace], None]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of all commands."""
    parser.add_argument("--name", metavar="NAME", help="import: its name in the library")
    parser.add_argument(
        "--sha256",
        metavar="HASH",
        help="import: checksum of the file, as its publisher states it; needed for an address",
    )
    parser.add_argument("--to", type=options.path, metavar="FILE", help="export: file to write")
    parser.add_argument(
        "--format",
        choices=tuple(SUFFIXES),
        help="export: format to write (default: the one that FILE ends like)",
    )


def chosen(words: list[str]) -> Command | None:
    """Return the command that words begin with, if its operands follow."""
    command = COMMANDS.get(words[0]) if words else None
    return command if command and len(words) == 1 + len(command.operands) else None


def _import(args: argparse.Namespace) -> None:
    from boundary_click.io.model_download import is_address
    from boundary_click.io.user_models import import_model

    source = args.words[1]
    if not is_address(source):
        path = import_model(options.path(source), args.name, sha256=args.sha256)
    elif args.sha256 is None:
        raise ValueError(
            "a model from the internet needs --sha256 HASH: the checksum that its publisher states"
        )
    else:
        path = _downloaded(source, args)
    _say(f"{path.stem} is in the library: {path}")


def _downloaded(url: str, args: argparse.Namespace) -> Path:
    from boundary_click.io.model_download import download_model

    with progress_bar("bytes") as bar:
        task = bar.add_task("Download", total=None)
        return download_model(
            url,
            sha256=args.sha256,
            name=args.name,
            progress=lambda done, size: bar.update(task, completed=done, total=size or None),
        )


def _rename(args: argparse.Namespace) -> None:
    from boundary_click.io.user_models import rename_model

    _, old, new = args.words
    _say(f"{old} is now {rename_model(old, new).stem}")


def _delete(args: argparse.Namespace) -> None:
    from boundary_click.io.user_models import delete_model

    delete_model(args.words[1])
    _say(f"{args.words[1]} is deleted")


def _export(args: argparse.Namespace) -> None:
    from boundary_click.io.model_exports.formats import write_model

    if args.to is None:
        raise ValueError("say where to write the model: --to FILE")
    suffix = SUFFIXES.get(args.format, args.to.suffix.lower())
    if args.to.suffix.lower() != suffix:
        raise ValueError(f"{args.to} must end in {suffix} to hold {args.format}")
    for path in write_model(args.words[1], args.to):
        _say(f"Wrote {path}")


def _say(text: str) -> None:
    output().print(text, soft_wrap=True, markup=False)


COMMANDS = {
    "import": Command(("FILE_OR_URL",), frozenset({"name", "sha256"}), _import),
    "rename": Command(("OLD", "NEW"), frozenset(), _rename),
    "delete": Command(("NAME",), frozenset(), _delete),
    "export": Command(("NAME",), frozenset({"to", "format"}), _export),
}
"""By name."""
