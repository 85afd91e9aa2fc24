"""Images of one or many planes: from a file to planes, and labels back to a TIFF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import tifffile

from boundary_click.core.arrays import IGNORE_LABEL, check_image
from boundary_click.io.atomic import written_whole
from boundary_click.io.datasets import read_image

_CHANNEL_AXES = "CS"
_LENGTH_UNITS = {
    "micron": "µm", "microns": "µm", "um": "µm", "µm": "µm", "\\u00B5m": "µm", "μm": "µm",
    "nm": "nm", "mm": "mm", "cm": "cm", "m": "m",
}  # fmt: skip
_CENTIMETRE = 3  # value of the TIFF tag ResolutionUnit


@dataclass(frozen=True, slots=True)
class PixelSize:
    """Size of a pixel by axis (``Y``, ``X`` and, if known, ``Z``), each with its unit.

    Attributes
    ----------
    sizes : mapping of str to (float, str)
        Such as ``{"Y": (0.1, "µm"), "X": (0.1, "µm")}``; empty if nothing is known.
    """

    sizes: Mapping[str, tuple[float, str]] = field(default_factory=dict)

    def ome(self) -> dict[str, float | str]:
        """Return the attributes that OME-XML gives it in."""
        values: dict[str, float | str] = {}
        for axis, (size, unit) in self.sizes.items():
            values |= {f"PhysicalSize{axis}": size, f"PhysicalSize{axis}Unit": unit}
        return values


@dataclass(frozen=True, slots=True)
class Stack:
    r"""An image as planes.

    Attributes
    ----------
    data : ndarray, shape (\*planes, H, W) or (\*planes, H, W, C)
    plane_axes : str
        Names of the plane axes, such as ``"TZ"``; empty for a single plane.
    pixel_size : PixelSize
    """

    data: np.ndarray
    plane_axes: str = ""
    pixel_size: PixelSize = PixelSize()

    @property
    def planes(self) -> tuple[int, ...]:
        """Number of planes along each plane axis."""
        return self.data.shape[: len(self.plane_axes)]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of labels for this image: ``(*planes, H, W)``."""
        return self.data.shape[: len(self.plane_axes) + 2]

    def plane(self, index: tuple[int, ...]) -> np.ndarray:
        """Return a plane, shape (H, W) or (H, W, C)."""
        plane: np.ndarray = self.data[index]
        return plane

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


def write_labels(path: Path, labels: np.ndarray, like: Stack) -> None:
    r"""Write labels as OME-TIFF, whole or not at all.

    Parameters
    ----------
    path : Path
    labels : ndarray of integers, shape (\*planes, H, W)
        Stored with 16 bits if the ids allow it, else with 32.
    like : Stack
        The image; its axes and pixel size are kept.

    Raises
    ------
    ValueError
        If labels and image differ in size.
    OSError
        If the file cannot be written; then nothing is left of it.
    """
    if labels.shape != like.shape:
        raise ValueError(
            f"labels of shape {labels.shape} do not fit an image of shape {like.shape}"
        )
    is_small = int(labels.max(initial=0)) < IGNORE_LABEL
    with written_whole(path) as partial:
        tifffile.imwrite(
            partial,
            labels.astype(np.uint16 if is_small else np.uint32),
            ome=True,
            photometric="minisblack",
            compression="zlib",
            metadata={"axes": f"{like.plane_axes}YX", **like.pixel_size.ome()},
        )


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
