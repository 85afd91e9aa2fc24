"""Labels as OME-Zarr 0.5: a label image with smaller copies of itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from boundary_click.io.atomic import folder_written_whole
from boundary_click.io.labelled import LabelledImage
from boundary_click.io.ome_labels import label_attributes
from boundary_click.io.stacks import stored_dtype

_CHUNK = 512
_SMALLEST = 256
"""No copy is made of a level whose planes are this long or shorter."""


def write(path: Path, labelled: LabelledImage) -> None:
    """Write labels plane by plane; see `boundary_click.io.exports.Format.write`.

    Each level has every second row and column of the one before, so that ids stay ids and
    pixel (0, 0) has the same centre in all. Axes are in the order t, z, y, x.
    """
    axes = "".join(sorted(labelled.labels.plane_axes)).lower() + "yx"
    dtype = stored_dtype(labelled.labels.data, labelled.labels.planes)
    steps = list(_steps(labelled.size))
    with folder_written_whole(path) as folder:
        sizes = {a.lower(): size for a, size in labelled.labels.pixel_size.sizes.items()}
        attributes = label_attributes(axes, sizes, levels=len(steps), name=labelled.name)
        group = zarr.create_group(folder, attributes={"ome": attributes})
        levels = [_create(group, step, labelled, axes, dtype) for step in steps]
        for index in labelled.planes():
            plane, position = labelled.plane(index), labelled.position(index)
            at = tuple(position[axis] for axis in axes[:-2])
            for step, level in zip(steps, levels, strict=True):
                level[at] = plane[::step, ::step].astype(dtype)


def _steps(size: tuple[int, int]) -> Iterator[int]:
    """Yield how many rows apart the rows of each level are in the labels."""
    step = 1
    yield step
    while max(size) / step > _SMALLEST:
        step *= 2
        yield step


def _create(
    group: zarr.Group, step: int, labelled: LabelledImage, axes: str, dtype: np.dtype[Any]
) -> zarr.Array[Any]:
    counts = dict(zip(labelled.labels.plane_axes.lower(), labelled.labels.planes, strict=True))
    height, width = (-(-side // step) for side in labelled.size)
    return group.create_array(
        _path(step),
        shape=(*(counts[axis] for axis in axes[:-2]), height, width),
        chunks=(*(1 for _ in counts), min(height, _CHUNK), min(width, _CHUNK)),
        dtype=dtype,
        dimension_names=list(axes),
    )


def _path(step: int) -> str:
    return str(step.bit_length() - 1)
