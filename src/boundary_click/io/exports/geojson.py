"""Labels as GeoJSON polygons along the edges of pixels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from boundary_click.io.atomic import written_whole
from boundary_click.io.exports.outlines import outline, polygons
from boundary_click.io.labelled import LabelledImage, LabelledPiece, PlaneIndex


def write(path: Path, labelled: LabelledImage) -> None:
    """Write one feature for each object and plane; see `boundary_click.io.exports.Format.write`.

    Coordinates are (x, y) in pixels; pixel (0, 0) covers the square from (0, 0) to (1, 1). The
    member ``plane`` of a geometry and the property ``objectType`` are QuPath's.
    """
    features = [
        {
            "type": "Feature",
            "geometry": _geometry(piece, index, labelled),
            "properties": _properties(piece, index, labelled),
        }
        for index in labelled.planes()
        for piece in labelled.pieces(index)
    ]
    content = {"type": "FeatureCollection", "features": features}
    with written_whole(path) as partial:
        partial.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _geometry(piece: LabelledPiece, index: PlaneIndex, labelled: LabelledImage) -> dict[str, Any]:
    parts = [[ring.tolist() for ring in rings] for rings in polygons(outline(piece))]
    one = len(parts) == 1
    position = {"c": -1, "z": 0, "t": 0, **labelled.position(index)}
    return {
        "type": "Polygon" if one else "MultiPolygon",
        "coordinates": parts[0] if one else parts,
        "plane": position,
    }


def _properties(piece: LabelledPiece, index: PlaneIndex, labelled: LabelledImage) -> dict[str, Any]:
    (height, width), unit = labelled.labels.pixel_size.along("YX")
    return {
        "objectType": "annotation",
        "name": str(piece.object_id),
        "object_id": piece.object_id,
        **labelled.position(index),
        "area_pixels": piece.area,
        "area": piece.area * height * width,
        "unit": unit,
    }
