"""``boundary-click demo``: the main job on a stack that comes with the package."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from boundary_click.cli import options
from boundary_click.cli.console import errors, output, progress_bar

if TYPE_CHECKING:
    from boundary_click.benchmark.protocol import ObjectResult, Target
    from boundary_click.cli.options import Subparsers
    from boundary_click.engine.predictor import Predictor
    from boundary_click.io.clicks_csv import ClickedObject
    from boundary_click.io.stacks import Stack

_ASSETS = Path(__file__).parents[1] / "assets"
IMAGE, TRUTH = _ASSETS / "nuclei.tif", _ASSETS / "nuclei_labels.tif"
_GOAL = 0.9
"""IoU at which the simulated user is content."""


class _Outputs(NamedTuple):
    labels: Path
    clicks: Path
    overlay: Path


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "demo",
        help="segment a sample stack with simulated clicks and show the result",
        description="Segment nuclei in a sample stack with simulated clicks, up to an IoU of "
        f"{_GOAL}: write labels, the table of clicks and a picture, and open napari where there is "
        "a display.",
    )
    parser.add_argument(
        "--output",
        type=options.path,
        default=Path("demo-output"),
        metavar="DIR",
        help="folder to write to (default: %(default)s)",
    )
    parser.add_argument(
        "--objects",
        type=options.positive,
        default=24,
        metavar="N",
        help="how many nuclei (default: %(default)s)",
    )
    parser.add_argument(
        "--clicks",
        type=options.positive,
        default=6,
        metavar="N",
        help="most clicks for one nucleus (default: %(default)s)",
    )
    parser.add_argument("--no-gui", action="store_true", help="do not open napari")
    options.add_model(parser)
    options.add_robot(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    from boundary_click.io.library import load_predictor
    from boundary_click.io.stacks import read_stack

    stack = read_stack(IMAGE)
    predictor = load_predictor(args.model, args.device)
    outputs = _Outputs(
        *(args.output / name for name in ("labels.tif", "clicks.csv", "overlay.png"))
    )
    targets, results = _simulate(stack, predictor, args)
    _print(targets, results)
    _write(stack, _clicked(targets, results), predictor, outputs)
    output().print(f"Wrote {', '.join(map(str, outputs))}", soft_wrap=True, markup=False)
    if args.no_gui:
        return 0
    if _has_display():
        _open_napari(outputs.labels)
    else:
        output().print("No display: napari stays closed. The result is in the overlay.")
    return 0


def _simulate(
    stack: Stack, predictor: Predictor, args: argparse.Namespace
) -> tuple[tuple[Target, ...], list[ObjectResult]]:
    """Draw nuclei and let the simulated user click them."""
    from boundary_click.benchmark.protocol import (
        Plane,
        find_targets,
        run_benchmark,
        sample_targets,
    )
    from boundary_click.io.stacks import read_stack

    truth = read_stack(TRUTH).data

    pages = zip(stack.data, truth, strict=True)
    planes = [Plane(str(index), partial(tuple, page)) for index, page in enumerate(pages)]
    targets = sample_targets(find_targets(planes), args.objects, args.seed)
    robot = options.robot_user(args, predictor)
    clicking = run_benchmark(targets, predictor, robot, seed=args.seed, cap=args.clicks, goal=_GOAL)
    with progress_bar() as bar:
        results = list(bar.track(clicking, total=len(targets), description="Clicking"))
    return targets, results


def _clicked(targets: tuple[Target, ...], results: list[ObjectResult]) -> tuple[ClickedObject, ...]:
    from boundary_click.io.clicks_csv import ClickedObject

    return tuple(
        ClickedObject(target.object_id, (int(target.plane.name),), result.clicks)
        for target, result in zip(targets, results, strict=True)
        if result.clicks
    )


def _write(
    stack: Stack, objects: tuple[ClickedObject, ...], predictor: Predictor, outputs: _Outputs
) -> None:
    import numpy as np

    from boundary_click.cli.labelling import label_objects
    from boundary_click.io.clicks_csv import write_clicks
    from boundary_click.io.overlay import draw_overlay
    from boundary_click.io.stacks import write_labels

    labels = np.zeros(stack.shape, dtype=np.uint32)
    for _ in label_objects(labels, stack, objects, predictor):
        pass
    write_labels(outputs.labels, labels, stack)
    write_clicks(outputs.clicks, objects)
    draw_overlay(outputs.overlay, stack, labels, objects)


def _print(targets: tuple[Target, ...], results: list[ObjectResult]) -> None:
    from rich.table import Table

    headers = ("plane", "nucleus", "clicks", "IoU, 1 click", "IoU, all clicks", "ms, 1st", "others")
    table = Table(*headers, title="Simulated clicks on fluorescent nuclei")
    for target, result in zip(targets, results, strict=True):
        first, *others = result.milliseconds or (None,)
        table.add_row(
            target.plane.name,
            str(target.object_id),
            str(len(result.clicks)),
            f"{result.ious[0]:.3f}",
            f"{result.ious[-1]:.3f}",
            result.error if first is None else f"{first:.0f}",
            f"{sum(others) / len(others):.0f}" if others else "",
            style=None if result.ious[-1] >= _GOAL else "yellow",
        )
    table.add_section()
    first = sum(result.ious[0] for result in results) / len(results)
    last = sum(result.ious[-1] for result in results) / len(results)
    clicks = sum(len(result.clicks) for result in results) / len(results)
    table.add_row("mean", "", f"{clicks:.2f}", f"{first:.3f}", f"{last:.3f}")
    reached = sum(result.ious[-1] >= _GOAL for result in results)
    table.caption = f"{reached} of {len(results)} reached the IoU of {_GOAL} that was asked for"
    output().print(table)


def _has_display() -> bool:
    if os.environ.get("CI"):
        return False
    return sys.platform != "linux" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def _open_napari(labels: Path) -> None:
    """Open the result in a process of its own, until its window is closed."""
    output().print("Opening napari; close its window to end.")
    command = [sys.executable, "-m", "boundary_click.widgets.demo", str(IMAGE), str(labels)]
    if subprocess.run(command, check=False).returncode:
        errors().print(
            "napari could not be opened; install it with a Qt binding: "
            "pip install 'napari-boundary-click[all]'",
            markup=False,
        )
