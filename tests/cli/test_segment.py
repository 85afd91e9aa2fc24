import errno
import re

import numpy as np
import pytest
import tifffile
from skimage import io

from boundary_click.io.clicks_csv import ClickedObject, read_clicks, write_clicks
from boundary_click.io.stacks import read_stack, write_labels

HEADER = "object,order,kind,row,col,plane\n"


def test_segment_writes_labels_like_the_image(run, stack, clicks, model, tmp_path):
    path = tmp_path / "out" / "labels.tif"
    code, out, err = run("segment", stack, clicks, "-o", path, "--model", model)
    assert code == 0, err
    assert "labels.tif" in out
    labels = tifffile.imread(path)
    assert labels.shape == (3, 48, 48)
    assert labels.dtype == np.uint16
    assert set(np.unique(labels)) <= {0, 7, 9}
    assert not labels[1].any()
    with tifffile.TiffFile(path) as file:
        assert file.is_ome
        assert file.series[0].axes == "ZYX"
    expected = {"Z": (2.0, "µm"), "Y": (0.2, "µm"), "X": (0.25, "µm")}
    found = read_stack(path).pixel_size.sizes
    assert {k: (pytest.approx(v), unit) for k, (v, unit) in found.items()} == expected
    assert [p.name for p in path.parent.iterdir()] == ["labels.tif"]


def test_segment_takes_a_single_plane(run, disks, model, tmp_path):
    image, table = tmp_path / "image.png", tmp_path / "clicks.csv"
    io.imsave(image, disks[0], check_contrast=False)
    table.write_text("object,order,kind,row,col\n70000,1,positive,14,14\n", encoding="utf-8")
    code, _, err = run("segment", image, table, "-o", tmp_path / "l.tif", "--model", model)
    assert code == 0, err
    assert tifffile.imread(tmp_path / "l.tif").shape == (48, 48)


def check(run, stack, model, tmp_path, text, message):
    table, path = tmp_path / "wrong.csv", tmp_path / "labels.tif"
    table.write_text(text, encoding="utf-8")
    code, out, err = run("segment", stack, table, "-o", path, "--model", model)
    assert code == 1
    assert out == ""
    assert err.count("\n") == 1
    assert re.search(message, err), err
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"line 1: no column object, order, kind, row, col; .* with commas between them"),
        ("object;order;kind;row;col\n1;1;positive;2;3\n", "line 1: no column object"),
        ("object,order,row,col\n1,1,2,3\n", "line 1: no column kind"),
        (HEADER, "holds no click; add one line a click below the header"),
        (
            HEADER + "1,1,positive,14,14,0\n0,1,positive,5,5,0\n",
            "line 3: object must be an integer",
        ),
        (HEADER + "1,one,positive,14,14,0\n", "line 2: order must be an integer .* got 'one'"),
        (HEADER + "1,1,inside,14,14,0\n", "line 2: kind must be one of positive, negative, bound"),
        (HEADER + "1,1,positive,14.x,14,0\n", "line 2: row must be a number .* got '14.x'"),
        (HEADER + "1,1,positive,nan,14,0\n", "line 2: click position must be finite"),
        (HEADER + "1,1,positive,14\n", "line 2: as many values as columns are needed"),
        (HEADER + "1,1,positive,14,14,0,1\n", "line 2: as many values as columns .* put quotes"),
        (HEADER + "1,1,positive,14,14,z0\n", "line 2: plane must be empty, a number from 0"),
        (
            HEADER + "1,1,positive,14,14,0\n1,1,boundary,6,14,0\n",
            r"line 3: object 1 has the order 1 twice \(line 2\); number its clicks",
        ),
        (
            HEADER + "1,1,positive,14,14,0\n1,2,boundary,48,14,0\n",
            "line 3: click at row 48, column 14 lies outside the image of 48 x 48 pixels",
        ),
        (
            HEADER + "1,1,boundary,6,14,0\n",
            "line 2: the first click selects the object and must be positive, got 'boundary'",
        ),
        (
            HEADER + "1,2,positive,14,14,0\n1,1,boundary,6,14,0\n",
            "line 3: the first click selects the object",
        ),
        (HEADER + "1,1,positive,14,14,3\n", "line 2: plane 3 is not in the stack; .* 0 to 2"),
        (HEADER + '1,1,positive,14,14,"0,1"\n', "line 2: plane 0,1 of a stack with planes along z"),
        (HEADER + "1,1,positive,14,14,\n", r"line 2: plane \(empty\) of a stack .* such as 0"),
    ],
)
def test_wrong_tables_name_the_line_and_the_remedy(run, stack, model, tmp_path, text, message):
    check(run, stack, model, tmp_path, text, message)


def test_a_plane_of_a_single_plane(run, disks, model, tmp_path):
    image = tmp_path / "image.tif"
    tifffile.imwrite(image, disks[0])
    text = HEADER + "1,1,positive,14,14,0\n"
    check(run, image, model, tmp_path, text, "line 2: plane 0 of an image with one plane")


def test_a_constant_image(run, model, tmp_path):
    image = tmp_path / "flat.tif"
    tifffile.imwrite(image, np.full((40, 40), 7, dtype=np.uint16))
    text = "object,order,kind,row,col\n1,1,positive,14,14\n"
    check(run, image, model, tmp_path, text, r"line 2: image is constant \(value 7\)")


def test_missing_table_and_image(run, stack, clicks, model, tmp_path):
    code, _, err = run("segment", stack, tmp_path / "no.csv", "-o", tmp_path / "l.tif")
    assert (code, "table of clicks not found" in err) == (1, True)
    code, _, err = run("segment", tmp_path / "no.tif", clicks, "-o", tmp_path / "l.tif")
    assert (code, "image file not found" in err) == (1, True)


