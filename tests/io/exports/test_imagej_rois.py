from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given
from label_cases import awkward, centres, labels_of, masks
from matplotlib.path import Path as Outline
from roifile import ROI_TYPE, ImagejRoi, roiread

from boundary_click.io.exports import FORMATS
from boundary_click.io.labelled import LabelledImage
from boundary_click.io.stacks import Stack

WRITE = FORMATS["imagej-rois"].write


def rasterised(roi: ImagejRoi, shape: tuple[int, int]) -> np.ndarray:
    """Pixels whose centre is in an odd number of rings, as ImageJ fills shapes."""
    mask = np.zeros(shape, dtype=bool)
    for ring in roi.coordinates(multi=True):
        mask ^= Outline(ring).contains_points(centres(shape)).reshape(shape)
    return mask


def read(path) -> list[ImagejRoi]:
    rois = roiread(path)
    return rois if isinstance(rois, list) else [rois]


def test_roifile_gives_the_masks_back(labelled, tmp_path):
    WRITE(tmp_path / "x.rois.zip", labelled)
    again = np.zeros_like(awkward())
    for roi in read(tmp_path / "x.rois.zip"):
        mask = rasterised(roi, labelled.size)
        rows, cols = np.nonzero(mask)
        again[roi.t_position - 1, roi.z_position - 1][mask] = int(roi.name)
        assert (roi.top, roi.bottom) == (rows.min(), rows.max() + 1)
        assert (roi.left, roi.right) == (cols.min(), cols.max() + 1)
        assert roi.position == 0
    assert np.array_equal(again, awkward())
    with ZipFile(tmp_path / "x.rois.zip") as archive:
        assert archive.namelist()[-1] == "65535-t1-z2.roi"


@given(masks)
def test_every_mask_comes_back(tmp_path_factory, mask):
    path = tmp_path_factory.mktemp("rois") / "x.rois.zip"
    WRITE(path, labels_of(mask))
    for roi in read(path):
        assert np.array_equal(rasterised(roi, mask.shape), mask)
        assert (roi.position, roi.z_position, roi.t_position) == (0, 0, 0)


def test_one_part_is_a_polygon_and_others_are_composite(labelled, tmp_path):
    WRITE(tmp_path / "x.rois.zip", labelled)
    kinds = {
        (roi.t_position - 1, roi.z_position - 1, int(roi.name)): roi.composite or roi.roitype
        for roi in read(tmp_path / "x.rois.zip")
    }
    assert kinds == {
        (0, 0, 1): True,
        (0, 0, 2): ROI_TYPE.TRACED,
        (0, 1, 1): ROI_TYPE.TRACED,
        (0, 1, 70000): True,
        (1, 2, 1): True,
        (1, 2, 65535): ROI_TYPE.TRACED,
    }


@pytest.mark.parametrize(
    ("axes", "channels", "expected"),
    [("Z", 1, (3, 0, 0)), ("T", 1, (3, 0, 0)), ("Z", 2, (0, 3, 0)), ("T", 2, (0, 0, 3))],
)
def test_a_plain_stack_counts_slices(tmp_path, axes, channels, expected):
    labels = np.zeros((4, 5, 6), np.uint16)
    labels[2, 1, 1] = 1
    image = Stack(np.zeros((4, 5, 6, channels)[: 2 + channels]), axes)
    WRITE(tmp_path / "x.rois.zip", LabelledImage(Stack(labels, axes), image=image))
    (roi,) = read(tmp_path / "x.rois.zip")
    assert (roi.position, roi.z_position, roi.t_position) == expected


def test_far_corners_keep_their_place(tmp_path):
    labels = np.zeros((4, 60000), np.uint8)
    labels[1:3, 59990:] = 1
    WRITE(tmp_path / "x.rois.zip", LabelledImage(Stack(labels)))
    (roi,) = read(tmp_path / "x.rois.zip")
    assert set(map(tuple, roi.coordinates().tolist())) == {
        (59990, 1), (60000, 1), (60000, 3), (59990, 3)
    }  # fmt: skip


def test_labels_that_are_too_wide(labelled, tmp_path):
    wide = replace(labelled, labels=Stack(np.zeros((2, 60536), np.uint8)), image=None)
    with pytest.raises(ValueError, match=r"reach up to 60535 pixels, .*; export them as GeoJSON"):
        WRITE(tmp_path / "x.rois.zip", wide)


def test_no_object_is_an_empty_archive(nothing, tmp_path):
    WRITE(tmp_path / "x.rois.zip", nothing)
    assert roiread(tmp_path / "x.rois.zip") == []
