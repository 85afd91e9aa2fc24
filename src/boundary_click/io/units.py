"""Units of length: their symbols, as OME-XML writes them, and their names, as OME-Zarr does."""

from __future__ import annotations

from dataclasses import dataclass


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
