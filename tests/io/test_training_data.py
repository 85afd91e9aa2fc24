from __future__ import annotations

import numpy as np
import pytest
import tifffile
from skimage.measure import label

from boundary_click.io.datasets import find_pairs, read_pair
from boundary_click.io.training_data import LabelledImage, check_data, write_data_set


def squares(count: int = 12) -> np.ndarray:
    labels = np.zeros((60, 80), dtype=np.int64)
    for number in range(count):
        row, col = 20 * (number // 4), 20 * (number % 4)
        labels[row + 4 : row + 14, col + 4 : col + 16] = number + 1
    return labels


def picture(labels: np.ndarray) -> np.ndarray:
    return (100 * (labels > 0) + np.random.default_rng(0).integers(0, 30, labels.shape)).astype(
        "u1"
    )


@pytest.fixture
def folder(tmp_path):
    labels = squares()
    planes = [LabelledImage(name, picture(labels), labels) for name in "ab"]
    return write_data_set(tmp_path / "set", planes)


def put(folder, labels: np.ndarray) -> None:
    tifffile.imwrite(folder / "labels" / "a.tif", labels, photometric="minisblack")


def test_what_there_is_to_learn_from(folder):
    report = check_data([folder])
    assert report.can_train
    assert report.problems == ()
    assert (report.images, report.objects) == (2, 24)
    assert (report.median_area, report.median_side) == (120, 12)
    assert [picture.shape for picture in report.thumbnails] == [(160, 160, 3)] * 8


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (squares().astype(np.float32), "one plane of integers, got float32 .*; save them as"),
        (squares()[:-1].astype(np.uint16), "differ in size: .*; export the labels at the size"),
        ((squares() > 0).astype(np.uint8), "number 1 stands for several objects; give each its"),
        (np.where(squares() > 8, 8, squares()).astype("u1"), "number 8 stands for several"),
    ],
)
def test_labels_that_cannot_be_used(folder, labels, message):
    put(folder, labels)
    report = check_data([folder])
    assert not report.can_train
    (problem,) = report.problems
    with pytest.raises(ValueError, match=message):
        raise ValueError(problem.message)
    assert "a.tif" in problem.where
    assert report.objects == 12


def test_an_object_that_is_cut_in_two_is_one(folder):
    labels = squares().astype(np.uint16)
    labels[4:14, 9:11] = 0
    put(folder, labels)
    assert check_data([folder]).problems == ()


def test_an_empty_image_is_worth_a_word(folder):
    put(folder, np.zeros((60, 80), dtype=np.uint8))
    report = check_data([folder])
    assert report.can_train
    assert "holds no object of 20 pixels" in report.problems[0].message


@pytest.mark.parametrize(
    ("count", "can_train", "message"),
    [(1, False, "needs 2 objects at least, there are 1"), (2, True, "2 objects are few")],
)
def test_few_objects(tmp_path, count, can_train, message):
    labels = squares(count)
    report = check_data([write_data_set(tmp_path, [LabelledImage("x", picture(labels), labels)])])
    assert report.can_train == can_train
    assert message in report.problems[-1].message


def test_files_that_cannot_be_read(folder, tmp_path):
    (folder / "images" / "a.tif").write_bytes(b"no image")
    report = check_data([folder, tmp_path / "none"])
    assert ["cannot read" in report.problems[0].message, not report.can_train] == [True, True]
    assert "no data set at" in report.problems[1].message
    assert report.objects == 12


def test_an_image_without_contrast(folder):
    tifffile.imwrite(folder / "images" / "a.tif", np.full((60, 80), 7, dtype=np.uint8))
    (problem,) = check_data([folder]).problems
    assert "is constant" in problem.message


class TestWrite:
    @pytest.mark.parametrize(
        ("dtype", "shape", "written"),
        [
            ("uint16", (60, 80), "uint16"),
            ("uint8", (60, 80, 3), "uint8"),
            ("float64", (60, 80), "float32"),
            ("int64", (60, 80, 2), "float32"),
            ("bool", (60, 80), "uint8"),
        ],
    )
    def test_images_come_back(self, tmp_path, dtype, shape, written):
        image = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
        folder = write_data_set(tmp_path, [LabelledImage("x", image, squares())])
        read, labels = read_pair(find_pairs(folder)[0])
        assert read.dtype == written
        np.testing.assert_array_equal(read, image.astype(written))
        np.testing.assert_array_equal(labels, squares())
        assert labels.dtype == np.uint16

    def test_large_numbers_stay(self, tmp_path):
        labels = squares() * 100_000
        folder = write_data_set(tmp_path, [LabelledImage("x", picture(labels), labels)])
        np.testing.assert_array_equal(read_pair(find_pairs(folder)[0])[1], labels)

    @pytest.mark.parametrize(
        ("labels", "message"),
        [
            (squares().astype(float), "labels of x must be integers of shape"),
            (squares()[1:], r"got int64 of shape \(59, 80\); choose the labels of this image"),
            (squares() - 1, "must lie between 0 and .* got -1 to 11; number the objects anew"),
        ],
    )
    def test_labels_that_are_none(self, tmp_path, labels, message):
        with pytest.raises(ValueError, match=message):
            write_data_set(tmp_path, [LabelledImage("x", picture(squares()), labels)])

    def test_names(self, tmp_path):
        plane = LabelledImage("x", picture(squares()), label(squares() > 0))
        with pytest.raises(ValueError, match="two planes are called 'x'"):
            write_data_set(tmp_path, [plane, plane])
        with pytest.raises(ValueError, match="there is no plane to learn from"):
            write_data_set(tmp_path, [])
