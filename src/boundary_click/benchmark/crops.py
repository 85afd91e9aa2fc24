"""The crop study: how much padding a crop needs to hold the whole object.

The refinement sees nothing outside the crop, so an object that is not wholly inside it can
never be mended; a larger crop wastes resolution.

References
----------
.. [1] S. Majumder et al., "Two-in-One Refinement for Interactive Segmentation", BMVC 2020,
   section 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from boundary_click.benchmark.protocol import Target, visits
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import Box
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.robot_user import RobotUser

PADDINGS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
"""Paddings to try, as shares of the longer side of the box."""


@runtime_checkable
class Cropper(Predictor, Protocol):
    """A predictor that works on a crop."""

    def crop_boxes(self, image: Any, click: Click, paddings: Sequence[float]) -> tuple[Box, ...]:
        """Return the crop round the object at a click, for each padding."""
        ...


@dataclass(frozen=True, slots=True)
class CropResult:
    """The crops round one object.

    Attributes
    ----------
    image : str
    object_id : int
    is_held : tuple of bool
        Whether the object lies wholly inside the crop, for each padding.
    area_shares : tuple of float
        Area of the crop as a share of the image's.
    """

    image: str
    object_id: int
    is_held: tuple[bool, ...]
    area_shares: tuple[float, ...]


def study_crops(
    targets: Sequence[Target],
    cropper: Cropper,
    *,
    seed: int,
    paddings: Sequence[float] = PADDINGS,
) -> Iterator[CropResult]:
    """Crop round objects after a simulated selection click.

    Parameters
    ----------
    targets : sequence of Target
    cropper : Cropper
    seed : int
        See `visits`.
    paddings : sequence of float

    Yields
    ------
    CropResult
    """
    robot = RobotUser()
    for target, image, labels, rng in visits(targets, seed=seed):
        whole = Box.of_image(labels.shape)
        click = robot.select(labels == target.object_id, rng)
        boxes = [box.intersection(whole) for box in cropper.crop_boxes(image, click, paddings)]
        yield CropResult(
            target.plane.name,
            target.object_id,
            tuple(box.contains(target.box) for box in boxes),
            tuple(box.height * box.width / labels.size for box in boxes),
        )


def crop_summary(
    results: Sequence[CropResult], paddings: Sequence[float] = PADDINGS
) -> dict[str, Any]:
    """Return instance recall and area reduction for each padding.

    Returns
    -------
    dict
        ``objects``; lists ``paddings``, ``recall`` (share of objects wholly inside their crop)
        and ``reduction`` (mean share of the image that the crop leaves out).

    Raises
    ------
    ValueError
        If there is no result.
    """
    if not results:
        raise ValueError("no object to study")
    held = np.array([result.is_held for result in results])
    shares = np.array([result.area_shares for result in results])
    return {
        "objects": len(results),
        "paddings": list(paddings),
        "recall": held.mean(axis=0).tolist(),
        "reduction": (1 - shares.mean(axis=0)).tolist(),
    }
