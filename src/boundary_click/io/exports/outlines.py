"""Polygons along the edges of pixels.

Points are (x, y) in edge coordinates: the pixel in column x and row y covers the square from
(x, y) to (x + 1, y + 1).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from boundary_click.core.geometry import BoolArray
from boundary_click.io.labelled import LabelledPiece

Ring = NDArray[np.int64]
"""Shape (n, 2): corners as (x, y); the last is the first."""


def outline(piece: LabelledPiece) -> shapely.Polygon | shapely.MultiPolygon:
    """Return what covers the pixels of an object and nothing else.

    Pixels that meet in a corner only are parts of their own, as valid polygons ask for.
    """
    first, last, row = _runs(piece.mask)
    rows, cols = piece.where
    left, top = first + cols.start, row + rows.start
    covered = shapely.union_all(shapely.box(left, top, last + cols.start, top + 1))
    return shapely.simplify(covered, 0)


def polygons(shape: shapely.Polygon | shapely.MultiPolygon) -> Iterator[list[Ring]]:
    """Yield the rings of each part: its outer one, counter-clockwise where y points up; holes."""
    for part in shapely.get_parts(shape):
        turned = shapely.geometry.polygon.orient(part)
        yield [
            np.rint(shapely.get_coordinates(ring)).astype(np.int64)
            for ring in (turned.exterior, *turned.interiors)
        ]


def _runs(mask: BoolArray) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the runs of true pixels along rows: first column, column after the last, row."""
    steps = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, first = np.nonzero(steps == 1)
    return first, np.nonzero(steps == -1)[1], row
