import json

import numpy as np
import pytest
from hypothesis import given
from label_cases import awkward, labels_of, masks
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from boundary_click.io.exports import FORMATS
from boundary_click.io.exports.coco import _annotation

WRITE = FORMATS["coco"].write


# Of the reader: pycocotools hands numpy 2 an array of the old protocol.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_pycocotools_gives_the_masks_back(labelled, tmp_path, capsys):
    WRITE(tmp_path / "x.coco.json", labelled)
    coco = COCO(str(tmp_path / "x.coco.json"))
    capsys.readouterr()
    again = np.zeros_like(awkward())
    for number, annotation in coco.anns.items():
        image = coco.imgs[annotation["image_id"]]
        assert annotation["id"] == number
        mask = coco.annToMask(annotation).astype(bool)
        again[image["t"], image["z"]][mask] = annotation["object_id"]
        rows, cols = np.nonzero(mask)
        left, top, width, height = annotation["bbox"]
        assert (left, top) == (cols.min(), rows.min())
        assert (left + width, top + height) == (cols.max() + 1, rows.max() + 1)
        assert annotation["area"] == mask.sum()
    assert np.array_equal(again, awkward())
    assert sorted(coco.anns) == list(range(1, 7))
    assert len({image["file_name"] for image in coco.imgs.values()}) == len(coco.imgs) == 6
    assert coco.imgs[1]["file_name"] == "cells-t0-z0"
    assert [category["name"] for category in coco.cats.values()] == ["object"]


@given(masks)
def test_runs_are_those_of_pycocotools(mask):
    for piece in labels_of(mask).pieces(()):
        found = _annotation(piece, mask.shape)["segmentation"]["counts"]
        expected = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"]
        assert found == expected.decode("ascii")


def test_no_object_is_no_annotation(nothing, tmp_path):
    WRITE(tmp_path / "x.coco.json", nothing)
    content = json.loads((tmp_path / "x.coco.json").read_text(encoding="utf-8"))
    assert (len(content["images"]), content["annotations"]) == (2, [])
