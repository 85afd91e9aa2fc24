"""What a network is told of the clicks: guidance maps, one channel each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from boundary_click.core.clicks import Click, of_kind
from boundary_click.core.geometry import BoolArray, FloatArray
from boundary_click.guidance.distance import FARTHEST, euclidean_map, gaussian_map
from boundary_click.guidance.proposal import Proposals, find_proposals, object_map
from boundary_click.guidance.scale import object_scale
from boundary_click.guidance.superpixel import Superpixels, find_superpixels, superpixel_map
from boundary_click.models.config import GuidanceConfig, MapName

UNLIMITED = (0.0, float("inf"))
"""The range in which every object proposal votes."""


@dataclass(frozen=True, slots=True)
class Regions:
    """What maps know of the content of an image; found once, used by every click.

    Attributes
    ----------
    superpixels : Superpixels or None
    proposals : Proposals or None
        None where no map needs them.
    """

    superpixels: Superpixels | None = None
    proposals: Proposals | None = None


def find_regions(config: GuidanceConfig, image: FloatArray) -> Regions:
    """Find the regions that the configured maps need.

    Parameters
    ----------
    config : GuidanceConfig
    image : ndarray of float32, shape (S, S, 3)
        In [0, 1].
    """
    superpixels = proposals = None
    if any(name.startswith("superpixel") for name in config.maps):
        superpixels = find_superpixels(
            image, method=config.superpixels, count=config.superpixel_count
        )
    if "object" in config.maps:
        proposals = find_proposals(image)
    return Regions(superpixels, proposals)


def guidance_stack(
    config: GuidanceConfig,
    clicks: tuple[Click, ...],
    shape: tuple[int, int],
    *,
    regions: Regions = Regions(),
    previous: BoolArray | None = None,
    scale: float | None = None,
) -> FloatArray:
    """Draw guidance maps.

    Parameters
    ----------
    config : GuidanceConfig
        Names the maps.
    clicks : tuple of Click
        In pixel coordinates of the maps, in the order they were made.
    shape : tuple of int
        ``(S, S)`` of the maps.
    regions : Regions
        Of the image under the maps, as `find_regions` finds them.
    previous : ndarray of bool, shape (S, S), optional
        The mask before, if there is one.
    scale : float, optional
        Square root of the object's area in pixels, if it is known; by default it is estimated
        from the clicks (see `object_scale`).

    Returns
    -------
    ndarray of float32, shape (K, S, S)
        In [0, 1], in the order of the configuration: the maps of the guidance paper over 255.

    References
    ----------
    .. [1] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
       Segmentation", CVPR 2019, section 3.
    """
    positive, negative = of_kind(clicks, "positive"), of_kind(clicks, "negative")
    scale = object_scale(clicks) if scale is None else scale
    reach = config.superpixel_reach
    limit = None if reach is None or scale is None else reach * scale
    tolerance = config.proposal_range

    def of_superpixels(of_sign: tuple[Click, ...]) -> FloatArray:
        assert regions.superpixels is not None  # found for this configuration
        return superpixel_map(regions.superpixels, of_sign, limit=limit) / FARTHEST

    def of_proposals() -> FloatArray:
        assert regions.proposals is not None  # found for this configuration
        votes = object_map(
            regions.proposals,
            positive,
            scale=None if tolerance is None else scale,
            tolerance=tolerance or UNLIMITED,
        )
        return votes / FARTHEST

    draw: dict[MapName, Callable[[], FloatArray]] = {
        "gaussian-positive": lambda: gaussian_map(positive, shape, config.sigma),
        "gaussian-negative": lambda: gaussian_map(negative, shape, config.sigma),
        "euclidean-positive": lambda: euclidean_map(positive, shape) / FARTHEST,
        "euclidean-negative": lambda: euclidean_map(negative, shape) / FARTHEST,
        "superpixel-positive": lambda: of_superpixels(positive),
        "superpixel-negative": lambda: of_superpixels(negative),
        "object": of_proposals,
        "previous": lambda: _distance_to(previous, shape) / FARTHEST,
    }
    return np.stack([draw[name]() for name in config.maps]).astype(np.float32, copy=False)


def _distance_to(mask: BoolArray | None, shape: tuple[int, int]) -> FloatArray:
    """Return the distance of each pixel to a mask, none above 255; 255 everywhere without one."""
    if mask is None or not mask.any():
        return np.full(shape, FARTHEST, dtype=np.float32)
    distance: FloatArray = ndimage.distance_transform_edt(~mask).astype(np.float32)
    return np.minimum(distance, FARTHEST)


def without_clicks(name: MapName) -> float:
    """Return the value that a map has everywhere where no click speaks."""
    return 0.0 if name == "object" or name.startswith("gaussian") else 1.0
