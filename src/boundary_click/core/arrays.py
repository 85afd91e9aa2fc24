"""Images and masks: what is accepted, how it is normalised, how masks are compared."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from boundary_click.core.geometry import BoolArray, Box, FloatArray

IGNORE_LABEL = 65535
"""Label value of pixels that belong to no decision: left out of losses and of every IoU."""

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=bool)
_CENTRAL_ENOUGH = 0.5
"""The centre of mass is clicked if it is at least this share as deep as the deepest point."""
_MIN_SIDE = 2
_CONTRAST_PERCENTILES = (0.5, 99.5)
_ROUNDING = 16
"""Differences of up to this many units of the last digit are no contrast but rounding."""


def check_image(image: Any) -> tuple[int, int]:
    """Check that an array is an image plane and return its (H, W).

    Parameters
    ----------
    image : array-like, shape (H, W) or (H, W, C)
        Any real dtype; numpy, dask and zarr arrays alike. Pixels are not read.

    Raises
    ------
    ValueError
        If the number of dimensions, the size or the number of channels is wrong.
    TypeError
        If the values are not real numbers.
    """
    shape = tuple(np.shape(image))
    dtype = image.dtype if hasattr(image, "dtype") else np.asarray(image).dtype
    if len(shape) not in (2, 3):
        raise ValueError(
            f"image must be one plane of shape (H, W) or (H, W, C), got {len(shape)} dimensions "
            f"{shape}; pass one plane of a stack, such as stack[z]"
        )
    if min(shape[:2]) < _MIN_SIDE or 0 in shape:
        raise ValueError(
            f"image must be at least {_MIN_SIDE} pixels high and wide, got shape {shape}"
        )
    if dtype.kind not in "buif":
        raise TypeError(f"image must hold real numbers, got dtype {dtype}; convert it first")
    return int(shape[0]), int(shape[1])


def normalise(window: NDArray[Any], *, is_colour: bool) -> FloatArray:
    """Stretch a window's values to [0, 1] and bring them to three channels.

    Parameters
    ----------
    window : ndarray of float32 or float64, shape (S, S) or (S, S, C)
        As `Window.read` returns it: an offset costs no contrast that the type can hold.
        One gray channel is repeated; of two the mean is the third; of four or more the
        first three are taken, so that alpha does not count.
    is_colour : bool
        Whether the channels are one colour picture, see `is_colour_image`: then one
        stretch serves all, which keeps the hue, else each channel gets its own.

    Returns
    -------
    ndarray of float32, shape (S, S, 3)
        The 0.5 and 99.5 percentiles lie at 0 and 1, values beyond are clipped.

    Raises
    ------
    ValueError
        If the window holds NaN or infinite values, or is constant.
    """
    channels = _channels(window)
    if not np.isfinite(channels).all():
        raise ValueError(
            "image has NaN or infinite values near the click; replace them, "
            "for instance with numpy.nan_to_num(image)"
        )
    axes = (0, 1, 2) if is_colour else (0, 1)
    low, high = np.percentile(channels[::2, ::2], _CONTRAST_PERCENTILES, axis=axes, keepdims=True)
    has_contrast = _differ(low, high, window.dtype)
    if not has_contrast.any():
        low = channels.min(axis=axes, keepdims=True)
        high = channels.max(axis=axes, keepdims=True)
        has_contrast = _differ(low, high, window.dtype)
    if not has_contrast.any():
        raise ValueError(
            f"image is constant (value {channels.flat[0]:g}) near the click, so there is no "
            "outline to find; check the plane, the channel and the position"
        )
    span = np.where(has_contrast, high - low, 1.0)
    stretched: FloatArray = np.clip((channels - low) / span, 0.0, 1.0).astype(np.float32)
    return np.repeat(stretched, 3, axis=2) if stretched.shape[2] == 1 else stretched


def _differ(low: NDArray[Any], high: NDArray[Any], dtype: np.dtype[Any]) -> BoolArray:
    """Whether bounds lie further apart than the rounding of resampling may bring them."""
    digit = np.finfo(dtype).eps * np.maximum(np.abs(low), np.abs(high))
    apart: BoolArray = high - low > _ROUNDING * digit
    return apart


def is_colour_image(image: Any) -> bool:
    """Whether an image is a colour picture rather than separate channels.

    By its shape alone, as in napari's rgb layers: (H, W, 3) is RGB and (H, W, 4) RGBA,
    whatever the dtype.
    """
    return len(image.shape) == 3 and image.shape[2] in (3, 4)


def _channels(window: NDArray[Any]) -> NDArray[Any]:
    """Return the channels that count, (S, S, 1) or (S, S, 3)."""
    if window.ndim == 2:
        return window[..., None]
    if window.shape[2] == 2:
        return np.concatenate([window, window.mean(axis=2, keepdims=True)], axis=2)
    return window[..., :3]


def iou(first: BoolArray, second: BoolArray, *, valid: BoolArray | None = None) -> float:
    """Return the intersection over union of two (H, W) masks, 1 where both are empty.

    Pixels outside ``valid`` do not count.
    """
    union = first | second
    common = first & second
    if valid is not None:
        union, common = union & valid, common & valid
    area = np.count_nonzero(union)
    return np.count_nonzero(common) / area if area else 1.0


def inner_boundary(mask: BoolArray, *, edge_counts: bool = False) -> BoolArray:
    """Return the pixels of an (H, W) mask with a 4-neighbour outside it.

    Beyond the image's edge counts as outside only with ``edge_counts``.
    """
    boundary: BoolArray = mask & ~ndimage.binary_erosion(mask, border_value=not edge_counts)
    return boundary


def signed_distance(mask: BoolArray) -> FloatArray:
    """Return the distance of each pixel centre to the outline, in pixels, positive inside.

    The outline runs along pixel edges, so the pixels beside it are at +0.5 and -0.5.
    An empty mask has no outline: all values are minus the grid's diagonal, a full mask's
    all plus that.
    """
    if not mask.any() or mask.all():
        diagonal = float(np.hypot(*mask.shape))
        return np.full(mask.shape, diagonal if mask.any() else -diagonal, dtype=np.float32)
    inside = ndimage.distance_transform_edt(mask)
    outside = ndimage.distance_transform_edt(~mask)
    distance: FloatArray = np.where(mask, inside - 0.5, 0.5 - outside).astype(np.float32)
    return distance


def inner_point(mask: BoolArray) -> tuple[float, float]:
    """Return the pixel at the centre of mass, or the deepest one where that is no good centre.

    Raises
    ------
    ValueError
        If the mask, shape (H, W), is empty.
    """
    box = Box.of_mask(mask)
    if box is None:
        raise ValueError("mask must hold an object, got an empty mask")
    rows, cols = box.pixels(mask.shape)
    piece = np.pad(mask[rows, cols], 1)
    depth = ndimage.distance_transform_edt(piece)
    row, col = (round(float(x)) for x in np.argwhere(piece).mean(axis=0))
    if depth[row, col] < _CENTRAL_ENOUGH * depth.max():
        row, col = (int(x) for x in np.unravel_index(int(np.argmax(depth)), depth.shape))
    return float(row + rows.start - 1), float(col + cols.start - 1)


def components(mask: BoolArray) -> tuple[NDArray[np.int32], int]:
    """Label the 8-connected components of an (H, W) mask; return the labels and their number."""
    labels, count = ndimage.label(mask, structure=_EIGHT_NEIGHBOURS)
    return labels, int(count)


class LabelledObject(NamedTuple):
    """One object of a label image.

    Attributes
    ----------
    object_id : int
    area : int
        In pixels.
    box : Box
        Tight box.
    """

    object_id: int
    area: int
    box: Box


def labelled_objects(
    labels: NDArray[Any], *, min_area: int = 1, ignored: int | None = IGNORE_LABEL
) -> list[LabelledObject]:
    """Return the objects of a label image in the order of their ids.

    Parameters
    ----------
    labels : ndarray of integers, shape (H, W)
        Instance ids, however large; 0 is background.
    min_area : int
        Smaller objects are left out, in pixels.
    ignored : int or None
        A value that is no object either.
    """
    if labels.min() >= 0 and labels.max() <= labels.size:
        ids, dense = np.arange(int(labels.max()) + 1), labels.astype(np.intp)
    else:  # what follows takes memory for every number up to the largest
        ids, dense = np.unique(labels, return_inverse=True)
        dense = dense.reshape(labels.shape)
    areas = np.bincount(dense.ravel())
    boxes = ndimage.find_objects(dense + 1)
    return [
        LabelledObject(int(k), int(area), Box(*(s.start for s in where), *(s.stop for s in where)))
        for k, area, where in zip(ids, areas, boxes, strict=True)
        if k not in (0, ignored) and area >= max(min_area, 1)
    ]
