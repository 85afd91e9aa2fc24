"""``boundary-click maps``: measure the regions that guidance maps are made of."""

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
        "maps",
        help="measure the regions that guidance maps are made of",
        description="Find superpixels and object proposals round each object, and measure how "
        "well they fit it and how long it takes.",
    )
    options.add_data(parser)
    options.add_seed(parser)
    options.add_objects(parser)
    parser.add_argument(
        "--side",
        type=options.positive,
        default=256,
        metavar="PIXELS",
        help="side of the window that each object is looked at in (default: %(default)s)",
    )
    options.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    from boundary_click.cli.measuring import draw_sample, maps_report
    from boundary_click.io.report import write_report

    sample = draw_sample(args.data, count=args.objects, seed=args.seed)
    report = maps_report(sample, seed=args.seed, side=args.side)
    output().print(_table(args.data.name, report["results"]))
    if args.json:
        write_report(args.json, report)
    return 0


def _table(name: str, figures: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table(
        *("regions", "number", "IoU", "IoU above 0.7", "ms"),
        title=f"{name}: {figures['objects']} objects",
    )
    for regions, fit in figures["regions"].items():
        table.add_row(
            regions,
            f"{fit['count']:.0f}",
            f"{fit['iou']:.3f}",
            f"{fit['over70']:.1%}",
            f"{figures['milliseconds'][regions]['median']:.0f}",
        )
    return table
