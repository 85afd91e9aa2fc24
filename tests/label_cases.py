"""Labels with all that is awkward in them, and random masks."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from boundary_click.io.labelled import LabelledImage
from boundary_click.io.pixel_size import PixelSize
from boundary_click.io.stacks import Stack

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.booleans())
PIXEL_SIZE = PixelSize({"Z": (0.5, "µm"), "Y": (0.2, "µm"), "X": (0.1, "µm")})


def labels_of(mask: np.ndarray, object_id: int = 7) -> LabelledImage:
    return LabelledImage(Stack(np.where(mask, object_id, 0).astype(np.uint16)))


def awkward() -> np.ndarray:
    """Two times, three planes, 30 x 40: a hole, parts, corners that touch, borders, large ids."""
    labels = np.zeros((2, 3, 30, 40), dtype=np.int64)
    labels[0, 0, 3:12, 4:16] = 1
    labels[0, 0, 5:8, 6:9] = 0
    labels[0, 0, 6, 7] = 2
    labels[0, 1, 3:10, 4:12] = 1
    labels[0, 1, 0, 0] = labels[0, 1, 29, 39] = 70000
    labels[1, 2, 10, 10] = labels[1, 2, 11, 11] = 1
    labels[1, 2, :, 30:] = 65535
    return labels


def centres(shape: tuple[int, int]) -> np.ndarray:
    """(x, y) of the centres of pixels in edge coordinates, shape (H * W, 2), row by row."""
    rows, cols = np.indices(shape) + 0.5
    return np.stack([cols.ravel(), rows.ravel()], axis=1)