def test_table_that_is_no_text(run, stack, tmp_path):
    table = tmp_path / "clicks.csv"
    table.write_bytes(bytes(range(128, 256)))
    code, _, err = run("segment", stack, table, "-o", tmp_path / "l.tif")
    assert code == 1
    assert "is no CSV text" in err


def test_truncated_image(run, stack, clicks, model, tmp_path):
    cut = tmp_path / "cut.tif"
    cut.write_bytes(stack.read_bytes()[:60])
    code, _, err = run("segment", cut, clicks, "-o", tmp_path / "l.tif", "--model", model)
    assert code == 1
    assert "cannot read" in err
    assert "damaged or not a TIFF" in err


def test_image_of_one_pixel(run, clicks, model, tmp_path):
    image = tmp_path / "dot.tif"
    tifffile.imwrite(image, np.zeros((1, 1), dtype=np.uint8))
    code, _, err = run("segment", image, clicks, "-o", tmp_path / "l.tif", "--model", model)
    assert code == 1
    assert "must be at least 2 pixels high and wide" in err


def test_a_full_disk_leaves_nothing(run, stack, clicks, model, tmp_path, monkeypatch):
    def fail(path, *args, **kwargs):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    target = tmp_path / "out" / "labels.tif"
    target.parent.mkdir()
    target.write_bytes(b"the labels of yesterday")
    monkeypatch.setattr(tifffile, "imwrite", fail)
    code, _, err = run("segment", stack, clicks, "-o", target, "--model", model)
    assert code == 1
    assert err == (
        f"boundary-click: error: cannot write {target}: the disk is full; free some space or "
        "choose another folder\n"
    )
    assert [p.name for p in target.parent.iterdir()] == ["labels.tif"]
    assert target.read_bytes() == b"the labels of yesterday"


@pytest.mark.parametrize(
    ("shape", "axes", "planes", "plane_shape"),
    [
        ((40, 50), "YX", (), (40, 50)),
        ((40, 50, 3), "YXS", (), (40, 50, 3)),
        ((2, 40, 50), "CYX", (), (40, 50, 2)),
        ((4, 2, 40, 50), "ZCYX", (4,), (40, 50, 2)),
        ((5, 4, 40, 50), "TZYX", (5, 4), (40, 50)),
        ((5, 40, 50), "TYX", (5,), (40, 50)),
    ],
)
def test_axes_of_a_tiff(tmp_path, shape, axes, planes, plane_shape):
    path = tmp_path / "image.ome.tif"
    array = np.arange(np.prod(shape)).reshape(shape).astype(np.uint16)
    photometric = "rgb" if axes.endswith("S") else "minisblack"
    tifffile.imwrite(path, array, ome=True, photometric=photometric, metadata={"axes": axes})
    stack = read_stack(path)
    assert stack.planes == planes
    assert stack.plane((0,) * len(planes)).shape == plane_shape
    labels = np.zeros(stack.shape, dtype=np.uint32)
    write_labels(tmp_path / "labels.tif", labels, stack)
    assert read_stack(tmp_path / "labels.tif").shape == (*planes, *plane_shape[:2])


def test_axes_without_a_name_become_z_and_t(tmp_path):
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, np.zeros((5, 40, 50), np.uint16), photometric="minisblack")
    assert read_stack(path).plane_axes == "Z"
    tifffile.imwrite(path, np.zeros((4, 5, 40, 50), np.uint16), photometric="minisblack")
    assert read_stack(path).plane_axes == "TZ"
    assert read_stack(path).planes == (4, 5)
    tifffile.imwrite(path, np.zeros((2, 4, 5, 40, 50), np.uint16), photometric="minisblack")
    with pytest.raises(ValueError, match="at most two are supported, so split it"):
        read_stack(path)


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, {}),
        ({"resolution": (100, 200), "resolutionunit": "INCH"}, {}),
        (
            {"resolution": (1e4, 2e4), "resolutionunit": "CENTIMETER"},
            {"Y": (5e-5, "cm"), "X": (1e-4, "cm")},
        ),
    ],
)
def test_pixel_size_of_a_plain_tiff(tmp_path, options, sizes):
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, np.zeros((40, 50), np.uint8), **options)
    found = read_stack(path).pixel_size.sizes
    assert {k: (pytest.approx(v), unit) for k, (v, unit) in sizes.items()} == found


def test_large_ids_take_32_bits(tmp_path, stack):
    image = read_stack(stack)
    labels = np.zeros(image.shape, dtype=np.uint32)
    for top, dtype in ((65534, np.uint16), (65535, np.uint32), (70000, np.uint32)):
        labels[0, 0, 0] = top
        write_labels(tmp_path / "labels.tif", labels, image)
        assert tifffile.imread(tmp_path / "labels.tif").dtype == dtype
    with pytest.raises(ValueError, match=r"labels of shape .* do not fit an image of shape"):
        write_labels(tmp_path / "labels.tif", labels[0], image)


def test_tables_survive_a_round_trip(tmp_path, clicks):
    objects = read_clicks(clicks)
    assert [(o.object_id, o.plane, len(o.clicks), o.lines) for o in objects] == [
        (7, (0,), 2, (2, 3)),
        (9, (2,), 1, (4,)),
    ]
    timed = ClickedObject(3, (1, 2), objects[0].clicks)
    write_clicks(tmp_path / "again.csv", [*objects, timed])
    again = read_clicks(tmp_path / "again.csv")
    assert [(o.object_id, o.plane, o.clicks) for o in again] == [
        (o.object_id, o.plane, o.clicks) for o in (*objects, timed)
    ]
