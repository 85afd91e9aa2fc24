"""Labels as OME-Zarr 0.5: a label image with smaller copies of itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from ome_zarr_models.v05.axes import Axis
from ome_zarr_models.v05.image_label import ImageLabelAttrs
from ome_zarr_models.v05.image_label_types import Label
from ome_zarr_models.v05.multiscales import Dataset, Multiscale

from boundary_click.io.atomic import folder_written_whole
from boundary_click.io.labelled import LabelledImage
from boundary_click.io.pixel_size import PixelSize, length_unit
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
        attributes = _attributes(labelled, axes, steps)
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


def _attributes(labelled: LabelledImage, axes: str, steps: list[int]) -> dict[str, Any]:
    pixel_size = labelled.labels.pixel_size
    sizes = [pixel_size.sizes.get(axis.upper(), (1.0, ""))[0] for axis in axes]
    datasets = [
        Dataset.build(
            path=_path(step),
            scale=[*sizes[:-2], sizes[-2] * step, sizes[-1] * step],
            translation=None,
        )
        for step in steps
    ]
    multiscale = Multiscale(
        name=labelled.name,
        axes=[_axis(name, pixel_size) for name in axes],
        datasets=tuple(datasets),
        type="nearest",
        metadata={"description": "every second row and column of the level before"},
    )
    attributes = ImageLabelAttrs(
        version="0.5", multiscales=[multiscale], image_label=Label(version="0.5")
    )
    return attributes.model_dump(mode="json", by_alias=True, exclude_none=True)


def _axis(name: str, pixel_size: PixelSize) -> Axis:
    if name == "t":
        return Axis(name=name, type="time")
    _, unit = pixel_size.sizes.get(name.upper(), (1.0, None))
    return Axis(name=name, type="space", unit=unit and length_unit(unit).name)
