"""The pixels of a Labels layer, whatever holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from boundary_click.core.pieces import Where
from boundary_click.core.planes import Plane

if TYPE_CHECKING:
    from boundary_click.io.label_pyramid import LabelPyramid

_PYRAMID = "boundary_click_pyramid"

Block = tuple[tuple[Any, ...], NDArray[np.integer]]
"""An index of the array, and the labels there."""


class LabelPixels(Protocol):
    """Reads and writes the labels of a layer."""

    @property
    def array(self) -> Any:
        """The labels as an array, in full resolution."""

    def set(self, plane: Plane, where: Where, changing: Any, values: Any) -> None:
        """Give the pixels of a rectangle where ``changing`` is true other values, and show them.

        Parameters
        ----------
        plane : Plane
        where : tuple of slice
        changing : ndarray of bool, shape (h, w)
        values : ndarray of integers, shape (h, w)
        """

    def blocks(self) -> Iterator[Block]:
        """Yield all that is not empty, piece by piece."""


class LayerPixels:
    """The pixels of a layer of one resolution, in memory or lazy."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels

    @property
    def array(self) -> Any:
        """The labels as an array."""
        return self._labels.data

    def set(self, plane: Plane, where: Where, changing: Any, values: Any) -> None:
        """Change pixels; see `LabelPixels`."""
        rows, cols = np.nonzero(changing)
        top, left = (along.start for along in where)
        indices = plane.indices(rows + top, cols + left)
        self._labels.data_setitem(indices, values[rows, cols])

    def blocks(self) -> Iterator[Block]:
        """Yield the planes."""
        data = self._labels.data
        for index in np.ndindex(*data.shape[:-2]):
            yield index, np.asarray(data[index])


class PyramidPixels:
    """The pixels of a layer of many resolutions, on the disk."""

    def __init__(self, labels: Labels, pyramid: LabelPyramid) -> None:
        self._labels, self._pyramid = labels, pyramid

    @property
    def array(self) -> Any:
        """The labels in full resolution."""
        return self._pyramid.levels[0]

    def set(self, plane: Plane, where: Where, changing: Any, values: Any) -> None:
        """Change pixels; see `LabelPixels`."""
        labels = np.where(changing, values, self._pyramid.read(plane, where))
        self._pyramid.write(plane, where, labels)
        self._labels.refresh()

    def blocks(self) -> Iterator[Block]:
        """Yield what was ever written."""
        for region in self._pyramid.written():
            yield region, np.asarray(self.array[region])


def pixels_of_labels(labels: Labels) -> LabelPixels:
    """Return the pixels of a layer."""
    pyramid = labels.metadata.get(_PYRAMID)
    return LayerPixels(labels) if pyramid is None else PyramidPixels(labels, pyramid)


def is_writable(labels: Labels) -> bool:
    """Whether masks can be written into a layer."""
    return not labels.multiscale or _PYRAMID in labels.metadata


def pyramid_layer(pyramid: LabelPyramid, **options: Any) -> Labels:
    """Return a layer that shows a pyramid, which only this plugin can edit."""
    layer = Labels([*pyramid.levels], multiscale=True, **options)
    layer.metadata[_PYRAMID] = pyramid
    return layer
