"""Guidance maps that depend on the distance to the clicks alone."""

from __future__ import annotations

import numpy as np

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import FloatArray


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
