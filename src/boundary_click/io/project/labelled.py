"""What a project holds, as it is exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boundary_click.io.labelled import LabelledImage
from boundary_click.io.pixel_size import PixelSize, length_unit
from boundary_click.io.project.project import Project
from boundary_click.io.stacks import Stack


def labelled_of(project: Project) -> LabelledImage:
    """Return the labels and objects of a project; labels are read plane by plane.

    Raises
    ------
    ValueError
        If the image has more axes than time, depth, rows and columns.
    """
    labels, document = project.labels, project.document
    stack = labelled_stack(labels, document.geometry)
    return LabelledImage(stack, name=project.path.stem, records=document.records)


def labelled_stack(labels: Any, geometry: Mapping[str, Any]) -> Stack:
    """Return labels as planes with the pixel size that a geometry tells.

    Raises
    ------
    ValueError
        If there are more axes than time, depth, rows and columns.
    """
    if labels.ndim > 4:
        raise ValueError(
            f"labels have {labels.ndim} axes; files hold time, depth, rows and columns at most"
        )
    axes = "TZYX"[4 - labels.ndim :]
    scale, units = geometry.get("scale", ()), geometry.get("units", ())
    sizes = {
        axis: (float(size), symbol)
        for axis, size, unit in zip(axes, scale, units, strict=False)
        if axis != "T" and (symbol := _symbol(unit))
    }
    return Stack(labels, axes[:-2], PixelSize(sizes))


def _symbol(unit: str) -> str:
    """Return the symbol of a unit of length, empty for others, such as pixels."""
    try:
        return length_unit(unit).symbol
    except ValueError:
        return ""
