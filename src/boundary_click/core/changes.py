"""Changes of labels as values, so that each can be taken back, made again and stored."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boundary_click.core.pieces import Where, size
from boundary_click.core.planes import Plane

_FAST = 1


@dataclass(frozen=True, slots=True)
class PixelChange:
    """What became of a rectangle of labels on one plane.

    Labels are constant over large areas, so both sides are kept compressed: some hundred bytes
    for a usual object.

    Attributes
    ----------
    plane : Plane
    where : tuple of slice
        Rows and columns of the plane.
    dtype : str
        Of the labels, such as ``"int32"``.
    packed_before, packed_after : bytes
        The labels, compressed.
    """

    plane: Plane
    where: Where
    dtype: str
    packed_before: bytes
    packed_after: bytes

    @classmethod
    def of(
        cls, plane: Plane, where: Where, before: NDArray[np.integer], after: NDArray[np.integer]
    ) -> PixelChange:
        """Return the change from one rectangle of labels to another, shape (h, w) each."""
        return cls(plane, where, before.dtype.name, _pack(before), _pack(after))

    @property
    def before(self) -> NDArray[np.integer]:
        """The labels before, shape (h, w)."""
        return self._unpack(self.packed_before)

    @property
    def after(self) -> NDArray[np.integer]:
        """The labels after, shape (h, w)."""
        return self._unpack(self.packed_after)

    @property
    def reverse(self) -> PixelChange:
        """The change that takes this one back."""
        return PixelChange(
            self.plane, self.where, self.dtype, self.packed_after, self.packed_before
        )

    @property
    def nbytes(self) -> int:
        """Memory for both sides, in bytes."""
        return len(self.packed_before) + len(self.packed_after)

    def _unpack(self, packed: bytes) -> NDArray[np.integer]:
        flat = np.frombuffer(zlib.decompress(packed), dtype=self.dtype)
        labels: NDArray[np.integer] = flat.reshape(size(self.where))
        return labels


def _pack(labels: NDArray[np.integer]) -> bytes:
    return zlib.compress(np.ascontiguousarray(labels).tobytes(), _FAST)
