"""Images of one or many planes: from a file to planes, and labels back to a TIFF."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import tifffile

from boundary_click.core.arrays import IGNORE_LABEL, check_image
from boundary_click.io.atomic import written_whole
from boundary_click.io.datasets import read_image
from boundary_click.io.pixel_size import PixelSize

_CHANNEL_AXES = "CS"
_LENGTH_UNITS = {
    "micron": "µm", "microns": "µm", "um": "µm", "µm": "µm", "\\u00B5m": "µm", "μm": "µm",
    "nm": "nm", "mm": "mm", "cm": "cm", "m": "m",
}  # fmt: skip
_CENTIMETRE = 3  # value of the TIFF tag ResolutionUnit
_TILE = 512
_TILED_FROM = 2048  # rows or columns
_CLASSIC_TIFF_BYTES = 2**32 - 2**25  # offsets have 32 bits; some room is for the metadata


@dataclass(frozen=True, slots=True)
class Stack:
    r"""An image as planes.

    Attributes
    ----------
    data : array-like, shape (\*planes, H, W) or (\*planes, H, W, C)
        A numpy array, or a lazy one such as of zarr or dask, of which single planes are read.
    plane_axes : str
        Names of the plane axes, such as ``"TZ"``; empty for a single plane.
    pixel_size : PixelSize
    """

    data: Any
    plane_axes: str = ""
    pixel_size: PixelSize = field(default_factory=PixelSize)

    @property
    def planes(self) -> tuple[int, ...]:
        """Number of planes along each plane axis."""
        return tuple(self.data.shape[: len(self.plane_axes)])

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of labels for this image: ``(*planes, H, W)``."""
        return tuple(self.data.shape[: len(self.plane_axes) + 2])

    @property
    def has_channels(self) -> bool:
        """Whether pixels hold several values."""
        return len(self.data.shape) > len(self.shape)

    @property
    def channels(self) -> int:
        """Number of values of a pixel."""
        return int(self.data.shape[-1]) if self.has_channels else 1

    def plane(self, index: tuple[int, ...]) -> np.ndarray:
        """Return a plane, shape (H, W) or (H, W, C)."""
        return np.asarray(self.data[index])

    def check_plane(self, index: tuple[int, ...]) -> None:
        """Check that a plane exists.

        Raises
        ------
        ValueError
            If it does not; the message says which do.
        """
        if not self.planes and index:
            raise ValueError(
                f"plane {_listed(index)} of an image with one plane; leave plane empty"
            )
        if len(index) != len(self.planes):
            axes = ",".join(self.plane_axes.lower())
            raise ValueError(
                f"plane {_listed(index) or '(empty)'} of a stack with planes along {axes}; give "
                f"one number from 0 for each axis, such as {_listed((0,) * len(self.planes))}"
            )
        if any(not 0 <= i < count for i, count in zip(index, self.planes, strict=True)):
            last = tuple(count - 1 for count in self.planes)
            raise ValueError(
                f"plane {_listed(index)} is not in the stack; planes go from "
                f"{_listed((0,) * len(last))} to {_listed(last)}"
            )


def read_stack(path: Path) -> Stack:
    """Read an image of one or many planes.

    A TIFF says which axes are planes and which are channels. Other formats are one plane.

    Raises
    ------
    ValueError
        If the file is missing, cannot be read as an image, or has axes that cannot be told
        apart; the message names it.
    """
    if path.suffix.lower() in (".tif", ".tiff") and path.is_file():
        stack = _read_tiff(path)
    else:
        stack = Stack(read_image(path))
    try:
        check_image(stack.data[(0,) * len(stack.plane_axes)])
    except (ValueError, TypeError) as error:
        raise type(error)(f"{path}: {error}") from None
    return stack


def write_labels(path: Path, labels: Any, like: Stack) -> None:
    r"""Write labels as OME-TIFF, plane by plane, whole or not at all.

    Parameters
    ----------
    path : Path
    labels : array-like of integers, shape (\*planes, H, W)
        Numpy or lazy. Large planes are written in tiles.
    like : Stack
        The image; its axes and pixel size are kept.

    Raises
    ------
    ValueError
        If labels and image differ in size, or an id is negative or takes more than 32 bits.
    OSError
        If the file cannot be written; then nothing is left of it.
    """
    if tuple(labels.shape) != like.shape:
        raise ValueError(
            f"labels of shape {labels.shape} do not fit an image of shape {like.shape}"
        )
    dtype = stored_dtype(labels, like.planes)
    is_tiled = max(like.shape[-2:]) > _TILED_FROM
    planes = (np.asarray(labels[index]).astype(dtype) for index in np.ndindex(like.planes))
    with written_whole(path) as partial:
        tifffile.imwrite(
            partial,
            (tile for plane in planes for tile in _tiles(plane)) if is_tiled else planes,
            shape=like.shape,
            dtype=dtype,
            bigtiff=math.prod(like.shape) * dtype.itemsize > _CLASSIC_TIFF_BYTES,
            ome=True,
            tile=(_TILE, _TILE) if is_tiled else None,
            photometric="minisblack",
            compression="zlib",
            metadata={"axes": f"{like.plane_axes}YX", **like.pixel_size.ome()},
        )


