"""``boundary-click models``: what there is, what it was made of, and the library of one's own."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from boundary_click.cli import options
from boundary_click.cli.console import output
from boundary_click.cli.model_library import COMMANDS, USAGE, add_options, chosen

if TYPE_CHECKING:
    from pathlib import Path

    from boundary_click.cli.options import Subparsers

_DESCRIPTION = """\
List the models, or all that one model says of itself, or change the library:

  (nothing)               list the models
  NAME                    print all that a model, or a .safetensors file, says of itself
{commands}"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "models",
        help="list, import and export models",
        description=_DESCRIPTION.format(commands=USAGE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="NAME or COMMAND", help="see above")
    parser.add_argument(
        "--folder",
        type=options.path,
        metavar="DIR",
        help="list the .safetensors files of a folder as well",
    )
    add_options(parser)
    parser.set_defaults(run=run, refuse=parser.error)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    words, command = args.words, chosen(args.words)
    _check(args, frozenset() if command is None else command.options)
    if command is not None:
        command.act(args)
    elif not words:
        _print_list(args.folder)
    elif len(words) > 1 or _is_unfinished(words[0]):
        known = [" ".join((name, *each.operands)) for name, each in COMMANDS.items()]
        args.refuse(f"{' '.join(words)} is none of: NAME, {', '.join(known)}")
    else:
        _print_card(words[0])
    return 0


def _check(args: argparse.Namespace, fitting: frozenset[str]) -> None:
    """End the process if an option is given that says nothing here."""
    for name in ("name", "sha256", "to", "format"):
        if getattr(args, name) is not None and name not in fitting:
            takers = [command for command, each in COMMANDS.items() if name in each.options]
            args.refuse(f"--{name} belongs to {takers[0]}")


def _is_unfinished(word: str) -> bool:
    """Return whether a word is the name of a command, and of no model."""
    from boundary_click.io.library import known_models

    return word in COMMANDS and word not in known_models()


def _print_card(name: str) -> None:
    from boundary_click.io.checkpoint import file_digest, read_card
    from boundary_click.io.library import find_model

    path = find_model(name)
    card = read_card(path)
    output().print(f"{path}\nsha256 {file_digest(path)}", soft_wrap=True, markup=False)
    output().print_json(card.model_dump_json())


def _print_list(folder: Path | None) -> None:
    from rich.table import Column, Table

    from boundary_click.io.checkpoint import CheckpointError, NotAModelError, read_card
    from boundary_click.io.library import known_models

    models = known_models()
    if folder:
        if not folder.is_dir():
            raise ValueError(f"no such folder: {folder}")
        models |= {str(path): path for path in sorted(folder.glob("*.safetensors"))}
    table = Table(Column("name", overflow="fold"), "what for", "licence", "trained on", "MB")
    for name, path in models.items():
        try:
            card = read_card(path)
        except NotAModelError:  # the state of a run, which lies beside its model
            continue
        except CheckpointError as error:
            table.add_row(name, str(error), "", "", "")
            continue
        size = f"{path.stat().st_size / 1e6:.1f}"
        table.add_row(name, card.description, card.licence, "\n".join(card.data), size)
    output().print(table)
