"""``boundary-click benchmark``: train and measure the ablations of a paper."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from boundary_click.cli import options
from boundary_click.cli.console import errors, output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lightning_fabric import Fabric
    from rich.table import Table

    from boundary_click.cli.measuring import Sample, Subject
    from boundary_click.cli.options import Subparsers
    from boundary_click.training.config import TrainingConfig

    Report = dict[str, Any]


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "benchmark",
        help="train and measure the ablations of a paper",
        description="Train the models that a paper compares, all by one configuration, and "
        "measure them with the simulated user. A model that is there already is not trained again.",
    )
    papers = parser.add_subparsers(title="papers", metavar="PAPER", required=True)
    paper = papers.add_parser(
        "two-in-one",
        help="losses of the selection network, kinds of click of the refinement head",
        description="CB-CE against BA-CE (IoU after one click, crops), and heads for boundary "
        "clicks (BRC), for positive and negative ones (PNR) and for both. The heads work on the "
        "selection network of BA-CE, or, if CONFIG.toml has no selection stage, on that of the "
        "model it starts from.",
    )
    paper.add_argument(
        "config", type=options.path, metavar="CONFIG.toml", help="how all of them are trained"
    )
    paper.add_argument(
        "--data",
        type=options.path,
        nargs="+",
        required=True,
        metavar="DIR",
        help="data sets to measure on: folders with images/ and labels/ of the same stems",
    )
    paper.add_argument(
        "--data-root",
        type=options.path,
        metavar="DIR",
        help="folder that the training data's paths start from (default: that of CONFIG.toml)",
    )
    paper.add_argument(
        "--runs",
        type=options.path,
        default="runs",
        metavar="DIR",
        help="folder of the training runs (default: %(default)s)",
    )
    paper.add_argument(
        "--output",
        type=options.path,
        required=True,
        metavar="DIR",
        help="folder for reports (JSON) and plots",
    )
    options.add_objects(paper)
    paper.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="where to train and measure (default: %(default)s)",
    )
    options.add_seed(paper)
    paper.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train what is missing, measure everything, write reports and plots."""
    from lightning_fabric import Fabric

    from boundary_click.cli.measuring import draw_sample
    from boundary_click.io.ablations import BEST_LOSS, head_runs, loss_runs
    from boundary_click.training.config import read_training_config

    if len({path.name for path in args.data}) < len(args.data):
        raise ValueError(
            "data sets must be folders of different names, since reports are named after them"
        )
    base = read_training_config(args.config)
    samples = [draw_sample(path, count=args.objects, seed=args.seed) for path in args.data]
    fabric = Fabric(accelerator=args.device, devices=1)
    fabric.launch()
    losses = _trained(loss_runs(base), args, fabric)
    selection = args.runs / f"{base.name}-{BEST_LOSS}" / "model.safetensors" if losses else None
    heads = _trained(head_runs(base, selection), args, fabric)
    for sample in samples:
        if losses:
            _compare_losses(losses, sample, args)
        if heads:
            _compare_heads(heads, sample, args)
    return 0


def _trained(
    runs: Mapping[str, TrainingConfig], args: argparse.Namespace, fabric: Fabric
) -> dict[str, Subject]:
    """Return the models of some runs, trained if they are not there."""
    from boundary_click.cli.measuring import load_subject
    from boundary_click.cli.train import follow
    from boundary_click.io.runs import RunFolder, is_finished, run_training

    subjects = {}
    for name, config in runs.items():
        folder = RunFolder(args.runs / config.name)
        if not is_finished(config, folder):
            errors().print(f"training {config.name}")
            root = args.config.parent
            data_root = args.data_root or root
            events = run_training(
                config, folder, data_root=data_root, weights_root=root, fabric=fabric
            )
            follow(events, config)
        subjects[name] = load_subject(str(folder.model), args.device)
    return subjects


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
    output().print(_table(f"{data}, losses", reports))


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
    output().print(_table(f"{data}, heads", reports))


def _table(title: str, reports: Mapping[str, Report]) -> Table:
    from rich.table import Table

    table = Table("", "IoU@1", "clicks@85", "clicks@90", "ever worse", title=title)
    for name, report in reports.items():
        figures = report["results"]
        row = [f"{figures['iou']['1']:.3f}", "", "", ""]
        if figures["cap"] > 1:
            reached = (f"{figures['clicks'][percent]['mean']:.2f}" for percent in ("85", "90"))
            row[1:] = [*reached, f"{figures['drops']['share']:.1%}"]
        table.add_row(name, *row)
    return table
