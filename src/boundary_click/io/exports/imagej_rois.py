"""Labels as a ZIP archive of ImageJ's regions of interest."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from roifile import ROI_OPTIONS, ROI_TYPE, ImagejRoi

from boundary_click.io.atomic import written_whole
from boundary_click.io.exports.outlines import Ring, outline, polygons
from boundary_click.io.labelled import LabelledImage, PlaneIndex

_LONGEST_SIDE = 60535
"""Largest coordinate, in pixels, that the format holds."""
_MOVE, _LINE, _CLOSE = 0.0, 1.0, 4.0
"""Segments of a path, as java.awt.geom.PathIterator numbers them."""


def write(path: Path, labelled: LabelledImage) -> None:
    """Write one ROI for each object and plane; see `boundary_click.io.exports.Format.write`.

    An object of one part without holes is a traced polygon; any other a composite shape, filled
    by the even-odd rule. Points are corners of pixels, as those of ImageJ's wand tool.
    """
    if max(labelled.size) > _LONGEST_SIDE:
        raise ValueError(
            f"ImageJ's ROIs reach up to {_LONGEST_SIDE} pixels, the labels have {labelled.size}; "
            "export them as GeoJSON, or in tiles"
        )
    with written_whole(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for index in labelled.planes():
            for piece in labelled.pieces(index):
                rings = [ring for rings in polygons(outline(piece)) for ring in rings]
                roi = _polygon(rings[0]) if len(rings) == 1 else _composite(rings)
                roi.name = str(piece.object_id)
                _set_position(roi, index, labelled)
                archive.writestr(_entry_name(piece.object_id, index, labelled), roi.tobytes())


def _polygon(ring: Ring) -> ImagejRoi:
    corners = ring[:-1]
    roi = _bounded(ROI_TYPE.TRACED, corners)
    roi.n_coordinates = len(corners)
    roi.integer_coordinates = (corners - corners.min(axis=0)).astype(np.int32)
    return roi


def _composite(rings: list[Ring]) -> ImagejRoi:
    roi = _bounded(ROI_TYPE.RECT, np.concatenate(rings))
    roi.multi_coordinates = _path(rings)
    roi.shape_roi_size = len(roi.multi_coordinates)
    return roi


def _bounded(kind: ROI_TYPE, corners: Ring) -> ImagejRoi:
    roi = ImagejRoi(roitype=kind, options=ROI_OPTIONS.OVERLAY_LABELS)
    roi.left, roi.top = corners.min(axis=0).tolist()
    roi.right, roi.bottom = corners.max(axis=0).tolist()
    return roi


def _path(rings: Iterable[Ring]) -> NDArray[np.float32]:
    """Return rings one after the other as ImageJ stores a shape."""
    parts = []
    for ring in rings:
        operations = np.full((len(ring) - 1, 1), _LINE)
        operations[0] = _MOVE
        parts += [np.hstack([operations, ring[:-1]]).ravel(), np.array([_CLOSE])]
    return np.concatenate(parts).astype(np.float32)


def _set_position(roi: ImagejRoi, index: PlaneIndex, labelled: LabelledImage) -> None:
    """Set the plane, from 1: ImageJ counts along z and t only in a hyperstack."""
    has_channels = labelled.image is not None and labelled.image.has_channels
    if len(index) == 1 and not has_channels:
        roi.position = index[0] + 1
        return
    position = labelled.position(index)
    roi.z_position = position.get("z", -1) + 1
    roi.t_position = position.get("t", -1) + 1


def _entry_name(object_id: int, index: PlaneIndex, labelled: LabelledImage) -> str:
    """Return a name that no other ROI has; some versions of ImageJ list ROIs by it."""
    position = (f"{axis}{number}" for axis, number in labelled.position(index).items())
    return "-".join([str(object_id), *position]) + ".roi"
