"""Labels as COCO annotations: one image a plane, one RLE mask an object."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from boundary_click.io.atomic import written_whole
from boundary_click.io.labelled import LabelledImage, LabelledPiece, PlaneIndex

_CATEGORY = {"id": 1, "name": "object", "supercategory": ""}


def write(path: Path, labelled: LabelledImage) -> None:
    """Write labels as COCO JSON; see `boundary_click.io.exports.Format.write`.

    Pixel (0, 0) covers the square from (0, 0) to (1, 1). Ids of annotations count from 1; the
    id of the object stands beside them as ``object_id``.
    """
    images, annotations = [], []
    numbers = count(1)
    for image_id, index in enumerate(labelled.planes(), start=1):
        images.append(_image(image_id, index, labelled))
        annotations += [
            {"id": next(numbers), "image_id": image_id, **_annotation(piece, labelled.size)}
            for piece in labelled.pieces(index)
        ]
    content = {"images": images, "categories": [_CATEGORY], "annotations": annotations}
    with written_whole(path) as partial:
        partial.write_text(json.dumps(content), encoding="utf-8")


def _image(image_id: int, index: PlaneIndex, labelled: LabelledImage) -> dict[str, Any]:
    height, width = labelled.size
    position = labelled.position(index)
    name = "-".join([labelled.name, *(f"{axis}{number}" for axis, number in position.items())])
    return {"id": image_id, "file_name": name, "height": height, "width": width, **position}


def _annotation(piece: LabelledPiece, size: tuple[int, int]) -> dict[str, Any]:
    rows, cols = piece.where
    counts = coco_mask.frPyObjects({"counts": _counts(piece, size), "size": list(size)}, *size)
    return {
        "category_id": _CATEGORY["id"],
        "object_id": piece.object_id,
        "segmentation": {"size": list(size), "counts": counts["counts"].decode("ascii")},
        "bbox": [cols.start, rows.start, cols.stop - cols.start, rows.stop - rows.start],
        "area": piece.area,
        "iscrowd": 0,
    }


def _counts(piece: LabelledPiece, size: tuple[int, int]) -> list[int]:
    """Return the lengths of runs of 0 and 1 in turn, down the columns of the whole plane."""
    height, width = size
    rows, cols = piece.where
    padded = np.pad(piece.mask.T, ((0, 0), (1, 1))).astype(np.int8)
    col, row = np.nonzero(np.diff(padded, axis=1))
    turns = (col + cols.start) * height + row + rows.start
    # A run to the end of a column goes on in the next one if that starts with a run.
    _, first, times = np.unique(turns, return_index=True, return_counts=True)
    turns = turns[first[times == 1]]
    ends = turns if turns[-1] == height * width else np.append(turns, height * width)
    lengths: list[int] = np.diff(ends, prepend=0).tolist()
    return lengths
