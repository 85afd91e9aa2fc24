"""``boundary-click benchmark guidance``: what guidance maps buy, and superpixels, and scale."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boundary_click.cli.benchmark.common import add_options, draw_samples, table, trained
from boundary_click.cli.console import output

if TYPE_CHECKING:
    from boundary_click.cli.measuring import Sample, Subject
    from boundary_click.cli.options import Subparsers

PARTS = ("maps", "superpixels", "scale")
VARIANTS = ("euclidean", "superpixel", "object", "iterative", "no-dropout")

NEEDED = {"superpixel": "superpixels", "iterative": "scale"}
"""Models that another part than that of the maps measures."""

SUPERPIXELS: dict[str, dict[str, Any]] = {
    f"{method}-{count}": {"superpixels": method, "superpixel_count": count}
    for method, counts in {"slic": (500, 1000, 2000, 5000), "felzenszwalb": (500, 1000)}.items()
    for count in counts
}
"""Table 2 and figure 4b of the paper."""

TOLERANCES = (2.0, 3.0, 6.0)
"""f2 in figure 4a of the paper: proposals vote whose area is up to this many squared scales."""

SMALL_AREA = 32 * 32
"""Objects that figure 4a is about, in pixels."""


def add_parser(papers: Subparsers) -> None:
    """Add the command to a parser."""
    paper = papers.add_parser(
        "guidance",
        help="Euclidean, superpixel and object maps, iterative clicks; superpixels; scale",
        description="Networks trained with Euclidean maps, with superpixel maps, with object maps "
        "beside them, and iteratively, the last also without guidance dropout (table 1); that of "
        "superpixel maps with other superpixels (table 2, figure 4b); the iterative one on objects "
        f"under {SMALL_AREA} pixels with proposals of a fitting scale only (figure 4a).",
    )
    add_options(paper)
    paper.add_argument(
        "--parts",
        nargs="+",
        choices=PARTS,
        default=PARTS,
        help="which of them to measure (default: all)",
    )
    paper.add_argument(
        "--variants",
        nargs="+",
        choices=VARIANTS,
        default=VARIANTS,
        help="which guidance to compare in the part of the maps (default: all)",
    )
    paper.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train what is missing, measure everything, write reports and plots."""
    from lightning_fabric import Fabric

    from boundary_click.io.ablations import map_runs
    from boundary_click.training.config_file import read_training_config

    samples = draw_samples(args)
    fabric = Fabric(accelerator=args.device, devices=1)
    fabric.launch()
    compared = args.variants if "maps" in args.parts else ()
    subjects = trained(
        {
            name: run
            for name, run in map_runs(read_training_config(args.config)).items()
            if name in compared or NEEDED.get(name) in args.parts
        },
        args,
        fabric,
    )
    for sample in samples:
        if "maps" in args.parts:
            _compare("maps", {name: subjects[name] for name in compared}, sample, args)
        if "superpixels" in args.parts:
            _compare("superpixels", _with_superpixels(subjects["superpixel"]), sample, args)
        if "scale" in args.parts:
            _compare_scales(subjects["iterative"], sample, args)
    return 0


def _compare(
    part: str, subjects: dict[str, Subject], sample: Sample, args: argparse.Namespace
) -> None:
    """Let the simulated user click with each model; write reports, a plot and a table."""
    from boundary_click.cli.measuring import clicks_report
    from boundary_click.engine.robot_user import RobotUser
    from boundary_click.io.report import plot_curves, write_report

    data, reports, robot = sample.data["name"], {}, RobotUser(style="signed")
    for name, subject in subjects.items():
        report = clicks_report(subject, sample, robot, seed=args.seed)
        reports[name] = {"ablation": part, "variant": name} | report
        write_report(args.output / f"{data}-{part}-{name}.json", reports[name])
    curves = {name: report["results"]["curve"] for name, report in reports.items()}
    plot_curves(args.output / f"{data}-{part}.png", curves)
    output().print(table(f"{data}, {part}", reports))


def _with_superpixels(subject: Subject) -> dict[str, Subject]:
    """Return a model with other superpixels; it is not trained anew for them."""
    predictor = subject.guided
    return {
        name: replace(subject, predictor=predictor.with_guidance(**changes))
        for name, changes in SUPERPIXELS.items()
    }


def _compare_scales(subject: Subject, sample: Sample, args: argparse.Namespace) -> None:
    """Measure on small objects: without a scale, with the estimated and with the true one."""
    targets = tuple(target for target in sample.targets if target.area < SMALL_AREA)
    if not targets:
        return
    small, predictor = replace(sample, targets=targets), subject.guided
    scaled = {
        f"f2={tolerance:g}": predictor.with_guidance(proposal_range=(0.0, tolerance))
        for tolerance in TOLERANCES
    }
    subjects = {"none": subject}
    subjects |= {name: replace(subject, predictor=other) for name, other in scaled.items()}
    subjects |= {
        f"{name}-true": replace(subject, predictor=other, knows_scale=True)
        for name, other in scaled.items()
    }
    _compare("scale", subjects, small, args)
