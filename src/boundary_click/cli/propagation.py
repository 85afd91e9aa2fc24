"""``boundary-click propagation``: how far one click goes in a stack."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from boundary_click.cli import options
from boundary_click.cli.console import output, progress_bar

if TYPE_CHECKING:
    from rich.table import Table

    from boundary_click.cli.options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "propagation",
        help="measure how far one click goes in a stack",
        description="Let the simulated user click objects of a labelled stack on their middle "
        "planes, carry them through the stack, and correct the planes that are listed.",
    )
    parser.add_argument("--image", type=options.path, required=True, help="stack of planes")
    parser.add_argument("--labels", type=options.path, required=True, help="its labels")
    parser.add_argument(
        "--model", default="default", metavar="NAME", help="name or path of a model"
    )
    options.add_device(parser)
    options.add_seed(parser)
    options.add_objects(parser)
    options.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    from boundary_click.benchmark.propagation import (
        draw_bodies,
        find_bodies,
        propagation_summary,
        run_propagation,
    )
    from boundary_click.cli.measuring import load_subject
    from boundary_click.engine.robot_user import RobotUser
    from boundary_click.io.provenance import provenance
    from boundary_click.io.report import write_report
    from boundary_click.io.stacks import read_stack

    image, labels = read_stack(args.image).data, read_stack(args.labels).data
    if labels.ndim != 3 or image.shape[:3] != labels.shape:
        raise ValueError(
            f"labels of shape {labels.shape} do not fit a stack of shape {image.shape}; both need "
            "the same planes, rows and columns"
        )
    found = find_bodies(labels)
    bodies = draw_bodies(found, args.objects, args.seed)
    if not bodies:
        raise ValueError(f"{args.labels} holds no object of 20000 voxels on 20 planes or more")
    subject = load_subject(args.model, args.device)
    with progress_bar() as bar:
        run = run_propagation(image, labels, bodies, subject.predictor, RobotUser(), seed=args.seed)
        results = list(bar.track(run, total=len(bodies), description="Objects"))
    figures = propagation_summary(results)
    output().print(_table(figures))
    if args.json:
        report: dict[str, Any] = {
            "model": subject.source,
            "kind": "propagation",
            "data": {"name": args.image.parent.name, "objects": len(found), "sampled": len(bodies)},
            "robot": {"seed": args.seed},
            "results": figures,
            **provenance(subject.predictor.device),
            "details": [
                {**asdict(each), "milliseconds": [round(ms, 1) for ms in each.milliseconds]}
                for each in results
            ],
        }
        write_report(args.json, report)
    return 0


def _table(figures: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table("", "IoU", "clicks", title=f"{figures['objects']} objects")
    each = f"{figures['clicks_each']:.0f}"
    for name, key, clicks in (
        ("middle plane", "iou_first", ""),
        ("its mask on all planes", "iou_copied", ""),
        ("carried", "iou_carried", ""),
        ("carried, listed planes corrected", "iou_corrected", f"{figures['clicks']:.1f}"),
        ("each plane by itself, planes alone", "iou_each", each),
        ("carried and corrected, planes alone", "iou_each_covered", ""),
    ):
        table.add_row(name, f"{figures[key]:.3f}", clicks)
    return table
