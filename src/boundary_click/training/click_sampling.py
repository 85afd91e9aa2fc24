"""The clicks of a training sample of the guidance family.

References
----------
.. [1] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
   Segmentation", CVPR 2019, sections 3.4 and 4.2.
.. [2] N. Xu et al., "Deep Interactive Object Selection", CVPR 2016, section 3.2: the three
   strategies for negative clicks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from boundary_click.core.arrays import components
from boundary_click.core.clicks import Click, ClickKind
from boundary_click.core.geometry import BoolArray
from boundary_click.training.config import ClickConfig
from boundary_click.training.samples import Sample

_DEPTH_SHARE = 0.5
"""A margin is no wider than this share of the deepest point's."""
_MAX_OBJECTS = 4
"""Other objects that are clicked at most."""


def sample_clicks(
    sample: Sample, config: ClickConfig, rng: np.random.Generator
) -> tuple[Click, ...]:
    """Simulate what a user has clicked on a sample.

    Parameters
    ----------
    sample : Sample
        Its selection click is the first positive click.
    config : ClickConfig
    rng : numpy.random.Generator

    Returns
    -------
    tuple of Click
        The selection click, then a negative click if there is any (the scale is estimated from
        the first of each sign), then all others.
    """
    if rng.random() < config.first_share:
        return (sample.click,)
    positive = _inside(sample, config, rng)
    negative = _outside(sample, config, rng)
    return (sample.click, *negative[:1], *positive, *negative[1:])


def _inside(sample: Sample, config: ClickConfig, rng: np.random.Generator) -> tuple[Click, ...]:
    """Return positive clicks beside the selection click."""
    count = int(rng.choice(config.positives)) - 1
    margin, gap = float(rng.choice(config.inner_margin)), float(rng.choice(config.inner_gap))
    return _scattered(sample.truth, count, margin, gap, "positive", rng, (sample.click,))


def _outside(sample: Sample, config: ClickConfig, rng: np.random.Generator) -> tuple[Click, ...]:
    """Return negative clicks by one of the strategies."""
    margin, gap = float(rng.choice(config.outer_margin)), float(rng.choice(config.outer_gap))
    strategy = str(rng.choice(config.strategies))
    outside = ~sample.truth & sample.valid
    if strategy == "others" and sample.others.any():
        return _on_others(sample.others, int(rng.choice(config.others)), gap, rng)
    count = int(rng.choice(config.background))
    if strategy == "around":
        return _around(sample.truth, outside, count, margin, rng)
    return _scattered(outside, count, margin, gap, "negative", rng)


def _on_others(
    others: BoolArray, count: int, gap: float, rng: np.random.Generator
) -> tuple[Click, ...]:
    """Return negative clicks on each of some other objects."""
    labels, objects = components(others)
    chosen = rng.permutation(objects)[:_MAX_OBJECTS] + 1
    return tuple(
        click
        for index in chosen
        for click in _scattered(labels == index, count, 0.0, gap, "negative", rng)
    )


def _around(
    truth: BoolArray, outside: BoolArray, count: int, margin: float, rng: np.random.Generator
) -> tuple[Click, ...]:
    """Return negative clicks all round the object, each as far from the others as may be."""
    distance = ndimage.distance_transform_edt(~truth)
    margin = min(margin, _DEPTH_SHARE * float(distance[outside].max(initial=0.0)))
    places = np.argwhere(outside & (np.abs(distance - margin) <= 1))
    if not len(places):
        return ()
    chosen = [int(rng.integers(len(places)))]
    nearest = np.full(len(places), np.inf)
    for _ in range(count - 1):
        nearest = np.minimum(nearest, np.hypot(*(places - places[chosen[-1]]).T))
        chosen.append(int(np.argmax(nearest)))
    return tuple(_click(places[index], "negative") for index in dict.fromkeys(chosen))


def _scattered(
    region: BoolArray,
    count: int,
    margin: float,
    gap: float,
    kind: ClickKind,
    rng: np.random.Generator,
    earlier: tuple[Click, ...] = (),
) -> tuple[Click, ...]:
    """Return clicks in a region, off its edge and off each other.

    Where the region is too narrow for the margin, margin and gap shrink alike.
    """
    depth = ndimage.distance_transform_edt(region)
    deepest = float(depth.max(initial=0.0))
    if count < 1 or not deepest:
        return ()
    shrink = min(1.0, _DEPTH_SHARE * deepest / margin) if margin else 1.0
    places = np.argwhere(depth >= max(margin * shrink, 1.0))
    places = _far_from(places, [(c.row, c.col) for c in earlier], gap * shrink)
    found: list[Click] = []
    while len(found) < count and len(places):
        place = places[rng.integers(len(places))]
        found.append(_click(place, kind))
        places = _far_from(places, [tuple(place)], gap * shrink)
    return tuple(found)


def _far_from(
    places: NDArray[np.int64], others: list[tuple[float, float]], gap: float
) -> NDArray[np.int64]:
    """Return the places that keep a distance to all others."""
    for row, col in others:
        distance = np.hypot(places[:, 0] - row, places[:, 1] - col)
        places = places[distance > max(gap, 0.5)]
    return places


def _click(place: NDArray[np.int64], kind: ClickKind) -> Click:
    return Click(float(place[0]), float(place[1]), kind)
