"""Measurements as a table: one row for each object and plane."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import perimeter, regionprops

from boundary_click.io.exports.tables import Cell, write_table
from boundary_click.io.labelled import LabelledImage, LabelledPiece

_SHAPE = {
    "area": "area",
    "equivalent_diameter": "equivalent_diameter_area",
    "major_axis": "axis_major_length",
    "minor_axis": "axis_minor_length",
    "eccentricity": "eccentricity",
    "solidity": "solidity",
}
"""Columns, and scikit-image's names of what stands in them."""
_PLACE = ("centroid_row", "centroid_col", "centroid_y", "centroid_x")
_BOX = ("first_row", "first_col", "end_row", "end_col")
_INTENSITIES: Mapping[str, Callable[[NDArray[np.float64]], np.float64]] = {
    "mean": np.mean,
    "min": np.min,
    "max": np.max,
    "std": np.std,
}


def write(path: Path, labelled: LabelledImage) -> None:
    """Write a row for each object and plane; see `boundary_click.io.exports.Format.write`."""
    columns = (
        "object",
        *labelled.labels.plane_axes.lower(),
        "unit",
        "area_pixels",
        *_SHAPE,
        "perimeter",
        *_PLACE,
        *_BOX,
        *_intensity_columns(labelled),
    )
    write_table(path, columns, _rows(labelled))


def _rows(labelled: LabelledImage) -> Iterator[dict[str, Cell]]:
    spacing, unit = labelled.labels.pixel_size.along("YX")
    for index in labelled.planes():
        image = None if labelled.image is None else labelled.image.plane(index)
        for piece in labelled.pieces(index):
            yield {
                "object": piece.object_id,
                **labelled.position(index),
                "unit": unit,
                "area_pixels": piece.area,
                **_shape(piece, spacing),
                **({} if image is None else _intensities(image[piece.where][piece.mask])),
            }


def _shape(piece: LabelledPiece, spacing: tuple[float, ...]) -> dict[str, Cell]:
    label = piece.mask.astype(np.uint8)
    (region,) = regionprops(label, spacing=spacing)  # type: ignore[no-untyped-call]
    (height, width), (rows, cols) = spacing, piece.where
    y, x = region.centroid
    y, x = y + rows.start * height, x + cols.start * width
    return {
        **{column: float(getattr(region, name)) for column, name in _SHAPE.items()},
        "perimeter": _perimeter(piece, spacing),
        **dict(zip(_PLACE, (y / height, x / width, y, x), strict=True)),
        **dict(zip(_BOX, (rows.start, cols.start, rows.stop, cols.stop), strict=True)),
    }


def _perimeter(piece: LabelledPiece, spacing: tuple[float, ...]) -> float | None:
    """Return the perimeter, None where pixels are not square: scikit-image knows no other."""
    height, width = spacing
    if not math.isclose(height, width, rel_tol=1e-6):
        return None
    return float(perimeter(piece.mask)) * height  # type: ignore[no-untyped-call]


def _intensity_columns(labelled: LabelledImage) -> list[str]:
    if labelled.image is None:
        return []
    return [
        f"{name}_{channel}" for channel in range(labelled.image.channels) for name in _INTENSITIES
    ]


def _intensities(values: NDArray[Any]) -> dict[str, Cell]:
    """Return statistics of each channel of pixels, shape (n,) or (n, C)."""
    channels = values.reshape(len(values), -1).T.astype(np.float64)
    return {
        f"{name}_{channel}": float(measure(pixels))
        for channel, pixels in enumerate(channels)
        for name, measure in _INTENSITIES.items()
    }