def stored_dtype(labels: Any, planes: tuple[int, ...]) -> np.dtype[Any]:
    """Return the type that files store labels in: 16 bits if the ids allow it, else 32.

    Parameters
    ----------
    labels : array-like of integers
    planes : tuple of int
        Number of planes along each plane axis.

    Raises
    ------
    ValueError
        If an id is negative or takes more than 32 bits.
    """
    highest = max((highest_id(np.asarray(labels[i])) for i in np.ndindex(planes)), default=0)
    if highest > np.iinfo(np.uint32).max:
        raise ValueError(f"labels hold the id {highest}; files store 32 bits, so renumber them")
    return np.dtype(np.uint16 if highest < IGNORE_LABEL else np.uint32)


def highest_id(labels: np.ndarray) -> int:
    """Return the highest id of labels, 0 if there is none.

    Raises
    ------
    ValueError
        If an id is negative.
    """
    if labels.dtype.kind == "i" and (lowest := int(labels.min(initial=0))) < 0:
        raise ValueError(
            f"labels hold the negative id {lowest}; ids go from 1, and 0 is background"
        )
    return int(labels.max(initial=0))


def _tiles(plane: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the tiles of a plane row by row; those at its end are filled up with 0."""
    height, width = plane.shape
    for row, col in itertools.product(range(0, height, _TILE), range(0, width, _TILE)):
        tile = plane[row : row + _TILE, col : col + _TILE]
        yield np.pad(tile, [(0, _TILE - side) for side in tile.shape])


def _read_tiff(path: Path) -> Stack:
    try:
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            data, axes = series.asarray(), series.axes
            pixel_size = _pixel_size(file)
    except Exception as error:  # tifffile raises many kinds for a damaged file
        raise ValueError(
            f"cannot read {path} as an image: {error}; it is damaged or not a TIFF"
        ) from error
    if axes.count("Y") != 1 or axes.count("X") != 1:
        raise ValueError(f"{path} has the axes {axes}; an image needs rows (Y) and columns (X)")
    channels = [i for i, a in enumerate(axes) if a in _CHANNEL_AXES]
    if sum(data.shape[i] > 1 for i in channels) > 1:
        raise ValueError(f"{path} has two channel axes ({axes}); save one channel or an RGB image")
    planes = [i for i, a in enumerate(axes) if a not in f"YX{_CHANNEL_AXES}"]
    ordered = data.transpose(*planes, axes.index("Y"), axes.index("X"), *channels)
    single = [i for i in range(len(planes) + 2, data.ndim) if ordered.shape[i] == 1]
    names = _plane_names([axes[i] for i in planes], path)
    return Stack(ordered.squeeze(tuple(single)), names, pixel_size)


def _plane_names(axes: list[str], path: Path) -> str:
    """Name plane axes as OME does: those without a known name become Z, then T."""
    free = [name for name in "ZT" if name not in axes]
    unknown = [axis for axis in axes if axis not in "TZ"]
    if len(unknown) > len(free):
        raise ValueError(
            f"{path} has {len(axes)} axes beside rows, columns and channels; at most two are "
            "supported, so split it"
        )
    names = iter(free[: len(unknown)][::-1])
    return "".join(axis if axis in "TZ" else next(names) for axis in axes)


def _pixel_size(file: tifffile.TiffFile) -> PixelSize:
    """Return what a TIFF says of its pixel size; a print resolution per inch is not one."""
    if file.is_ome and file.ome_metadata:
        return _ome_pixel_size(file.ome_metadata)
    tags = file.pages.first.tags
    described = file.imagej_metadata or {}
    unit = _LENGTH_UNITS.get(str(described.get("unit", "")))
    if unit is None and not described and tags.valueof("ResolutionUnit") == _CENTIMETRE:
        unit = "cm"
    if unit is None:
        return PixelSize()
    sizes = {
        axis: (size, unit)
        for axis, tag in (("Y", "YResolution"), ("X", "XResolution"))
        if (size := _length(tags.valueof(tag)))
    }
    if spacing := float(described.get("spacing", 0)):
        sizes["Z"] = spacing, unit
    return PixelSize(sizes)


def _ome_pixel_size(xml: str) -> PixelSize:
    pixels = ElementTree.fromstring(xml).find(".//{*}Pixels")
    given: Mapping[str, Any] = {} if pixels is None else pixels.attrib
    return PixelSize(
        {
            axis: (float(given[f"PhysicalSize{axis}"]), given.get(f"PhysicalSize{axis}Unit", "µm"))
            for axis in "ZYX"
            if f"PhysicalSize{axis}" in given
        }
    )


def _length(resolution: tuple[int, int] | None) -> float:
    """Return the length of a pixel from a TIFF resolution, pixels per unit; 0 if there is none."""
    return resolution[1] / resolution[0] if resolution and resolution[0] else 0.0


def _listed(index: tuple[int, ...]) -> str:
    return ",".join(map(str, index))
