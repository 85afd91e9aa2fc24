"""Show an image and its labels with the Segment widget: ``python -m ... IMAGE LABELS``."""

from __future__ import annotations

import sys
from pathlib import Path

import napari

from boundary_click.io.stacks import read_stack


def show(image: Path, labels: Path) -> napari.Viewer:
    """Open a viewer with an image, its labels and the Segment widget docked.

    Parameters
    ----------
    image, labels : Path
        TIFF files of the same planes.
    """
    viewer = napari.Viewer(title="napari-boundary-click")
    viewer.add_image(read_stack(image).data, name=image.stem, gamma=0.6)
    viewer.add_labels(read_stack(labels).data, name=labels.stem)
    viewer.window.add_plugin_dock_widget("napari-boundary-click", "Segment (boundary click)")
    return viewer


if __name__ == "__main__":
    show(*map(Path, sys.argv[1:3]))
    napari.run()
