import json

import numpy as np
import pytest
import tifffile

from boundary_click.io.exports import FORMATS
from boundary_click.io.label_files import read_labels


@pytest.fixture
def labels(tmp_path, disks):
    """Labels for the three planes of `stack`, without a pixel size."""
    path = tmp_path / "cells.tif"
    planes = np.stack([disks[1]] * 3)
    tifffile.imwrite(path, planes, photometric="minisblack", metadata={"axes": "ZYX"})
    return path


def test_every_format_beside_the_labels(run, labels, stack, clicks, tmp_path):
    arguments = ["--image", stack, "--clicks", clicks, "-f", *FORMATS]
    code, out, err = run("export", labels, *arguments)
    assert code == 0, err
    assert err == ""
    for each in FORMATS.values():
        path = tmp_path / f"cells{each.suffix}"
        assert f"Wrote {path}\n" in out
        assert path.exists()
    header, *rows = (tmp_path / "cells-measurements.csv").read_text(encoding="utf-8").splitlines()
    assert header.endswith("mean_0,min_0,max_0,std_0")
    assert len(rows) == 6
    assert rows[0].startswith("1,0,µm,")  # the pixel size is that of the image
    effort = (tmp_path / "cells-effort.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[:3] for row in effort[1:]] == [["7", "1", "2"], ["9", "1", "1"]]


def test_a_folder(run, labels, tmp_path):
    code, _, err = run("export", labels, "-f", "coco", "geojson", "-o", tmp_path / "out")
    assert code == 0, err
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["cells.coco.json", "cells.geojson"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.json", "coco"),
        ("a.zip", "imagej-rois"),
        ("a.GEOJSON", "geojson"),
        ("a.tif", "ome-tiff"),
        ("a.zarr", "ome-zarr"),
        ("a-volumes.csv", "volumes"),
    ],
)
def test_the_ending_of_a_file_names_the_format(run, labels, tmp_path, name, kind):
    for path, options in ((tmp_path / name, ()), (tmp_path / f"b{name}", ("-f", kind))):
        code, _, err = run("export", labels, "-o", path, *options)
        assert code == 0, err
    if kind in ("coco", "geojson"):
        assert json.loads((tmp_path / name).read_text(encoding="utf-8"))
    if kind.startswith("ome"):
        assert np.array_equal(read_labels(tmp_path / name).labels.data[:], tifffile.imread(labels))


def test_ome_zarr_is_read_as_well(run, labels, tmp_path):
    assert run("export", labels, "-f", "ome-zarr").code == 0
    assert run("export", tmp_path / "cells.ome.zarr", "-f", "ome-tiff").code == 0
    assert np.array_equal(tifffile.imread(tmp_path / "cells.ome.tif"), tifffile.imread(labels))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no format is named; give one or more with -f: ome-tiff, ome-zarr, coco"),
        (["-o", "out"], "no format is named"),
        (["-o", "a.csv"], "no format is named"),
        (["-o", "a.csv", "-f", "coco", "effort"], "a.csv is one file for 2 formats; give a folder"),
        (["-o", "a.tif", "-f", "coco"], "a.tif must end in .json to hold coco"),
        (["-f", "effort"], "no clicks are known of these labels; give their table with --clicks"),
        (["-f", "coco", "--clicks", "no.csv"], "table of clicks not found: no.csv"),
        (["-f", "coco", "--image", "no.tif"], "image file not found: no.tif"),
    ],
)
def test_what_is_missing_is_named(run, labels, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("export", labels, *arguments)
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cells.tif"]


def test_inputs_are_not_overwritten(run, labels):
    before = labels.read_bytes()
    code, _, err = run("export", labels, "-o", labels)
    assert code == 1
    assert "cells.tif is read and cannot be written; give another place with -o" in err
    assert labels.read_bytes() == before


def test_an_image_of_another_size(run, labels, tmp_path, disks):
    tifffile.imwrite(tmp_path / "other.tif", disks[0])
    code, _, err = run("export", labels, "-f", "coco", "--image", tmp_path / "other.tif")
    assert code == 1
    assert "labels of shape (3, 48, 48) do not fit an image of shape (48, 48)" in err


def test_clicks_of_no_plane(run, labels, tmp_path):
    table = tmp_path / "clicks.csv"
    table.write_text("object,order,kind,row,col,plane\n1,1,positive,1,1,3\n", encoding="utf-8")
    code, _, err = run("export", labels, "-f", "effort", "--clicks", table)
    assert code == 1
    assert "plane 3 is not in the stack; planes go from 0 to 2" in err


def test_an_unknown_format_is_a_wrong_argument(run, labels):
    code, _, err = run("export", labels, "-f", "csv")
    assert code == 2
    assert "ome-tiff" in err
