"""``boundary-click benchmark propagation``: a body through the planes of a stack."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from boundary_click.cli import options
from boundary_click.cli.console import output, progress_bar

if TYPE_CHECKING:
    from rich.table import Table

    from boundary_click.benchmark.bodies import Body
    from boundary_click.cli.options import Subparsers


def add_parser(papers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = papers.add_parser(
        "propagation",
        help="masks carried through the planes of a labelled stack",
        description="Let a simulated user segment bodies of a stack: a click on the middle plane, "
        "propagation up and down, corrections where planes are listed as doubtful; against "
        "copies of the middle plane's mask and against clicking each plane on its own.",
    )
    parser.add_argument("--image", type=options.path, required=True, metavar="IMAGE.tif")
    parser.add_argument(
        "--labels",
        type=options.path,
        required=True,
        metavar="LABELS.tif",
        help="one integer a body, 0 is background",
    )
    options.add_model(parser)
    parser.add_argument(
        "--objects",
        type=options.positive,
        default=40,
        metavar="N",
        help="draw at most N of the larger bodies (default: %(default)s)",
    )
    options.add_robot(parser)
    options.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    from boundary_click.benchmark.bodies import draw_bodies
    from boundary_click.benchmark.propagation import run_propagation
    from boundary_click.benchmark.propagation_report import propagation_details, propagation_summary
    from boundary_click.cli.measuring import load_subject
    from boundary_click.engine.propagation_rules import PropagationRules
    from boundary_click.io.provenance import provenance
    from boundary_click.io.report import write_report

    image, found = _read(args)
    subject, rules = load_subject(args.model, args.device), PropagationRules()
    robot = options.robot_user(args, subject.predictor)
    bodies = draw_bodies(found, args.objects, args.seed)
    running = run_propagation(bodies, image, subject.predictor, robot, rules, seed=args.seed)
    with progress_bar() as bar:
        results = list(bar.track(running, total=len(bodies), description="Propagating"))
    summary = propagation_summary(results)
    output().print(_table(args.image.parent.name, summary))
    if args.json:
        report = {
            "model": subject.source,
            "kind": "propagation",
            "data": {"name": args.image.parent.name, "bodies": len(found), "sampled": len(bodies)},
            "robot": {"style": robot.style, "fp_rule": robot.fp_rule, "jitter": robot.jitter}
            | {"seed": args.seed},
            "rules": rules.model_dump(),
            "results": summary,
            "details": propagation_details(results),
        }
        write_report(args.json, report | provenance(subject.predictor.device))
    return 0


def _read(args: argparse.Namespace) -> tuple[Any, tuple[Body, ...]]:
    """Return the image, and the larger bodies of its labels.

    Raises
    ------
    ValueError
        If the two are no stack, differ in size, or hold no body that is large enough.
    """
    from boundary_click.benchmark.bodies import MIN_AREA, MIN_PLANES, find_bodies
    from boundary_click.io.stacks import read_stack

    stack, labels = read_stack(args.image), read_stack(args.labels)
    if len(stack.planes) != 1 or labels.data.shape != stack.shape:
        raise ValueError(
            f"{args.image} and {args.labels} must be stacks of one plane axis and of one size, got "
            f"{stack.shape} and {labels.data.shape}"
        )
    bodies = find_bodies(labels.data)
    if not bodies:
        raise ValueError(
            f"{args.labels} holds no body of {MIN_PLANES} planes or more and of {MIN_AREA} pixels "
            "or more on the mean plane"
        )
    return stack.data, bodies


def _table(name: str, figures: dict[str, Any]) -> Table:
    from rich.table import Table

    title = f"{name}: {figures['bodies']} bodies, {figures['failures']} failed"
    table = Table("masks", "IoU in 3D", "clicks", title=title)
    for method, value in figures["all"]["iou"].items():
        clicks = figures["all"]["clicks"].get(method)
        table.add_row(method, f"{value:.3f}", "" if clicks is None else f"{clicks:.1f}")
    return table
