"""What the benchmarks of both papers share: options, training, tables."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from boundary_click.cli import options
from boundary_click.cli.console import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lightning_fabric import Fabric
    from rich.table import Table

    from boundary_click.cli.measuring import Sample, Subject
    from boundary_click.training.config import TrainingConfig

    Report = dict[str, Any]


def add_options(paper: argparse.ArgumentParser) -> None:
    """Add the configuration, the data, where to write, and how much to measure."""
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


def draw_samples(args: argparse.Namespace) -> list[Sample]:
    """Draw objects of each data set.

    Raises
    ------
    ValueError
        If two of them have one name.
    """
    from boundary_click.cli.measuring import draw_sample

    if len({path.name for path in args.data}) < len(args.data):
        raise ValueError(
            "data sets must be folders of different names, since reports are named after them"
        )
    return [draw_sample(path, count=args.objects, seed=args.seed) for path in args.data]


def trained(
    runs: Mapping[str, TrainingConfig], args: argparse.Namespace, fabric: Fabric
) -> dict[str, Subject]:
    """Return the models of some runs, trained if they are not there."""
    from boundary_click.cli.measuring import load_subject
    from boundary_click.cli.train import follow
    from boundary_click.io.runs.claim import is_finished
    from boundary_click.io.runs.folder import RunFolder
    from boundary_click.io.runs.training import run_training

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


def table(title: str, reports: Mapping[str, Report]) -> Table:
    """Return the figures of some reports side by side."""
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
