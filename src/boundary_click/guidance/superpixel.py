"""Guidance maps in which a click speaks for its whole superpixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import felzenszwalb, slic

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import FloatArray
from boundary_click.guidance.distance import FARTHEST

SuperpixelMethod = Literal["slic", "felzenszwalb"]
"""``slic`` makes compact superpixels of about one size, ``felzenszwalb``, a graph-based method,
large ones where nothing changes and small ones where much does."""

METHODS: tuple[SuperpixelMethod, ...] = get_args(SuperpixelMethod)

_COMPACTNESS = 10.0
_SMOOTHING = 1.0
"""Standard deviation of the Gaussian before SLIC, in pixels; noise would leave it few regions."""
_MERGE_SCALE = 0.1
"""Felzenszwalb's scale over the wanted area of a superpixel, in pixels."""
_LEAST_SHARE = 0.2
"""Area of the smallest superpixel of ``felzenszwalb`` over the wanted one."""


@dataclass(frozen=True, eq=False, slots=True)
class Superpixels:
    """A partition of an image.

    Attributes
    ----------
    labels : ndarray of int, shape (H, W)
        The superpixel of each pixel, from 0 without gaps.
    centres : ndarray of float64, shape (N, 2)
        Centre of mass of each, (row, col) in pixels.
    """

    labels: NDArray[np.intp]
    centres: NDArray[np.float64]

    @classmethod
    def of(cls, labels: NDArray[np.integer]) -> Superpixels:
        """Make superpixels of any integer labels, shape (H, W)."""
        flat = np.unique(labels, return_inverse=True)[1].ravel()
        areas = np.bincount(flat)
        places = np.indices(labels.shape).reshape(2, -1)
        sums = [np.bincount(flat, weights=axis) for axis in places]
        return cls(flat.reshape(labels.shape), np.stack(sums, axis=1) / areas[:, None])

    def __len__(self) -> int:
        return len(self.centres)

    def at(self, clicks: tuple[Click, ...]) -> NDArray[np.intp]:
        """Return the superpixel of each click; a click outside is on none."""
        shape = (self.labels.shape[0], self.labels.shape[1])
        places = np.array([(c.row, c.col) for c in clicks if c.is_in(shape)]).reshape(-1, 2)
        last = np.array(shape) - 1  # a click on the outer edge is rounded out
        rows, cols = np.clip(np.round(places), 0, last).astype(int).T
        found: NDArray[np.intp] = self.labels[rows, cols]
        return found


def find_superpixels(
    image: FloatArray, *, method: SuperpixelMethod = "slic", count: int = 500
) -> Superpixels:
    """Divide an image into superpixels.

    Parameters
    ----------
    image : ndarray of float32, shape (H, W, 3)
        In [0, 1].
    method : {"slic", "felzenszwalb"}
    count : int
        About how many to make; ``felzenszwalb`` makes fewer where little changes in the image,
        and more where much does.

    Raises
    ------
    ValueError
        If the method is unknown, or the count is below 1.
    """
    if count < 1:
        raise ValueError(f"count of superpixels must be 1 or more, got {count}")
    if method == "slic":
        return Superpixels.of(
            slic(image, n_segments=count, compactness=_COMPACTNESS, sigma=_SMOOTHING, start_label=0)
        )
    if method == "felzenszwalb":
        area = image.shape[0] * image.shape[1] / count
        scale, least = _MERGE_SCALE * area, max(1, round(_LEAST_SHARE * area))
        return Superpixels.of(felzenszwalb(image, scale=scale, min_size=least))
    raise ValueError(f"method of superpixels must be one of {', '.join(METHODS)}; got {method!r}")


def superpixel_map(
    superpixels: Superpixels, clicks: tuple[Click, ...], *, limit: float | None = None
) -> FloatArray:
    """Measure the distance between superpixels and those that are clicked.

    Parameters
    ----------
    superpixels : Superpixels
    clicks : tuple of Click
        Of one sign, in pixel coordinates of the superpixels; those outside do not count.
    limit : float, optional
        No distance counts for more, in pixels; a multiple of `object_scale` makes the map
        aware of the scale (eq. 4).

    Returns
    -------
    ndarray of float32, shape (H, W)
        Distance of each pixel's superpixel to the nearest clicked one, from centre to centre,
        scaled so that the largest is 255; 0 in clicked superpixels. 255 everywhere without
        clicks.

    References
    ----------
    .. [1] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
       Segmentation", CVPR 2019, eq. 2 and 4.
    """
    clicked = superpixels.centres[np.unique(superpixels.at(clicks))]
    if not len(clicked):
        return np.full(superpixels.labels.shape, FARTHEST, dtype=np.float32)
    steps = superpixels.centres[:, None] - clicked
    distance = np.hypot(steps[..., 0], steps[..., 1]).min(axis=1)
    if limit is not None:
        distance = np.minimum(distance, limit)
    largest = float(distance.max())
    scaled = distance * (FARTHEST / largest) if largest > 0 else distance
    drawn: FloatArray = scaled.astype(np.float32)[superpixels.labels]
    return drawn
