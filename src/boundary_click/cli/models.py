"""``boundary-click models``: what there is, and what it was made of."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from boundary_click.cli import options
from boundary_click.cli.console import output

if TYPE_CHECKING:
    from pathlib import Path

    from boundary_click.cli.options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "models",
        help="list the models and what they were trained on",
        description="List the bundled models, or all that one model says of itself.",
    )
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="name of a model, or path of a .safetensors file"
    )
    parser.add_argument(
        "--folder",
        type=options.path,
        metavar="DIR",
        help="list the .safetensors files of a folder as well",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    if args.name:
        _print_card(args.name)
    else:
        _print_list(args.folder)
    return 0


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
