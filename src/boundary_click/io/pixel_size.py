"""The size of a pixel and its units: symbols as OME-XML writes them, names as OME-Zarr does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LengthUnit:
    """A unit of length.

    Attributes
    ----------
    symbol : str
        Such as ``"µm"``.
    name : str
        Such as ``"micrometer"``.
    metres : float
        How long it is.
    """

    symbol: str
    name: str
    metres: float


_UNITS = (
    LengthUnit("pm", "picometer", 1e-12),
    LengthUnit("Å", "angstrom", 1e-10),
    LengthUnit("nm", "nanometer", 1e-9),
    LengthUnit("µm", "micrometer", 1e-6),
    LengthUnit("mm", "millimeter", 1e-3),
    LengthUnit("cm", "centimeter", 1e-2),
    LengthUnit("m", "meter", 1.0),
    LengthUnit("in", "inch", 0.0254),
    LengthUnit("ft", "foot", 0.3048),
)


def length_unit(spelling: str) -> LengthUnit:
    """Return the unit of a symbol or a name.

    Raises
    ------
    ValueError
        If it is none that is known; the message lists them.
    """
    for unit in _UNITS:
        if spelling in (unit.symbol, unit.name):
            return unit
    known = ", ".join(unit.symbol for unit in _UNITS)
    raise ValueError(f"pixel size in {spelling!r}, which is no unit of length; use one of {known}")


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

    def along(self, axes: str) -> tuple[tuple[float, ...], str]:
        """Return the size along each of some axes and the unit of all, that of the last one.

        All are 1, in ``"pixel"``, unless every one of them is known.

        Raises
        ------
        ValueError
            If a unit is no unit of length.
        """
        if not all(axis in self.sizes for axis in axes):
            return (1.0,) * len(axes), "pixel"
        common = length_unit(self.sizes[axes[-1]][1])
        sizes = [
            size if unit == common.symbol else size * length_unit(unit).metres / common.metres
            for size, unit in (self.sizes[axis] for axis in axes)
        ]
        return tuple(sizes), common.symbol
