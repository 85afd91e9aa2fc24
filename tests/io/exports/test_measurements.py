import csv
import math

import numpy as np
import pytest
from hypothesis import given
from label_cases import awkward, labels_of, masks
from skimage.draw import disk

from boundary_click.io.exports import FORMATS
from boundary_click.io.labelled import LabelledImage
from boundary_click.io.pixel_size import PixelSize
from boundary_click.io.stacks import Stack

WRITE = FORMATS["measurements"].write


def measured(path, labelled):
    WRITE(path, labelled)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_for_each_object_and_plane(labelled, tmp_path):
    rows = measured(tmp_path / "x.csv", labelled)
    assert [(int(r["object"]), int(r["t"]), int(r["z"])) for r in rows] == [
        (1, 0, 0), (2, 0, 0), (1, 0, 1), (70000, 0, 1), (1, 1, 2), (65535, 1, 2)
    ]  # fmt: skip
    labels = awkward()
    for row in rows:
        mask = labels[int(row["t"]), int(row["z"])] == int(row["object"])
        where = np.nonzero(mask)
        assert int(row["area_pixels"]) == mask.sum()
        assert float(row["area"]) == pytest.approx(mask.sum() * 0.02)
        assert row["unit"] == "µm"
        for position, name, size in zip(where, ("row", "col"), (0.2, 0.1), strict=True):
            along = {"row": "y", "col": "x"}[name]
            assert float(row[f"centroid_{name}"]) == pytest.approx(position.mean(), rel=1e-5)
            assert float(row[f"centroid_{along}"]) == pytest.approx(
                position.mean() * size, rel=1e-5
            )
            assert int(row[f"first_{name}"]) == position.min()
            assert int(row[f"end_{name}"]) == position.max() + 1
        assert row["perimeter"] == ""  # pixels are not square


def test_intensities_of_each_channel(labelled, tmp_path):
    for row in measured(tmp_path / "x.csv", labelled):
        index = int(row["t"]), int(row["z"])
        values = labelled.image.plane(index)[labelled.plane(index) == int(row["object"])]
        for channel in range(2):
            for name in ("mean", "min", "max", "std"):
                expected = getattr(values[:, channel].astype(float), name)()
                assert float(row[f"{name}_{channel}"]) == pytest.approx(expected, rel=1e-6)


def test_a_disk_in_micrometres(tmp_path):
    labels = np.zeros((300, 300), np.uint8)
    labels[disk((150, 140), 100)] = 1
    size = PixelSize({"Y": (0.5, "µm"), "X": (500.0, "nm")})
    (row,) = measured(tmp_path / "x.csv", LabelledImage(Stack(labels, "", size)))
    assert row["unit"] == "nm"
    assert float(row["area"]) == pytest.approx(math.pi * 50_000**2, rel=0.01)
    assert float(row["equivalent_diameter"]) == pytest.approx(100_000, rel=0.01)
    assert float(row["perimeter"]) == pytest.approx(math.pi * 100_000, rel=0.06)
    assert float(row["major_axis"]) == pytest.approx(100_000, rel=0.01)
    assert float(row["minor_axis"]) == pytest.approx(100_000, rel=0.01)
    assert float(row["solidity"]) > 0.98
    assert float(row["eccentricity"]) < 0.1
    assert "mean_0" not in row


def test_without_a_pixel_size_units_are_pixels(tmp_path):
    (row,) = measured(tmp_path / "x.csv", labels_of(np.ones((3, 4), bool)))
    assert (row["unit"], row["area"], row["area_pixels"]) == ("pixel", "12", "12")


@given(masks)
def test_every_mask_can_be_measured(tmp_path_factory, mask):
    rows = measured(tmp_path_factory.mktemp("table") / "x.csv", labels_of(mask))
    assert sum(int(row["area_pixels"]) for row in rows) == mask.sum()
    assert all(0 <= float(row["solidity"]) <= 1 for row in rows)


def test_no_object_is_a_header(nothing, tmp_path):
    assert measured(tmp_path / "x.csv", nothing) == []
