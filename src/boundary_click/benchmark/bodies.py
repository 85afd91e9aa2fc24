"""Objects of a labelled stack that go through many planes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from boundary_click.core.arrays import IGNORE_LABEL, components
from boundary_click.core.geometry import BoolArray
from boundary_click.engine.motion import parts_on
from boundary_click.engine.state import Patch

MIN_AREA = 200
"""Mean cross-section of a body that is drawn, in pixels."""
MIN_PLANES = 30
"""Fewest planes of a body that is drawn."""

Masks = Mapping[int, Patch]
"""Masks of an object by plane; it is empty on the others."""


@dataclass(frozen=True, slots=True)
class Body:
    """An object of a stack.

    Attributes
    ----------
    labels : ndarray of integers, shape (Z, H, W)
        Of the whole stack.
    object_id : int
    first, last : int
        The first and the last plane that hold it.
    """

    labels: NDArray[Any]
    object_id: int
    first: int
    last: int

    @property
    def middle(self) -> int:
        """The plane in the middle."""
        return (self.first + self.last) // 2

    @property
    def planes(self) -> tuple[int, ...]:
        """The planes that hold it."""
        return tuple(k for k in range(self.first, self.last + 1) if self.on(k).any())

    def on(self, index: int) -> BoolArray:
        """Return its cross-section, shape (H, W), all parts of it."""
        mask: BoolArray = self.labels[index] == self.object_id
        return mask

    def parts(self, index: int, *, min_area: int = 1) -> list[BoolArray]:
        """Return the connected parts of its cross-section."""
        labels, count = components(self.on(index))
        parts = [labels == number for number in range(1, count + 1)]
        return [part for part in parts if np.count_nonzero(part) >= min_area]

    def largest_part(self, index: int) -> BoolArray:
        """Return the largest connected part of its cross-section."""
        return max(self.parts(index), key=np.count_nonzero)

    def parts_near(self, index: int, mask: Patch | None) -> BoolArray:
        """Return the parts of its cross-section that a mask touches, else the largest part."""
        if mask is not None:
            touched = np.zeros(self.labels.shape[1:], dtype=bool)
            touched[mask.where] = mask.mask
            parts = parts_on(self.on(index), touched)
            if parts.any():
                return parts
        return self.largest_part(index)

    def traced(self) -> dict[int, Patch]:
        """Return what can be reached from the largest part on the middle plane.

        Plane by plane, these are the parts that overlap those on the plane before: the best that
        any propagation can do which follows what it has.
        """
        masks = {}
        for indices in (range(self.middle, self.last + 1), range(self.middle, self.first - 1, -1)):
            mask = self.largest_part(self.middle)
            for index in indices:
                mask = parts_on(self.on(index), mask)
                if not mask.any():
                    break
                masks[index] = Patch.of(mask)
        return masks

    def plane_iou(self, masks: Masks, index: int) -> float:
        """Return the IoU on one plane, 1 where both are empty."""
        common, whole = self._counts(masks, index)
        return common / whole if whole else 1.0

    def iou(self, masks: Masks, indices: Iterable[int] | None = None) -> float:
        """Return the IoU in three dimensions, over all planes or over some that hold it."""
        over = range(len(self.labels)) if indices is None else indices
        counts = np.array([self._counts(masks, index) for index in over])
        common, whole = counts.sum(axis=0)
        return float(common / whole)

    def _counts(self, masks: Masks, index: int) -> tuple[int, int]:
        """Return the pixels of the intersection and of the union on a plane."""
        truth = self.on(index)
        area = int(np.count_nonzero(truth))
        if (patch := masks.get(index)) is None:
            return 0, area
        common = int(np.count_nonzero(truth[patch.where] & patch.mask))
        return common, area + int(np.count_nonzero(patch.mask)) - common


def find_bodies(
    labels: NDArray[Any], *, min_area: int = MIN_AREA, min_planes: int = MIN_PLANES
) -> tuple[Body, ...]:
    """Return the larger bodies of a labelled stack, shape (Z, H, W), in the order of their ids.

    Parameters
    ----------
    labels : ndarray of integers, shape (Z, H, W)
    min_area : int
        Least mean cross-section, in pixels.
    min_planes : int
        Fewest planes.
    """
    bodies = []
    for object_id, where in enumerate(ndimage.find_objects(labels), 1):
        if where is None or object_id == IGNORE_LABEL:
            continue
        areas = np.count_nonzero(labels[where] == object_id, axis=(1, 2))
        held = areas[areas > 0]
        if len(held) >= min_planes and held.mean() >= min_area:
            bodies.append(Body(labels, object_id, where[0].start, where[0].stop - 1))
    return tuple(bodies)


def draw_bodies(bodies: tuple[Body, ...], count: int, seed: int) -> tuple[Body, ...]:
    """Draw bodies at random, in the order of ``bodies``."""
    chosen = np.random.default_rng(seed).permutation(len(bodies))[:count]
    return tuple(bodies[index] for index in sorted(chosen))
