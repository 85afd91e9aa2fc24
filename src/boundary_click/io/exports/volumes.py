"""Volumes as a table: one row for each object, and time point if there are several."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from boundary_click.io.exports.tables import Cell, write_table
from boundary_click.io.labelled import LabelledImage, LabelledPiece

_CENTROID = ("centroid_z", "centroid_y", "centroid_x")
_BOX = ("first_plane", "first_row", "first_col", "end_plane", "end_row", "end_col")


def write(path: Path, labelled: LabelledImage) -> None:
    """Write a row for each object in 3D; see `boundary_click.io.exports.Format.write`."""
    if "Z" not in labelled.labels.plane_axes:
        raise ValueError("volumes need labels with a z axis; for single planes export measurements")
    columns = (
        "object",
        *_times(labelled),
        "unit",
        "voxels",
        "volume",
        "equivalent_diameter",
        *_CENTROID,
        *_BOX,
    )
    write_table(path, columns, _rows(labelled))


@dataclass(frozen=True, slots=True)
class _Slab:
    """A piece of an object: its pixels, the sum of their positions, its box; (z, row, col)."""

    voxels: int
    total: tuple[int, ...]
    first: tuple[int, ...]
    end: tuple[int, ...]

    @classmethod
    def of(cls, piece: LabelledPiece, z: int) -> _Slab:
        rows, cols = piece.where
        row_total, col_total = (int(where.sum()) for where in np.nonzero(piece.mask))
        total = (
            z * piece.area,
            row_total + rows.start * piece.area,
            col_total + cols.start * piece.area,
        )
        first, end = (z, rows.start, cols.start), (z + 1, rows.stop, cols.stop)
        return cls(piece.area, total, first, end)


def _times(labelled: LabelledImage) -> tuple[str, ...]:
    return ("t",) if "T" in labelled.labels.plane_axes else ()


def _rows(labelled: LabelledImage) -> Iterator[dict[str, Cell]]:
    slabs: defaultdict[tuple[int, int], list[_Slab]] = defaultdict(list)
    for index in labelled.planes():
        position = labelled.position(index)
        for piece in labelled.pieces(index):
            slabs[position.get("t", 0), piece.object_id].append(_Slab.of(piece, position["z"]))
    spacing, unit = labelled.labels.pixel_size.along("ZYX")
    for (t, object_id), found in sorted(slabs.items()):
        yield {
            "object": object_id,
            **dict.fromkeys(_times(labelled), t),
            "unit": unit,
            **_measured(found, spacing),
        }


def _measured(slabs: list[_Slab], spacing: tuple[float, ...]) -> dict[str, Cell]:
    voxels = sum(slab.voxels for slab in slabs)
    volume = voxels * math.prod(spacing)
    totals = np.sum([slab.total for slab in slabs], axis=0)
    first = np.min([slab.first for slab in slabs], axis=0)
    end = np.max([slab.end for slab in slabs], axis=0)
    return {
        "voxels": voxels,
        "volume": volume,
        "equivalent_diameter": (6 * volume / math.pi) ** (1 / 3),
        **dict(zip(_CENTROID, (totals / voxels * spacing).tolist(), strict=True)),
        **dict(zip(_BOX, [*first.tolist(), *end.tolist()], strict=True)),
    }
