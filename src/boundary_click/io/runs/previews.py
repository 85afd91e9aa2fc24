"""Small pictures of objects with their true and their predicted outline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import io as skimage_io

from boundary_click.benchmark.protocol import Target
from boundary_click.core.arrays import inner_boundary, is_colour_image, normalise
from boundary_click.core.geometry import BoolArray, Window
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.session import Session
from boundary_click.engine.windows import square_window
from boundary_click.io.atomic import written_whole

_SIDE = 160
"""Side of a picture, in pixels."""
_WIDTH = 1.8
"""Side of what it shows, over the longer side of the object."""
TRUE_COLOUR = (0, 220, 90)
PREDICTED_COLOUR = (255, 0, 200)


def write_preview(path: Path, target: Target, predictor: Predictor) -> bool:
    """Write what a model makes of one click on an object; return whether there is a picture.

    There is none where the image has no contrast.
    """
    image, labels = target.plane.read()
    truth = labels == target.object_id
    rows, cols = target.box.pixels(labels.shape)
    click = RobotUser().select(truth[rows, cols], np.random.default_rng(0))
    try:
        session = Session(image, predictor)
        mask = session.add_click(click.row + rows.start, click.col + cols.start, "positive")
        picture = thumbnail(image, target, truth, mask)
    except ValueError:
        return False
    with written_whole(path) as partial:
        skimage_io.imsave(partial, picture, check_contrast=False)
    return True


def thumbnail(
    image: np.ndarray, target: Target, truth: BoolArray, mask: BoolArray | None = None
) -> NDArray[np.uint8]:
    """Return a picture of an object with outlines.

    Parameters
    ----------
    image : ndarray, shape (H, W) or (H, W, C)
    target : Target
        Where to look.
    truth, mask : ndarray of bool, shape (H, W)
        What is outlined in green and, if given, in magenta.

    Returns
    -------
    ndarray of uint8, shape (160, 160, 3)

    Raises
    ------
    ValueError
        If the image has no contrast there.
    """
    side = _WIDTH * target.box.side
    window = square_window(target.box.centre, side, truth.shape, _SIDE)
    picture = normalise(window.read(image), is_colour=is_colour_image(image))
    drawn = (255 * picture).astype(np.uint8)
    drawn[_outline(window, truth)] = TRUE_COLOUR
    if mask is not None:
        drawn[_outline(window, mask)] = PREDICTED_COLOUR
    return drawn


def _outline(window: Window, mask: BoolArray) -> BoolArray:
    inner = inner_boundary(window.read(mask, outside=0.0) > 0.5)
    wide: BoolArray = ndimage.binary_dilation(inner)  # to be seen when shown small
    return wide
