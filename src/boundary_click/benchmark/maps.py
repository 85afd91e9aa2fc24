"""The study of guidance maps: how well their regions fit objects, and what they cost.

References
----------
.. [1] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
   Segmentation", CVPR 2019, sections 3.1, 3.2 and 4.3.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ParamSpec, TypeVar

import numpy as np

from boundary_click.benchmark.metrics import Spread
from boundary_click.benchmark.protocol import Target, visits
from boundary_click.core.arrays import iou, is_colour_image, normalise
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import BoolArray, FloatArray
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.windows import square_window
from boundary_click.guidance.proposal import find_proposals, object_map
from boundary_click.guidance.superpixel import (
    METHODS,
    Superpixels,
    find_superpixels,
    superpixel_map,
)

COUNTS = (500, 1000)
"""Numbers of superpixels to try, as the paper does."""
SIDE = 256
"""Side of the windows if nothing else is asked for, in pixels."""

_WINDOW_RATIO = 2.0
"""Side of a window over the longer side of its object."""
_MIN_WINDOW = 28.0
"""Smallest side of a window, in image pixels."""

Made = TypeVar("Made")
Given = ParamSpec("Given")


@dataclass(frozen=True, slots=True)
class MapResult:
    """The regions round one object.

    Attributes
    ----------
    image : str
    object_id : int
    ious : dict of float
        By the name of the regions: of the best proposal with the object, and of the superpixels
        that lie in it by more than half.
    counts : dict of int
        Regions in the window.
    milliseconds : dict of float
        To find the regions, and to draw a map of them for one click.
    """

    image: str
    object_id: int
    ious: dict[str, float]
    counts: dict[str, int]
    milliseconds: dict[str, float]


def study_maps(targets: Sequence[Target], *, seed: int, side: int = SIDE) -> Iterator[MapResult]:
    """Find regions in a window round each object, placed by its label.

    Parameters
    ----------
    targets : sequence of Target
    seed : int
        See `visits`.
    side : int
        Of the windows, in pixels.

    Yields
    ------
    MapResult
    """
    for target, image, labels, rng in visits(targets, seed=seed):
        shown = max(_WINDOW_RATIO * target.box.side, _MIN_WINDOW)
        window = square_window(target.box.centre, shown, labels.shape, side)
        picture = normalise(window.read(image), is_colour=is_colour_image(image))
        mask = labels == target.object_id
        truth = window.read(mask.astype(np.float32), outside=0.0) > 0.5
        clicks = window.to_grid((RobotUser().select(mask, rng),))
        yield MapResult(target.plane.name, target.object_id, *_measured(picture, truth, clicks))


def _measured(
    picture: FloatArray, truth: BoolArray, clicks: tuple[Click, ...]
) -> tuple[dict[str, float], dict[str, int], dict[str, float]]:
    """Return IoUs, counts and milliseconds of all kinds of regions in one window."""
    proposals, spent = timed(find_proposals, picture)
    ious, counts = {"proposals": proposals.best_iou(truth)}, {"proposals": len(proposals)}
    times = {"proposals": spent, "object map": timed(object_map, proposals, clicks)[1]}
    for method, count in itertools.product(METHODS, COUNTS):
        name = f"{method} {count}"
        superpixels, times[name] = timed(find_superpixels, picture, method=method, count=count)
        times[f"{name}, map"] = timed(superpixel_map, superpixels, clicks)[1]
        ious[name] = iou(covered(superpixels, truth), truth)
        counts[name] = len(superpixels)
    return ious, counts, times


def covered(superpixels: Superpixels, mask: BoolArray) -> BoolArray:
    """Return the superpixels that lie in a mask by more than half, as a mask."""
    flat = superpixels.labels.ravel()
    shares = np.bincount(flat, weights=mask.ravel()) / np.bincount(flat)
    inside: BoolArray = (shares > 0.5)[superpixels.labels]
    return inside


def timed(
    make: Callable[Given, Made], *given: Given.args, **named: Given.kwargs
) -> tuple[Made, float]:
    """Return what a function makes, and the milliseconds it takes."""
    began = time.perf_counter()
    made = make(*given, **named)
    return made, 1000 * (time.perf_counter() - began)


def map_summary(results: Sequence[MapResult]) -> dict[str, Any]:
    """Sum up a study.

    Returns
    -------
    dict
        ``objects``; ``regions`` by name (mean ``iou``, ``over70``, the share of objects with an
        IoU above 0.7, mean ``count``); ``milliseconds`` by name (median, p95).

    Raises
    ------
    ValueError
        If there is no result.
    """
    if not results:
        raise ValueError("no object to study")
    regions = {}
    for name in results[0].ious:
        ious = np.array([result.ious[name] for result in results])
        regions[name] = {
            "iou": float(ious.mean()),
            "over70": float((ious > 0.7).mean()),
            "count": float(np.mean([result.counts[name] for result in results])),
        }
    spreads = {
        name: Spread.of([result.milliseconds[name] for result in results])
        for name in results[0].milliseconds
    }
    times = {name: asdict(spread) for name, spread in spreads.items() if spread}
    return {"objects": len(results), "regions": regions, "milliseconds": times}
