"""``boundary-click benchmark two-in-one``: losses, and clicks of the refinement head."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from boundary_click.cli.benchmark.common import add_options, draw_samples, table, trained
from boundary_click.cli.console import output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boundary_click.cli.measuring import Sample, Subject
    from boundary_click.cli.options import Subparsers


def add_parser(papers: Subparsers) -> None:
    """Add the command to a parser."""
    paper = papers.add_parser(
        "two-in-one",
        help="losses of the selection network, kinds of click of the refinement head",
        description="CB-CE against BA-CE (IoU after one click, crops), and heads for boundary "
        "clicks (BRC), for positive and negative ones (PNR) and for both. The heads work on the "
        "selection network of BA-CE, or, if CONFIG.toml has no selection stage, on that of the "
        "model it starts from.",
    )
    add_options(paper)
    paper.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train what is missing, measure everything, write reports and plots."""
    from lightning_fabric import Fabric

    from boundary_click.io.ablations import BEST_LOSS, head_runs, loss_runs
    from boundary_click.training.config_file import read_training_config

    base = read_training_config(args.config)
    samples = draw_samples(args)
    fabric = Fabric(accelerator=args.device, devices=1)
    fabric.launch()
    losses = trained(loss_runs(base), args, fabric)
    selection = args.runs / f"{base.name}-{BEST_LOSS}" / "model.safetensors" if losses else None
    heads = trained(head_runs(base, selection), args, fabric)
    for sample in samples:
        if losses:
            _compare_losses(losses, sample, args)
        if heads:
            _compare_heads(heads, sample, args)
    return 0


def _compare_losses(
    subjects: Mapping[str, Subject], sample: Sample, args: argparse.Namespace
) -> None:
    """Measure selection networks: the mask of one click, and the crop round it."""
    from boundary_click.cli.measuring import clicks_report, crops_report
    from boundary_click.engine.robot_user import RobotUser
    from boundary_click.io.report import plot_crops, write_report

    data = sample.data["name"]
    reports = {}
    for name, subject in subjects.items():
        reports[name] = clicks_report(subject, sample, RobotUser(), seed=args.seed, cap=1)
        write_report(args.output / f"{data}-{name}.json", reports[name])
    crops = crops_report(list(subjects.values()), sample, seed=args.seed)
    write_report(args.output / f"{data}-crops.json", crops)
    plot_crops(args.output / f"{data}-crops.png", crops["results"])
    output().print(table(f"{data}, losses", reports))


def _compare_heads(
    subjects: Mapping[str, Subject], sample: Sample, args: argparse.Namespace
) -> None:
    """Measure refinement heads with every user whose clicks they take."""
    from boundary_click.cli.measuring import clicks_report
    from boundary_click.engine.robot_user import RobotUser, styles_for
    from boundary_click.io.report import plot_curves, write_report

    data = sample.data["name"]
    reports = {}
    for name, subject in subjects.items():
        for style in styles_for(subject.predictor.click_kinds):
            report = clicks_report(subject, sample, RobotUser(style=style), seed=args.seed)
            write_report(args.output / f"{data}-{name}-{style}.json", report)
            reports[f"{name}, {style}"] = report
    curves = {name: report["results"]["curve"] for name, report in reports.items()}
    plot_curves(args.output / f"{data}-heads.png", curves)
    output().print(table(f"{data}, heads", reports))
