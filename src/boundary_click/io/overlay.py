"""A picture of labels and clicks over an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from boundary_click.io.atomic import written_whole
from boundary_click.io.clicks_csv import ClickedObject
from boundary_click.io.stacks import Stack

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_MARKERS = {
    "positive": ("o", "#4daf4a"),
    "negative": ("X", "#e41a1c"),
    "boundary": ("D", "#ffcc00"),
}
_INCHES = 4.5


def draw_overlay(
    path: Path, stack: Stack, labels: np.ndarray, objects: Sequence[ClickedObject]
) -> None:
    """Draw each plane with the outlines of its labels and the clicks, as PNG, SVG or PDF.

    Parameters
    ----------
    path : Path
    stack : Stack
    labels : ndarray of integers, of the shape of the stack
    objects : sequence of ClickedObject
        Whose clicks are drawn.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    from matplotlib.figure import Figure

    planes = list(np.ndindex(stack.planes))
    columns = int(np.ceil(np.sqrt(len(planes))))
    rows = -(-len(planes) // columns)
    figure = Figure(figsize=(_INCHES * columns, _INCHES * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, plane in zip(panels, planes, strict=False):
        _draw_plane(axes, stack.plane(plane), labels[plane])
        _draw_clicks(axes, [clicked for clicked in objects if clicked.plane == plane])
        axes.set_title(f"plane {','.join(map(str, plane))}" if plane else "", fontsize=9)
    for axes in panels:
        axes.set_axis_off()
    figure.legend(
        *_legend(list(panels)), loc="outside lower center", ncols=len(_MARKERS), fontsize=9
    )
    with written_whole(path) as partial:
        figure.savefig(partial, dpi=120)


def _draw_plane(axes: Axes, image: np.ndarray, labels: np.ndarray) -> None:
    gray = image[..., :3].mean(axis=2) if image.ndim == 3 else image
    low, high = np.percentile(gray, (0.5, 99.5))
    axes.imshow(gray, cmap="gray", vmin=low, vmax=max(high, low + 1e-6), interpolation="nearest")
    for object_id in np.unique(labels[labels > 0]):
        # A frame of zeros closes outlines at the image's edge; it shifts them by one pixel.
        mask = np.pad(labels == object_id, 1)
        at = np.arange(-1, labels.shape[1] + 1), np.arange(-1, labels.shape[0] + 1)
        axes.contour(*at, mask, levels=[0.5], colors="#00bfff", linewidths=1)


def _draw_clicks(axes: Axes, objects: Sequence[ClickedObject]) -> None:
    for kind, (marker, colour) in _MARKERS.items():
        clicks = [c for clicked in objects for c in clicked.clicks if c.kind == kind]
        if clicks:
            axes.scatter(
                [c.col for c in clicks],
                [c.row for c in clicks],
                s=14,
                marker=marker,
                c=colour,
                linewidths=0,
                zorder=3,  # above the outlines
                label=f"{kind} click",
            )


def _legend(panels: Sequence[Axes]) -> tuple[list[Artist], list[str]]:
    found: dict[str, Artist] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return list(found.values()), list(found)
