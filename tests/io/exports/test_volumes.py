import csv
import math

import numpy as np
import pytest
from label_cases import awkward

from boundary_click.io.exports import FORMATS
from boundary_click.io.labelled import LabelledImage
from boundary_click.io.pixel_size import PixelSize
from boundary_click.io.stacks import Stack

WRITE = FORMATS["volumes"].write


def measured(path, labelled):
    WRITE(path, labelled)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_for_each_object_and_time(labelled, tmp_path):
    rows = measured(tmp_path / "x.csv", labelled)
    assert [(int(r["t"]), int(r["object"])) for r in rows] == [
        (0, 1), (0, 2), (0, 70000), (1, 1), (1, 65535)
    ]  # fmt: skip
    for row in rows:
        where = np.nonzero(awkward()[int(row["t"])] == int(row["object"]))
        assert int(row["voxels"]) == len(where[0])
        assert float(row["volume"]) == pytest.approx(len(where[0]) * 0.01)
        for position, axis, name, size in zip(
            where, "zyx", ("plane", "row", "col"), (0.5, 0.2, 0.1), strict=True
        ):
            expected = position.mean() * size
            assert float(row[f"centroid_{axis}"]) == pytest.approx(expected, rel=1e-5)
            assert int(row[f"first_{name}"]) == position.min()
            assert int(row[f"end_{name}"]) == position.max() + 1


def test_a_ball_in_micrometres(tmp_path):
    z, y, x = np.ogrid[:21, :41, :81]
    labels = ((z - 10) ** 2 * 16 + (y - 20) ** 2 * 4 + (x - 40) ** 2 <= 36**2).astype(np.uint8)
    size = PixelSize({"Z": (400.0, "nm"), "Y": (0.2, "µm"), "X": (0.1, "µm")})
    (row,) = measured(tmp_path / "x.csv", LabelledImage(Stack(labels, "Z", size)))
    assert float(row["volume"]) == pytest.approx(4 / 3 * math.pi * 3.6**3, rel=0.02)
    assert float(row["equivalent_diameter"]) == pytest.approx(7.2, rel=0.01)
    assert "t" not in row


def test_a_size_along_z_that_is_not_known_makes_pixels(tmp_path):
    size = PixelSize({"Y": (0.2, "µm"), "X": (0.1, "µm")})
    (row,) = measured(tmp_path / "x.csv", LabelledImage(Stack(np.ones((2, 3, 4), int), "Z", size)))
    assert (row["unit"], row["volume"]) == ("pixel", "24")


@pytest.mark.parametrize(("axes", "shape"), [("", (3, 4)), ("T", (2, 3, 4))])
def test_planes_have_no_volume(tmp_path, axes, shape):
    with pytest.raises(ValueError, match=r"need labels with a z axis; .* export measurements"):
        WRITE(tmp_path / "x.csv", LabelledImage(Stack(np.ones(shape, int), axes)))
