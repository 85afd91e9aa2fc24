"""``boundary-click train``: train a model from a configuration file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from boundary_click.cli.console import errors, output, progress_bar
from boundary_click.cli.options import natural, path, positive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boundary_click.cli.options import Subparsers
    from boundary_click.training.config import TrainingConfig
    from boundary_click.training.events import Event, Validated


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "train",
        help="train a model on folders of images and labels",
        description="Train a model, or fine-tune one. CONFIG.toml names the data, the model to "
        "start from and the schedule; paths in it are relative to its folder. A run that was "
        "stopped goes on where it stopped.",
    )
    parser.add_argument(
        "config", type=path, metavar="CONFIG.toml", help="what to train, and on what"
    )
    parser.add_argument(
        "--data-root",
        type=path,
        metavar="DIR",
        help="folder that the data paths start from (default: that of CONFIG.toml)",
    )
    parser.add_argument(
        "--output",
        type=path,
        metavar="DIR",
        help="folder of the run (default: runs/NAME)",
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="where to train (default: auto)",
    )
    parser.add_argument(
        "--devices",
        type=positive,
        default=1,
        metavar="N",
        help="processes on each machine, one a device (default: 1)",
    )
    parser.add_argument(
        "--nodes", type=positive, default=1, metavar="N", help="machines (default: 1)"
    )
    parser.add_argument(
        "--workers",
        type=natural,
        default=0,
        metavar="N",
        help="processes that prepare samples of the first stage beside each training process, "
        "about one a free core; a GPU waits for its data without them (default: 0)",
    )
    parser.add_argument(
        "--precision",
        default="32-true",
        metavar="P",
        help="as Lightning Fabric names it, such as bf16-mixed (default: 32-true)",
    )
    parser.add_argument(
        "--restart",
        action="store_true",
        help="delete checkpoint and metrics of the run in the folder and start anew",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train and say where the model is."""
    from lightning_fabric import Fabric

    from boundary_click.io.runs import RunFolder, run_training
    from boundary_click.training.config_file import read_training_config

    config = read_training_config(args.config)
    folder = RunFolder(args.output or Path("runs") / config.name)
    fabric = Fabric(
        accelerator=args.device,
        devices=args.devices,
        num_nodes=args.nodes,
        strategy="ddp" if args.devices * args.nodes > 1 else "auto",
        precision=args.precision,
    )
    fabric.launch()
    events = run_training(
        config,
        folder,
        data_root=args.data_root or args.config.parent,
        weights_root=args.config.parent,
        fabric=fabric,
        resume=not args.restart,
        workers=args.workers,
    )
    follow(events, config)
    if fabric.is_global_zero:
        output().print(f"model written to {folder.model}")
    return 0


def follow(events: Iterable[Event], config: TrainingConfig) -> None:
    """Run a training to its end, with a progress bar and a line for each validation."""
    from boundary_click.training.events import StepDone, Validated

    with progress_bar() as bar:
        tasks = {
            stage: bar.add_task(stage, total=config.options_of(stage).steps, visible=False)
            for stage in config.stages
        }
        for event in events:
            if isinstance(event, StepDone):
                bar.update(
                    tasks[event.stage],
                    completed=event.step,
                    visible=True,
                    description=f"{event.stage} (loss {event.loss:.3f})",
                )
            elif isinstance(event, Validated) and event.metrics:
                errors().print(_line(event))


def _line(event: Validated) -> str:
    metrics = "  ".join(f"{name} {value:.3f}" for name, value in event.metrics.items())
    return f"{event.stage} step {event.step}: {metrics}"
