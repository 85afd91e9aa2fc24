"""Which part of the image a network looks at, and at what zoom.

An object is looked at twice: in a small, coarse window round the click, which grows until the
mask fits in it, and in one scaled to the mask found there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from boundary_click.core.arrays import signed_distance
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import Box, FloatArray, Window
from boundary_click.engine.crop import clicked_part
from boundary_click.engine.state import Patch
from boundary_click.models.config import WindowedConfig

_MAX_SEARCHES = 8
_FULL = 0.9
"""A mask that spans this share of its window is probably cut off by it."""
_EMPTY_LOGIT = -10.0
_SURE_LOGIT = 10.0

V = TypeVar("V")
See = Callable[[Window], tuple[V, Box]]
"""Looks through a window, and returns what is seen and the box of the mask in the image."""


def search(
    see: See[V],
    click: Click,
    shape: tuple[int, int],
    config: WindowedConfig,
    *,
    extent: float | None = None,
) -> Box:
    """Return the box of the object in the image, from ever coarser looks at it.

    Parameters
    ----------
    see : callable
    click : Click
        The selection click.
    shape : tuple of int
        ``(H, W)`` of the image.
    config : WindowedConfig
    extent : float, optional
        Longer side of the objects here, in pixels, if something is known of it.
    """
    layout = config.windows
    side = layout.search_side if extent is None else 2 * layout.focus_ratio * extent
    centre = click.row + 0.5, click.col + 0.5
    for _ in range(_MAX_SEARCHES):
        side = max(side, layout.min_side)
        _, box = see(square_window(centre, side, shape, config.search_size))
        if box.side < _FULL * side or side >= max(shape):
            break
        side *= 2
    return box


def focus(see: See[V], box: Box, shape: tuple[int, int], config: WindowedConfig) -> V:
    """Return what is seen in a window scaled to a box, corrected once if that cuts the mask off."""
    for _ in range(2):
        window = focused_window(box, shape, config)
        seen, box = see(window)
        if not is_cut_off(box, window):
            break
    return seen


def focused_window(box: Box, shape: tuple[int, int], config: WindowedConfig) -> Window:
    """Return the window that suits an object of this box."""
    layout = config.windows
    side = max(layout.focus_ratio * box.side, layout.min_side)
    return square_window(box.centre, side, shape, config.window_size)


def is_cut_off(box: Box, window: Window) -> bool:
    """Return whether a window is too small for a mask of this box."""
    return box.side >= _FULL * window.box.side


def mask_box(logits: FloatArray, window: Window, click: Click) -> Box:
    """Return the box of a mask in the image, a small one round the click if it is empty."""
    on_grid = window.to_grid((click,))[0]
    box = Box.of_mask(clicked_part(logits > 0, on_grid))
    if box is None:
        box = Box.square(on_grid.row + 0.5, on_grid.col + 0.5, window.size / 8)
    return window.box_to_image(box)


def mask_logits(mask: Patch, window: Window) -> FloatArray:
    """Return a mask of the image as logits on a window's grid.

    Returns
    -------
    ndarray of float32, shape (S, S)
        Distance to the outline in cells, positive inside, of a size that a network may return.
    """
    rows, cols = mask.where
    box = window.box.shifted(-rows.start, -cols.start)
    cells = Window(box, window.size).read(mask.probability, outside=0.0)
    return np.clip(signed_distance(cells > 0.5), -_SURE_LOGIT, _SURE_LOGIT)


def carried(logits: FloatArray, crop: Window, wider: Window) -> FloatArray:
    """Return logits on the grid of another crop: empty where the old one did not reach."""
    moved = Window(crop.box_to_grid(wider.box), wider.size).read(logits)
    (zoom_row, zoom_col), cells = wider.zoom, np.arange(wider.size) + 0.5
    rows, cols = cells / zoom_row + wider.box.top, cells / zoom_col + wider.box.left
    is_known = ((rows >= crop.box.top) & (rows <= crop.box.bottom))[:, None] & (
        (cols >= crop.box.left) & (cols <= crop.box.right)
    )
    return np.where(is_known, moved, np.float32(_EMPTY_LOGIT))


def square_window(
    centre: tuple[float, float], side: float, shape: tuple[int, int], size: int
) -> Window:
    """Return a square window of the image, moved inside it where it fits.

    Parameters
    ----------
    centre : tuple of float
        (row, col) in edge coordinates.
    side : float
        Side in image pixels; a side longer than the image is kept, so that the zoom is.
    shape : tuple of int
        ``(H, W)`` of the image.
    size : int
        Side of the network input, in pixels.
    """
    box = Box.square(*centre, side).shifted_into(Box.of_image(shape))
    return Window(box, size)
