"""Show an image and its labels with the Segment widget: ``python -m ... IMAGE LABELS``."""

from __future__ import annotations

import sys
from pathlib import Path

import napari

from boundary_click.io.stacks import read_stack
from boundary_click.widgets.layers import new_labels


def show(image: Path, labels: Path) -> napari.Viewer:
    """Open a viewer with an image, its labels and the Segment widget docked.

    Parameters
    ----------
    image, labels : Path
        TIFF files of the same planes.
    """
    viewer = napari.Viewer(title="napari-boundary-click")
    layer = viewer.add_image(read_stack(image).data, name=image.stem, gamma=0.6)
    masks = new_labels(layer)
    masks.data[...] = read_stack(labels).data
    viewer.add_layer(masks)
    viewer.window.add_plugin_dock_widget("napari-boundary-click", "Segment")
    return viewer


if __name__ == "__main__":
    show(*map(Path, sys.argv[1:3]))
    napari.run()
