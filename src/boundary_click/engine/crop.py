"""The crop that the refinement works on."""

from __future__ import annotations

import numpy as np

from boundary_click.core.arrays import components
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import BoolArray, Box, FloatArray

_MIN_SIDE = 24.0
"""Smallest side of a crop, in pixels of the network input."""


def clicked_part(mask: BoolArray, click: Click) -> BoolArray:
    """Return the connected part of a mask that holds the click, or else the nearest one."""
    labels, count = components(mask)
    if count <= 1:
        return mask
    row = min(max(round(click.row), 0), mask.shape[0] - 1)
    col = min(max(round(click.col), 0), mask.shape[1] - 1)
    chosen = labels[row, col]
    if not chosen:
        pixels = np.argwhere(mask)
        row, col = pixels[np.argmin(((pixels - (row, col)) ** 2).sum(axis=1))]
        chosen = labels[row, col]
    part: BoolArray = labels == chosen
    return part


def crop_box(
    probability: FloatArray, click: Click, *, threshold: float, padding: float, is_square: bool
) -> Box:
    """Return the crop round an object, in edge coordinates of the network input.

    Parameters
    ----------
    probability : ndarray of float32, shape (S, S)
        Of the selection network.
    click : Click
        The selection click on the same grid.
    threshold : float
        Pixels more probable than this are inside the crop; the paper takes 0.001.
    padding : float
        Relaxation on each side, as a share of the box's longer side.
    is_square : bool
        Whether the crop is made square, so that a round object stays round on its grid.

    References
    ----------
    .. [1] S. Majumder et al., "Two-in-One Refinement for Interactive Segmentation",
       BMVC 2020, section 4.2.
    """
    size = float(probability.shape[0])
    box = Box.of_mask(clicked_part(probability > threshold, click))
    if box is None:
        box = Box.square(click.row + 0.5, click.col + 0.5, _MIN_SIDE)
    box = box.union(Box(click.row, click.col, click.row + 1, click.col + 1))
    box = box.padded(padding * box.side)
    image = Box(0, 0, size, size)
    if not is_square:
        return box.intersection(image)
    side = min(max(box.side, _MIN_SIDE), size)
    return Box.square(*box.centre, side).shifted_into(image)
