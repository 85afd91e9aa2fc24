"""Labels of one image with all that is known beside them: what is exported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boundary_click.core.arrays import labelled_objects
from boundary_click.core.geometry import BoolArray
from boundary_click.core.pieces import Where
from boundary_click.core.records import ObjectRecord
from boundary_click.io.stacks import Stack, highest_id

PlaneIndex = tuple[int, ...]
"""Index of a plane, one number for each plane axis."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPiece:
    """The pixels of an object on one plane.

    Attributes
    ----------
    object_id : int
    where : tuple of slice
        Rows and columns of the plane.
    mask : ndarray of bool
        Of the shape of ``where``.
    area : int
        In pixels.
    """

    object_id: int
    where: Where
    mask: BoolArray
    area: int


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImage:
    r"""Labels of one image.

    Attributes
    ----------
    labels : Stack
        Integers of shape (\*planes, H, W), numpy or lazy: 0 is background, every other value
        the id of an object, 65535 too. Planes are read one at a time.
    name : str
        What files call it.
    image : Stack or None
        The image, of the same planes and size; intensities are measured in it.
    records : tuple of ObjectRecord
        Clicks and seconds of the objects; empty if nothing is known.

    Raises
    ------
    ValueError
        If the labels are no integers or have channels, or the image is of another size.
    """

    labels: Stack
    name: str = "labels"
    image: Stack | None = None
    records: tuple[ObjectRecord, ...] = ()

    def __post_init__(self) -> None:
        data, axes = self.labels.data, f"{self.labels.plane_axes}YX"
        if data.dtype.kind not in "ui":
            raise ValueError(
                f"labels must be integers, got {data.dtype}; save each object with an id from 1"
            )
        if data.ndim != len(axes):
            raise ValueError(
                f"labels must have the axes {axes} and no channels, got shape {data.shape}; "
                "give labels, not an image or a picture of them"
            )
        if self.image is not None and self.image.shape != self.labels.shape:
            raise ValueError(
                f"labels of shape {self.labels.shape} do not fit an image of shape "
                f"{self.image.shape}; give the image that they belong to"
            )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a plane."""
        height, width = self.labels.shape[-2:]
        return height, width

    def planes(self) -> Iterator[PlaneIndex]:
        """Yield the index of each plane."""
        yield from np.ndindex(self.labels.planes)

    def plane(self, index: PlaneIndex) -> NDArray[Any]:
        """Read the labels of a plane.

        Raises
        ------
        ValueError
            If an id is negative.
        """
        plane = self.labels.plane(index)
        highest_id(plane)
        return plane

    def pieces(self, index: PlaneIndex) -> Iterator[LabelledPiece]:
        """Yield the objects of a plane in the order of their ids."""
        plane = self.plane(index)
        for found in labelled_objects(plane, ignored=None):
            where = found.box.pixels(plane.shape)
            yield LabelledPiece(found.object_id, where, plane[where] == found.object_id, found.area)

    def position(self, index: PlaneIndex) -> dict[str, int]:
        """Return where a plane lies along each plane axis, such as ``{"t": 0, "z": 3}``."""
        return dict(zip(self.labels.plane_axes.lower(), index, strict=True))
