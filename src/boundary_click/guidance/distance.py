"""Guidance maps that depend on the distance to the clicks alone."""

from __future__ import annotations

import numpy as np

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import FloatArray

FARTHEST = 255.0
"""Largest value of the maps of the content-aware guidance paper."""


def gaussian_map(clicks: tuple[Click, ...], shape: tuple[int, int], sigma: float) -> FloatArray:
    """Draw a Gaussian at each click.

    Parameters
    ----------
    clicks : tuple of Click
        In pixel coordinates of the map; they may lie outside it.
    shape : tuple of int
        ``(H, W)`` of the map.
    sigma : float
        Standard deviation in pixels; the two-in-one paper takes 10.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Values in [0, 1], 1 at a click, the maximum where Gaussians overlap; zeros
        without clicks.

    References
    ----------
    .. [1] S. Majumder et al., "Two-in-One Refinement for Interactive Segmentation",
       BMVC 2020, section 3.
    """
    result = np.zeros(shape, dtype=np.float32)
    rows = np.arange(shape[0], dtype=np.float32)
    cols = np.arange(shape[1], dtype=np.float32)
    for click in clicks:
        along_rows = np.exp(-0.5 * ((rows - click.row) / sigma) ** 2)
        along_cols = np.exp(-0.5 * ((cols - click.col) / sigma) ** 2)
        np.maximum(result, np.outer(along_rows, along_cols), out=result)
    return result


def euclidean_map(clicks: tuple[Click, ...], shape: tuple[int, int]) -> FloatArray:
    """Measure the distance of each pixel to the nearest click.

    Parameters
    ----------
    clicks : tuple of Click
        Of one sign, in pixel coordinates of the map; they may lie outside it.
    shape : tuple of int
        ``(H, W)`` of the map.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Distances in pixels, none above 255; 255 everywhere without clicks.

    References
    ----------
    .. [1] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
       Segmentation", CVPR 2019, eq. 1.
    """
    result = np.full(shape, FARTHEST, dtype=np.float32)
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    for click in clicks:
        distance = np.hypot(rows - click.row, cols - click.col)
        np.minimum(result, distance, out=result, casting="same_kind")
    return result
