"""``boundary-click crops``: how much padding a crop needs to hold the whole object."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from boundary_click.cli import options
from boundary_click.cli.console import output

if TYPE_CHECKING:
    from rich.table import Table

    from boundary_click.cli.options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "crops",
        help="measure whether crops hold the whole object",
        description="Measure for several paddings how often the crop that corrections work on "
        "holds the whole object, and how much of the image it leaves out.",
    )
    options.add_data(parser)
    parser.add_argument(
        "--model",
        nargs="+",
        default=["default"],
        metavar="NAME",
        help="models to compare: names that `boundary-click models` lists, or paths of "
        ".safetensors files (default: default)",
    )
    options.add_device(parser)
    options.add_seed(parser)
    options.add_objects(parser)
    options.add_json(parser)
    parser.add_argument(
        "--plot", type=options.path, metavar="OUT.png", help="draw both against the padding here"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    from boundary_click.cli.measuring import crops_report, draw_sample, load_subject
    from boundary_click.io.report import plot_crops, write_report

    sample = draw_sample(args.data, count=args.objects, seed=args.seed)
    subjects = [load_subject(name, args.device) for name in args.model]
    report = crops_report(subjects, sample, seed=args.seed)
    for study in report["results"]:
        output().print(_table(study))
    if args.plot:
        plot_crops(args.plot, report["results"])
    if args.json:
        write_report(args.json, report)
    return 0


def _table(study: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table(
        "padding",
        "object wholly inside",
        "image left out",
        title=f"{study['model']}: {study['objects']} objects",
    )
    for padding, recall, reduction in zip(
        study["paddings"], study["recall"], study["reduction"], strict=True
    ):
        table.add_row(f"{padding:.0%}", f"{recall:.1%}", f"{reduction:.1%}")
    return table
