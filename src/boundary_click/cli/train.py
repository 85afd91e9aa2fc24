"""``boundary-click train``: train a model from a configuration file."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from boundary_click.cli.console import errors, output, progress_bar
from boundary_click.cli.options import natural, path, positive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import TaskID

    from boundary_click.cli.options import Subparsers
    from boundary_click.io.runs.control import Control
    from boundary_click.io.runs.messages import Message
    from boundary_click.training.config import TrainingConfig

_TERMINATED = 143
_LONGEST_TRIAL = timedelta(hours=2)
"""All other processes wait this long while the first tries a model."""


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
    _add_machines(parser)
    parser.add_argument(
        "--restart",
        action="store_true",
        help="delete checkpoint and metrics of the run in the folder and start anew",
    )
    parser.add_argument(
        "--events",
        action="store_true",
        help="say what happens as JSON, one object a line on standard output; the run stops, with "
        "a checkpoint, once standard input is closed",
    )
    parser.add_argument(
        "--detached",
        action="store_true",
        help="with --events: do not look at standard input, live on without the parent process",
    )
    parser.set_defaults(run=run)


def _add_machines(parser: argparse.ArgumentParser) -> None:
    """Add where a run trains."""
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


def run(args: argparse.Namespace) -> int:
    """Train and say where the model is."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        return _run_with_events(args) if args.events else _run_with_bar(args)
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _run_with_bar(args: argparse.Namespace) -> int:
    messages, config = _begin(args)
    last = follow(messages, config)
    if last is not None and last.event == "finished":
        output().print(f"model written to {Path(last.model)}")
    return _code(last)


def _code(last: Message | None) -> int:
    """Return the exit code after a run's last message."""
    return _TERMINATED if last is not None and last.event == "left" else 0


def _begin(args: argparse.Namespace) -> tuple[Iterator[Message], TrainingConfig]:
    """Return the messages of the run, which begins as they are drawn, and its configuration."""
    from lightning_fabric import Fabric
    from lightning_fabric.strategies.ddp import DDPStrategy

    from boundary_click.io.runs.control import Control
    from boundary_click.io.runs.folder import RunFolder
    from boundary_click.io.runs.training import run_training
    from boundary_click.training.config_file import read_training_config

    config = read_training_config(args.config)
    folder = RunFolder(args.output or Path("runs") / config.name)
    is_single = args.devices * args.nodes == 1
    control = Control(folder) if is_single else None
    if control is not None:
        _let_leave(control, args)
    fabric = Fabric(
        accelerator=args.device,
        devices=args.devices,
        num_nodes=args.nodes,
        strategy="auto" if is_single else DDPStrategy(timeout=_LONGEST_TRIAL),
        precision=args.precision,
    )
    fabric.launch()
    messages = run_training(
        config,
        folder,
        data_root=args.data_root or args.config.parent,
        weights_root=args.config.parent,
        fabric=fabric,
        resume=not args.restart,
        workers=args.workers,
        control=control,
    )
    return messages, config


def _let_leave(control: Control, args: argparse.Namespace) -> None:
    """End the run with a checkpoint at SIGTERM, and when the parent of a child dies."""
    from boundary_click.io.runs.control import when_closed

    signal.signal(signal.SIGTERM, lambda *_: control.leave())
    if args.events and not args.detached:
        when_closed(sys.stdin.fileno(), control.leave)


def _run_with_events(args: argparse.Namespace) -> int:
    """Train, and say what happens in JSON lines; an error is the last of them."""
    from boundary_click.io.runs.messages import Failed

    last: Message | None = None
    try:
        messages, _ = _begin(args)
        for last in messages:
            _say(last)
    except (ValueError, TypeError, OSError, ImportError, RuntimeError, MemoryError) as error:
        _say(Failed(message=str(error) or type(error).__name__))
        return 1
    return _code(last)


def _say(message: Message) -> None:
    """Write a message, as long as anybody listens."""
    try:
        sys.stdout.write(f"{message.model_dump_json()}\n")
        sys.stdout.flush()
    except BrokenPipeError:  # standard input will say so too, and the run leaves in order
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def follow(messages: Iterator[Message], config: TrainingConfig) -> Message | None:
    """Run a training to its end, with a progress bar and a line for each validation.

    Returns the last message, None where there is none: in all processes but the first.
    """
    last = None
    with progress_bar() as bar:
        tasks: dict[str, TaskID] = {
            stage: bar.add_task(stage, total=config.options_of(stage).steps, visible=False)
            for stage in config.stages
        }
        for last in messages:
            if last.event == "step":
                bar.update(
                    tasks[last.stage],
                    completed=last.step,
                    visible=True,
                    description=f"{last.stage} (loss {last.loss:.3f})",
                )
            elif line := _line(last):
                errors().print(line)
    return last


def _line(message: Message) -> str:
    """Return what is worth a line of its own."""
    if message.event == "validated" and message.metrics:
        metrics = "  ".join(f"{name} {value:.3f}" for name, value in message.metrics.items())
        return f"{message.stage} step {message.step}: {metrics}"
    if message.event == "not_validated":
        return f"warning: {message.problem}"
    if message.event == "batch_halved":
        return f"out of memory: going on with {message.batch_size} objects at once"
    return f"warning: {message.warning}" if message.event == "finished" and message.warning else ""
