"""``boundary-click segment``: turn a table of clicks into labels."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from boundary_click.cli import options
from boundary_click.cli.console import output, progress_bar

if TYPE_CHECKING:
    from boundary_click.cli.labelling import Labelled
    from boundary_click.cli.options import Subparsers

_DESCRIPTION = """\
Turn a table of clicks into labels of the size of the image.

The table is CSV with one line a click and the columns object (its label, from 1), order (of the
clicks of one object), kind (positive, negative or boundary), row, col (pixels; integers are pixel
centres) and, for a stack, plane (z, or "t,z", from 0). The first click of an object must be
positive. Where masks overlap, the object that the table names first keeps its pixels.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "segment",
        help="turn a table of clicks into labels",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("image", type=options.path, metavar="IMAGE", help="TIFF stack, PNG or JPEG")
    parser.add_argument("clicks", type=options.path, metavar="CLICKS.csv", help="table of clicks")
    parser.add_argument(
        "-o",
        "--output",
        type=options.path,
        metavar="LABELS.tif",
        required=True,
        help="OME-TIFF to write, with the planes and the pixel size of the image",
    )
    options.add_model(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    import numpy as np

    from boundary_click.cli.labelling import label_objects
    from boundary_click.io.clicks_csv import read_clicks
    from boundary_click.io.library import load_predictor
    from boundary_click.io.stacks import read_stack, write_labels

    objects = read_clicks(args.clicks)
    stack = read_stack(args.image)
    predictor = load_predictor(args.model, args.device)
    labels = np.zeros(stack.shape, dtype=np.uint32)
    with progress_bar() as bar:
        found = list(
            bar.track(
                label_objects(labels, stack, objects, predictor),
                total=len(objects),
                description="Objects",
            )
        )
    write_labels(args.output, labels, stack)
    _print(found)
    output().print(f"Wrote {args.output}", soft_wrap=True, markup=False)
    return 0


def _print(found: list[Labelled]) -> None:
    from rich.table import Table

    table = Table("object", "plane", "clicks", "pixels", "overlap")
    for labelled in found:
        clicked = labelled.clicked
        table.add_row(
            str(clicked.object_id),
            ",".join(map(str, clicked.plane)),
            str(len(clicked.clicks)),
            str(labelled.pixels),
            str(labelled.taken or ""),
        )
    output().print(table)
