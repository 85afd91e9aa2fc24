"""Guidance maps from object proposals: regions that may be an object, large and small.

The proposals are the regions of a hierarchy. It begins with watershed basins of the gradient and
merges, step by step, the two neighbours whose union is the most even in colour (Ward's linkage).
It stands in for the proposals of MCG that the paper took.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import higra
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.color import rgb2lab

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import BoolArray, FloatArray
from boundary_click.guidance.distance import FARTHEST
from boundary_click.guidance.superpixel import Superpixels

_SMOOTHING = 1.5
"""Standard deviation of the Gaussian of gradients and colours, in pixels."""
_MIN_AREA = 20
"""Smallest proposal, in pixels."""
_MAX_SHARE = 0.8
"""Largest proposal, as a share of the image."""
_ALIKE = 0.95
"""A region that is more than this share of the one it merges into is no proposal of its own."""


@dataclass(frozen=True, eq=False, slots=True)
class Proposals:
    """Nested regions of an image.

    Attributes
    ----------
    basins : Superpixels
        The smallest regions, leaves of the tree.
    tree : higra.Tree
        Its first ``len(basins)`` nodes are the basins; the last is the whole image.
    areas : ndarray of float64, shape (N,)
        Of each node, in pixels.
    is_proposal : ndarray of bool, shape (N,)
        Which nodes are proposals.
    """

    basins: Superpixels
    tree: Any
    areas: NDArray[np.float64]
    is_proposal: BoolArray

    def __len__(self) -> int:
        return int(np.count_nonzero(self.is_proposal))

    def best_iou(self, mask: BoolArray) -> float:
        """Return the largest IoU of a proposal with a mask, shape (H, W)."""
        held = np.bincount(
            self.basins.labels.ravel(), weights=mask.ravel(), minlength=len(self.basins)
        )
        common = higra.accumulate_sequential(self.tree, held, higra.Accumulators.sum)
        ious = common / (self.areas + np.count_nonzero(mask) - common)
        return float(ious[self.is_proposal].max(initial=0.0))


def find_proposals(image: FloatArray) -> Proposals:
    """Find object proposals in an image.

    Parameters
    ----------
    image : ndarray of float32, shape (H, W, 3)
        In [0, 1].
    """
    colours = rgb2lab(image)
    pixels = higra.get_4_adjacency_graph(image.shape[:2])
    steepness = higra.weight_graph(pixels, _gradient(colours), higra.WeightFunction.mean)
    regions = higra.make_region_adjacency_graph_from_labelisation(
        pixels, higra.labelisation_watershed(pixels, steepness)
    )
    labels = higra.rag_back_project_vertex_weights(regions, np.arange(regions.num_vertices()))
    basins = Superpixels.of(labels.reshape(image.shape[:2]))
    sizes = np.bincount(basins.labels.ravel()).astype(np.float64)
    smooth = ndimage.gaussian_filter(colours, (_SMOOTHING, _SMOOTHING, 0)).reshape(-1, 3)
    means = higra.rag_accumulate_on_vertices(regions, higra.Accumulators.mean, smooth)
    tree, _ = higra.binary_partition_tree_ward_linkage(regions, means, sizes)
    areas = higra.accumulate_sequential(tree, sizes, higra.Accumulators.sum)
    is_distinct = areas <= _ALIKE * areas[tree.parents()]
    is_sized = (areas >= _MIN_AREA) & (areas <= _MAX_SHARE * labels.size)
    return Proposals(basins, tree, areas, is_distinct & is_sized)


def _gradient(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gradient magnitude of a colour picture, (H, W, C) to (H, W)."""
    channels = (
        ndimage.gaussian_gradient_magnitude(colours[..., channel], _SMOOTHING)
        for channel in range(colours.shape[-1])
    )
    magnitude: NDArray[np.float64] = np.sqrt(sum(channel**2 for channel in channels))
    return magnitude


def object_map(
    proposals: Proposals,
    clicks: tuple[Click, ...],
    *,
    scale: float | None = None,
    tolerance: tuple[float, float] = (0.0, np.inf),
) -> FloatArray:
    """Let each proposal that holds a click vote for its pixels.

    Parameters
    ----------
    proposals : Proposals
    clicks : tuple of Click
        The positive ones, in pixel coordinates of the image.
    scale : float, optional
        See `object_scale`. If given, only proposals vote whose area over ``scale ** 2`` is in
        the range ``tolerance`` (eq. 5).
    tolerance : tuple of float
        f1 and f2; the paper takes 0 and tries 2, 3 and 6.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Votes, scaled so that the largest number is 255; 0 everywhere without votes.

    References
    ----------
    .. [1] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
       Segmentation", CVPR 2019, eq. 3 and 5.
    """
    may_vote = proposals.is_proposal
    if scale is not None:
        low, high = (factor * scale**2 for factor in tolerance)
        may_vote = may_vote & (proposals.areas >= low) & (proposals.areas <= high)
    votes = np.zeros(len(proposals.areas))
    for basin in proposals.basins.at(clicks):
        votes[proposals.tree.ancestors(int(basin))] += 1
    totals = _from_root(proposals.tree, np.where(may_vote, votes, 0.0))[: len(proposals.basins)]
    largest = float(totals.max())
    scaled = totals * (FARTHEST / largest) if largest > 0 else totals
    drawn: FloatArray = scaled.astype(np.float32)[proposals.basins.labels]
    return drawn


def _from_root(tree: Any, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up the values of each node and of all that hold it."""
    summed: NDArray[np.float64] = higra.propagate_sequential_and_accumulate(
        tree, values, higra.Accumulators.sum
    )
    return summed
