"""``boundary-click export``: write labels in the formats of other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from boundary_click.cli import options
from boundary_click.cli.console import output, progress_bar
from boundary_click.io.exports import FORMATS, Format

if TYPE_CHECKING:
    from boundary_click.cli.options import Subparsers
    from boundary_click.io.labelled import LabelledImage

_DESCRIPTION = """\
Write the labels of an image in the formats of other programs:

{formats}

Files are named like LABELS, and lie beside it if no -o is given.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    listed = "\n".join(f"  {each.name:<14}{each.description}" for each in FORMATS.values())
    parser = subparsers.add_parser(
        "export",
        help="write labels in the formats of other programs",
        description=_DESCRIPTION.format(formats=listed),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "labels", type=options.path, metavar="LABELS", help="project, label TIFF, PNG or OME-Zarr"
    )
    parser.add_argument(
        "-f",
        "--format",
        nargs="+",
        action="extend",
        default=[],
        choices=FORMATS,
        metavar="FORMAT",
        help="formats to write (default: the one that the file of -o ends like)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=options.path,
        metavar="DIR or FILE",
        help="folder to write to, or the file if there is one format",
    )
    parser.add_argument(
        "--image", type=options.path, help="the image, for intensities; of the labels' size"
    )
    parser.add_argument(
        "--clicks", type=options.path, metavar="CLICKS.csv", help="table of clicks, for the effort"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    targets = _targets(args)
    labelled = _labelled_image(args)
    with progress_bar() as bar:
        for path, each in bar.track(targets.items(), description="Formats"):
            each.write(path, labelled)
            output().print(f"Wrote {path}", soft_wrap=True, markup=False)
    return 0


def _labelled_image(args: argparse.Namespace) -> LabelledImage:
    """Read what is exported."""
    from dataclasses import replace

    from boundary_click.io.clicks_csv import click_records, read_clicks
    from boundary_click.io.label_files import read_labels
    from boundary_click.io.project.project import is_project
    from boundary_click.io.stacks import read_stack

    labelled = _of_project(args.labels) if is_project(args.labels) else read_labels(args.labels)
    stack = labelled.labels
    if args.image:
        image = read_stack(args.image)
        if not stack.pixel_size.sizes:
            stack = replace(stack, pixel_size=image.pixel_size)
        labelled = replace(labelled, labels=stack, image=image)
    if args.clicks:
        objects = read_clicks(args.clicks)
        for clicked in objects:
            stack.check_plane(clicked.plane)
        labelled = replace(labelled, records=click_records(objects, stack.shape))
    return labelled


def _of_project(path: Path) -> LabelledImage:
    """Read a project, which must not be open elsewhere."""
    from boundary_click.io.project.labelled import labelled_of
    from boundary_click.io.project.project import Project

    project = Project.open(path)
    try:
        return labelled_of(project)
    finally:
        project.close()


def _targets(args: argparse.Namespace) -> dict[Path, Format]:
    """Return the paths to write.

    Raises
    ------
    ValueError
        If no format is named, the named file does not fit it, or an input would be overwritten.
    """
    from boundary_click.io.label_files import label_name

    formats = {name: FORMATS[name] for name in args.format} or _format_of(args.output)
    if _is_file(args.output):
        targets = {args.output: _only(formats, args.output)}
    else:
        folder, name = args.output or args.labels.parent, label_name(args.labels)
        targets = {folder / f"{name}{each.suffix}": each for each in formats.values()}
    inputs = {path.resolve() for path in (args.labels, args.image, args.clicks) if path}
    if taken := [path for path in targets if path.resolve() in inputs]:
        raise ValueError(f"{taken[0]} is read and cannot be written; give another place with -o")
    return targets


def _only(formats: dict[str, Format], path: Path) -> Format:
    """Return the one format of a file."""
    if len(formats) > 1:
        raise ValueError(f"{path} is one file for {len(formats)} formats; give a folder with -o")
    (only,) = formats.values()
    if path.suffix.lower() != only.extension:
        raise ValueError(f"{path} must end in {only.extension} to hold {only.name}")
    return only


def _is_file(path: Path | None) -> bool:
    """Whether a path names a file, or the folder that an OME-Zarr is, by its ending."""
    endings = {each.extension for each in FORMATS.values()}
    return path is not None and path.suffix.lower() in endings


def _format_of(path: Path | None) -> dict[str, Format]:
    """Return the one format whose files end like a path; longer endings count first."""
    text = str(path or "").lower()
    for attribute in ("suffix", "extension"):
        found = {
            name: each for name, each in FORMATS.items() if text.endswith(getattr(each, attribute))
        }
        if len(found) == 1:
            return found
    raise ValueError(f"no format is named; give one or more with -f: {', '.join(FORMATS)}")
