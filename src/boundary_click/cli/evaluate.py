"""``boundary-click evaluate``: measure a model with a simulated user."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from boundary_click.cli import options
from boundary_click.cli.console import output
from boundary_click.cli.speed import measure

if TYPE_CHECKING:
    from rich.table import Table

    from boundary_click.cli.measuring import Subject
    from boundary_click.cli.options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a model with a simulated user",
        description="Measure a model: a simulated user clicks, then corrects the largest error, up "
        "to 20 clicks an object. The model never sees the labels.",
    )
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument(
        "--data",
        type=options.path,
        metavar="DIR",
        help="folder with images/ and labels/ of the same stems; measures clicks and IoU",
    )
    task.add_argument(
        "--speed",
        action="store_true",
        help="measure milliseconds on images of two sizes instead, beside a ResNet-18 classifier",
    )
    options.add_model(parser)
    options.add_robot(parser)
    parser.add_argument(
        "--objects",
        type=options.positive,
        metavar="N",
        help="draw at most N objects, spread over the images (default: all of 20 pixels or more; "
        "with --speed 40)",
    )
    options.add_json(parser)
    parser.add_argument(
        "--plot", type=options.path, metavar="OUT.png", help="draw mean IoU against clicks here"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    from boundary_click.cli.measuring import load_subject
    from boundary_click.io.report import write_report

    if args.speed and args.plot:
        raise ValueError("--plot draws the curve of --data; leave it out with --speed")
    subject = load_subject(args.model, args.device)
    report = measure(args, subject) if args.speed else _evaluate(args, subject)
    if args.json:
        write_report(args.json, report)
    return 0


def _evaluate(args: argparse.Namespace, subject: Subject) -> dict[str, Any]:
    from boundary_click.cli.measuring import clicks_report, draw_sample
    from boundary_click.io.report import plot_curves

    sample = draw_sample(args.data, count=args.objects, seed=args.seed)
    robot = options.robot_user(args, subject.predictor)
    report = clicks_report(subject, sample, robot, seed=args.seed)
    name, figures = subject.predictor.name, report["results"]
    output().print(_table(f"{name} on {args.data.name}, {args.style} clicks", figures))
    if args.plot:
        plot_curves(args.plot, {f"{args.data.name}, {args.style}": figures["curve"]})
    return report


def _table(title: str, figures: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table("", "", title=f"{title}: {figures['objects']} objects", show_header=False)
    for clicks, value in figures["iou"].items():
        table.add_row(
            f"mean IoU after {clicks} click{'s' if clicks != '1' else ''}", f"{value:.3f}"
        )
    for percent, reached in figures["clicks"].items():
        table.add_row(
            f"clicks to {percent} % IoU",
            f"{reached['mean']:.2f}, {reached['failures']} fail ({reached['failure_share']:.1%})",
        )
    drops = figures["drops"]
    table.add_row(
        "objects ever worse by more than 0.02",
        f"{drops['share']:.1%}, at most {drops['largest']:.3f}",
    )
    for name, spread in figures["milliseconds"].items():
        if spread:
            table.add_row(
                f"ms per {name} click", f"{spread['median']:.0f} (95 %: {spread['p95']:.0f})"
            )
    if figures["errors"]:
        table.add_row("objects that stopped with an error", str(figures["errors"]))
    return table
