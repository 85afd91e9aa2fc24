"""Labels in the formats that other programs read: one module a format, listed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boundary_click.io.labelled import LabelledImage


@dataclass(frozen=True, slots=True)
class Format:
    """A format that labels are exported to.

    Attributes
    ----------
    name : str
        As the command line takes it.
    suffix : str
        What the name of such a file ends with.
    description : str
        What it holds.
    """

    name: str
    suffix: str
    description: str

    @property
    def extension(self) -> str:
        """The last part of the suffix, such as ``".json"``."""
        return Path(f"x{self.suffix}").suffix

    def write(self, path: Path, labelled: LabelledImage) -> None:
        """Write labels, whole or not at all.

        Raises
        ------
        ValueError
            If the format cannot hold them, or needs something that is not known of them.
        OSError
            If the file cannot be written; then nothing is left of it.
        """
        module = import_module(f"{__name__}.{self.name.replace('-', '_')}")
        module.write(path, labelled)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        each.name: each
        for each in (
            Format("ome-tiff", ".ome.tif", "labels as OME-TIFF"),
            Format("ome-zarr", ".ome.zarr", "labels as OME-Zarr 0.5, with smaller copies"),
            Format("coco", ".coco.json", "COCO annotations with RLE masks"),
            Format("imagej-rois", ".rois.zip", "regions of interest for ImageJ's ROI Manager"),
            Format("geojson", ".geojson", "polygons as GeoJSON, for QuPath and GIS"),
            Format("measurements", "-measurements.csv", "table: each object on each plane"),
            Format("volumes", "-volumes.csv", "table: each object in 3D"),
            Format("effort", "-effort.csv", "table: clicks and seconds of each object"),
        )
    }
)
"""By name. Each is a module of this package with ``write(path, labelled)``."""
