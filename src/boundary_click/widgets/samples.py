"""Sample images that come with this package or with scikit-image: nothing is downloaded."""

from __future__ import annotations

from importlib import resources
from typing import Any

LayerData = tuple[Any, dict[str, Any], str]


def nuclei_stack() -> list[LayerData]:
    """Return a stack of four fields of fluorescent nuclei, 256 x 256 pixels each."""
    import tifffile

    path = resources.files("boundary_click") / "assets" / "nuclei.tif"
    with path.open("rb") as file:
        stack = tifffile.imread(file)
    options = {"name": "nuclei", "axis_labels": ("field", "y", "x"), "gamma": 0.6}
    return [(stack, options, "image")]


def stained_tissue() -> list[LayerData]:
    """Return a stained section of tissue in colour, nuclei in blue, 512 x 512 pixels."""
    from skimage.data import immunohistochemistry

    return [(immunohistochemistry(), {"name": "tissue", "rgb": True}, "image")]


def coins() -> list[LayerData]:
    """Return a photograph of coins, 303 x 384 pixels."""
    from skimage import data

    return [(data.coins(), {"name": "coins"}, "image")]
