"""``boundary-click crops``: how much padding a crop needs to hold the whole object."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from boundary_click.cli import options
from boundary_click.cli.console import output, progress_bar

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from boundary_click.benchmark.crops import Cropper
    from boundary_click.benchmark.protocol import Target
    from boundary_click.cli.options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "crops",
        help="measure whether crops hold the whole object",
        description="Measure for several paddings how often the crop that corrections work on "
        "holds the whole object, and how much of the image it leaves out.",
    )
    parser.add_argument(
        "--data",
        type=options.path,
        metavar="DIR",
        required=True,
        help="folder with images/ and labels/ of the same stems",
    )
    parser.add_argument(
        "--model",
        nargs="+",
        default=["default"],
        metavar="NAME",
        help="models to compare: names that `boundary-click models` lists, or paths of "
        ".safetensors files (default: default)",
    )
    options.add_device(parser)
    options.add_seed(parser)
    parser.add_argument(
        "--objects",
        type=options.positive,
        metavar="N",
        help="draw at most N objects, spread over the images (default: all of 20 pixels or more)",
    )
    options.add_json(parser)
    parser.add_argument(
        "--plot", type=options.path, metavar="OUT.png", help="draw both against the padding here"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    from boundary_click.cli.targets import draw_targets, labelled_planes
    from boundary_click.io.checkpoint import file_digest
    from boundary_click.io.library import find_model
    from boundary_click.io.provenance import provenance
    from boundary_click.io.report import plot_crops, write_report

    planes = labelled_planes(args.data)
    targets = draw_targets(planes, args.data, count=args.objects, seed=args.seed)
    paths = [find_model(name) for name in args.model]
    croppers = [_load(path, args.device) for path in paths]
    studies = [
        {"model": cropper.name, "sha256": file_digest(path)} | _study(cropper, targets, args.seed)
        for path, cropper in zip(paths, croppers, strict=True)
    ]
    for study in studies:
        output().print(_table(study))
    if args.plot:
        plot_crops(args.plot, studies)
    if args.json:
        report = {
            "kind": "crops",
            "data": {"name": args.data.name, "images": len(planes), "sampled": args.objects},
            "robot": {"seed": args.seed},
            "results": studies,
        }
        write_report(args.json, report | provenance(croppers[0].device))
    return 0


def _load(path: Path, device: str) -> Cropper:
    from boundary_click.benchmark.crops import Cropper
    from boundary_click.io.library import load_predictor

    predictor = load_predictor(path, device)
    if not isinstance(predictor, Cropper):
        raise ValueError(f"model {predictor.name!r} corrects whole images, so there is no crop")
    return predictor


def _study(cropper: Cropper, targets: tuple[Target, ...], seed: int) -> dict[str, Any]:
    from boundary_click.benchmark.crops import crop_summary, study_crops

    with progress_bar() as bar:
        results = list(
            bar.track(
                study_crops(targets, cropper, seed=seed),
                total=len(targets),
                description=cropper.name,
            )
        )
    return crop_summary(results)


def _table(study: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table(
        "padding",
        "object wholly inside",
        "image left out",
        title=f"{study['model']}: {study['objects']} objects",
    )
    for padding, recall, reduction in zip(
        study["paddings"], study["recall"], study["reduction"], strict=True
    ):
        table.add_row(f"{padding:.0%}", f"{recall:.1%}", f"{reduction:.1%}")
    return table
