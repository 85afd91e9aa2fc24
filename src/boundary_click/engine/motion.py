"""A mask carried along with the image from one plane of a stack to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage
from skimage.registration import optical_flow_ilk

from boundary_click.core.arrays import components, is_colour_image, normalise, signed_distance
from boundary_click.core.geometry import BoolArray, Box, FloatArray, Window
from boundary_click.engine.state import Patch

_MARGIN = 16
"""Pixels round a mask that are looked at; it moves no farther from a plane to the next."""
_MAX_SIZE = 160
"""Largest side of the grid, in cells; a larger surrounding is looked at through a coarser one."""
_FLOW_RADIUS = 3
"""Half the side of the squares that move as one, in cells. On neurites in an electron microscope
3 beats 5, 7 and 12; on nuclei it makes no difference."""

_NEAR = 4.0
"""Cells round the mask that are compared, so that its outline is."""
_NOISE = 1.0
"""Standard deviation of the Gaussian that images are smoothed by before, in cells."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The grid that a mask is followed on: a square round it, at the image's zoom or coarser.

    Attributes
    ----------
    window : Window
    """

    window: Window

    @classmethod
    def of(cls, mask: Patch, shape: tuple[int, int]) -> Surroundings:
        """Return those of a mask in an ``(H, W)`` image."""
        side = int(mask.box.side) + 2 * _MARGIN
        row, col = mask.box.centre
        top, left = np.floor((row - side / 2, col - side / 2))
        box = Box(float(top), float(left), float(top) + side, float(left) + side)
        return cls(Window(box.shifted_into(Box.of_image(shape)), min(side, _MAX_SIZE)))

    def picture(self, image: Any) -> FloatArray:
        """Return the brightness of an image, stretched to [0, 1], shape (S, S).

        Raises
        ------
        ValueError
            If it is constant here, or not finite.
        """
        channels = normalise(self.window.read(image), is_colour=is_colour_image(image))
        brightness: FloatArray = channels.mean(axis=2)
        return brightness

    def probability(self, mask: Patch) -> FloatArray:
        """Return a mask's probability on the grid, shape (S, S), 0 where it says nothing."""
        rows, cols = mask.where
        box = self.window.box.shifted(-rows.start, -cols.start)
        shown: FloatArray = Window(box, self.window.size).read(mask.probability, outside=0.0)
        return shown


def carry(mask: BoolArray, before: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Move a mask as the image moves.

    Parameters
    ----------
    mask : ndarray of bool, shape (S, S)
        On the plane before.
    before, after : ndarray of float32, shape (S, S)
        Brightness of the two planes.

    Returns
    -------
    carried : ndarray of float32, shape (S, S)
        Distance to the outline on the plane after, in cells, positive inside.
    expected : ndarray of float32, shape (S, S)
        The brightness that the plane after should have.

    References
    ----------
    .. [1] G. Le Besnerais and F. Champagnat, "Dense optical flow by iterative local window
       registration", ICIP 2005.
    """
    flow = optical_flow_ilk(  # type: ignore[no-untyped-call]
        after, before, radius=_FLOW_RADIUS, num_warp=2
    )
    sources = np.indices(mask.shape, dtype=np.float32) + np.clip(flow, -_MARGIN, _MARGIN)
    carried, expected = (
        ndimage.map_coordinates(values, sources, order=1, mode="nearest")
        for values in (signed_distance(mask), before)
    )
    return carried, expected


def likeness(carried: FloatArray, expected: FloatArray, after: FloatArray) -> float:
    """Return the correlation of expected and true brightness in a mask and round it.

    Parameters
    ----------
    carried, expected : ndarray of float32, shape (S, S)
        See `carry`.
    after : ndarray of float32, shape (S, S)

    Returns
    -------
    float
        From -1 to 1; 0 if one of the two is constant there.
    """
    near = carried > -_NEAR
    first, second = (ndimage.gaussian_filter(p, _NOISE)[near] for p in (expected, after))
    first, second = first - first.mean(), second - second.mean()
    power = float((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / power**0.5) if power else 0.0


def parts_on(mask: BoolArray, previous: BoolArray) -> BoolArray:
    """Return the connected parts of a mask that share a pixel with another, shapes (H, W).

    An object that splits goes on as all its parts.
    """
    labels, count = components(mask)
    is_shared = np.zeros(count + 1, dtype=bool)
    is_shared[np.unique(labels[previous])] = True
    is_shared[0] = False
    parts: BoolArray = is_shared[labels]
    return parts
