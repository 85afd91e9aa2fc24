"""Labels as OME-TIFF."""

from __future__ import annotations

from pathlib import Path

from boundary_click.io.labelled import LabelledImage
from boundary_click.io.stacks import write_labels


def write(path: Path, labelled: LabelledImage) -> None:
    """Write labels plane by plane; see `boundary_click.io.exports.Format.write`."""
    write_labels(path, labelled.labels.data, labelled.labels)
