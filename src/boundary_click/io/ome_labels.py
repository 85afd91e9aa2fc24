"""What OME-Zarr 0.5 wants to be told of labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ome_zarr_models.v05.axes import Axis
from ome_zarr_models.v05.image_label import ImageLabelAttrs
from ome_zarr_models.v05.image_label_types import Label
from ome_zarr_models.v05.multiscales import Dataset, Multiscale

from boundary_click.io.pixel_size import length_unit

_TYPES = {"t": "time", "c": "channel"}


def label_attributes(
    axes: str,
    sizes: Mapping[str, tuple[float, str | None]],
    *,
    levels: int = 1,
    name: str | None = None,
) -> dict[str, Any]:
    """Return the attribute ``ome`` of the group of an image label.

    Parameters
    ----------
    axes : str
        Names of the axes, the last two ``yx``.
    sizes : mapping of str to (float, str or None)
        Size of a pixel by axis, with its unit; 1 for one that is missing. What is no unit of
        length, such as ``pixel``, is left out.
    levels : int
        Arrays in the group, called ``0``, ``1`` and so on. Each holds every second row and column
        of the one before, so that none is shifted.
    name : str, optional
        Of the labels.
    """
    scale = [sizes.get(axis, (1.0, None))[0] for axis in axes]
    datasets = (
        Dataset.build(
            path=str(level),
            scale=[*scale[:-2], *(2**level * size for size in scale[-2:])],
            translation=None,
        )
        for level in range(levels)
    )
    multiscale = Multiscale(
        name=name,
        axes=[_axis(axis, sizes.get(axis, (1.0, None))[1]) for axis in axes],
        datasets=tuple(datasets),
        type="nearest",
    )
    attributes = ImageLabelAttrs(
        version="0.5", multiscales=[multiscale], image_label=Label(version="0.5")
    )
    return attributes.model_dump(mode="json", by_alias=True, exclude_none=True)


def _axis(name: str, unit: str | None) -> Axis:
    kind = _TYPES.get(name, "space")
    return Axis(name=name, type=kind, unit=_unit(unit) if kind == "space" else None)


def _unit(spelling: str | None) -> str | None:
    try:
        return length_unit(spelling).name if spelling else None
    except ValueError:
        return None
