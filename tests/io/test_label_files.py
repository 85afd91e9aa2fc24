import numpy as np
import pytest
import tifffile
import zarr
from skimage import io

from boundary_click.io.label_files import label_name, read_labels

LABELS = np.arange(2 * 3 * 4 * 5, dtype=np.uint32).reshape(2, 3, 4, 5)
UNITS = {"t": None, "z": "micrometer", "y": "nanometer", "x": "nanometer"}


def save(path, data=LABELS, axes="tzyx", *, scale=(1, 2, 300, 400), **changes):
    """Write OME-Zarr 0.5 by hand."""
    group = zarr.create_group(path)
    group.create_array("full", data=data)
    kinds = {"t": "time", "c": "channel"}
    described = [
        {"name": axis, "type": kinds.get(axis, "space")}
        | ({"unit": UNITS[axis]} if UNITS.get(axis) else {})
        for axis in axes
    ]
    transform = {"type": "scale", "scale": list(scale)}
    dataset = {"path": "full", "coordinateTransformations": [transform]}
    multiscale = {"axes": described, "datasets": [dataset]}
    group.attrs["ome"] = {
        "version": "0.5", "multiscales": [multiscale], "image-label": {}, **changes
    }  # fmt: skip
    return path


@pytest.mark.parametrize("suffix", [".ome.tif", ".TIF", ".png"])
def test_pictures(tmp_path, suffix):
    path = tmp_path / f"cells{suffix}"
    if suffix == ".png":
        io.imsave(path, LABELS[0, 0].astype(np.uint16), check_contrast=False)
    else:
        tifffile.imwrite(path, LABELS[0, 0])
    labelled = read_labels(path)
    assert labelled.name == "cells"
    assert labelled.labels.plane_axes == ""
    assert np.array_equal(labelled.plane(()), LABELS[0, 0])


def test_ome_zarr_stays_lazy(tmp_path):
    labelled = read_labels(save(tmp_path / "cells.ome.zarr"))
    assert labelled.name == "cells"
    assert isinstance(labelled.labels.data, zarr.Array)
    assert labelled.labels.plane_axes == "TZ"
    sizes = {"Z": (2.0, "µm"), "Y": (300.0, "nm"), "X": (400.0, "nm")}
    assert labelled.labels.pixel_size.sizes == sizes
    assert np.array_equal(labelled.plane((1, 2)), LABELS[1, 2])


def test_version_0_4_and_a_scale_of_all_levels(tmp_path):
    group = zarr.open_group(save(tmp_path / "a.zarr"), mode="a")
    multiscale = dict(group.attrs["ome"]["multiscales"][0], version="0.4")
    total = {"type": "scale", "scale": [5.0, 1.0, 0.5, 0.5]}
    multiscale["coordinateTransformations"] = [total]
    old = zarr.create_group(tmp_path / "old.zarr", zarr_format=2)
    old.create_array("full", data=LABELS)
    old.attrs.update({"multiscales": [multiscale], "image-label": {"version": "0.4"}})
    labelled = read_labels(tmp_path / "old.zarr")
    assert labelled.labels.pixel_size.sizes["Y"] == (150.0, "nm")
    assert np.array_equal(labelled.plane((1, 2)), LABELS[1, 2])


def test_the_labels_in_an_image(tmp_path):
    image = zarr.create_group(tmp_path / "image.zarr", attributes={"ome": {"multiscales": []}})
    with pytest.raises(ValueError, match=r"image.zarr: it holds no label image"):
        read_labels(tmp_path / "image.zarr")
    image.create_group("labels", attributes={"ome": {"labels": ["cells"]}})
    save(tmp_path / "image.zarr" / "labels" / "cells")
    assert np.array_equal(read_labels(tmp_path / "image.zarr").plane((0, 1)), LABELS[0, 1])
    assert read_labels(tmp_path / "image.zarr" / "labels" / "cells").name == "cells"
    image["labels"].attrs["ome"] = {"labels": ["cells", "nuclei"]}
    message = (
        r"it holds the label images cells, nuclei; give the folder of one, such as labels/cells"
    )
    with pytest.raises(ValueError, match=message):
        read_labels(tmp_path / "image.zarr")


@pytest.mark.parametrize(
    ("axes", "planes"), [("tczyx", "TZ"), ("czyx", "Z"), ("cyx", ""), ("tcyx", "T")]
)
def test_one_channel_is_none(tmp_path, axes, planes):
    labels = LABELS[tuple(slice(None) if axis in axes else 0 for axis in "tzyx")]
    data = np.expand_dims(labels, axes.index("c"))
    path = save(tmp_path / "a.zarr", data, axes, scale=range(1, len(axes) + 1))
    labelled = read_labels(path)
    assert labelled.labels.plane_axes == planes
    assert labelled.labels.pixel_size.sizes["X"] == (len(axes), "nm")
    for index in labelled.planes():
        assert np.array_equal(labelled.plane(index), labels[index])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"axes": "zyx", "scale": (1, 1, 1)}, "it has no array full of 3 axes"),
        ({"data": LABELS.astype(np.float32)}, "labels must be integers, got float32"),
        ({"axes": "tcyx"}, r"it has the axes t, c, y, x; labels need y and x last"),
        ({"axes": "tzxy"}, r"it has the axes t, z, x, y"),
        ({"multiscales": []}, r"its OME-Zarr metadata cannot be read"),
        ({"multiscales": [{"axes": []}]}, r"its OME-Zarr metadata cannot be read"),
    ],
)
def test_ome_zarr_without_labels(tmp_path, arguments, message):
    save(tmp_path / "a.zarr", **arguments)
    with pytest.raises(ValueError, match=rf"a\.zarr: {message}"):
        read_labels(tmp_path / "a.zarr")


def test_units_that_are_none(tmp_path, monkeypatch):
    monkeypatch.setitem(UNITS, "y", "parsec")
    with pytest.raises(ValueError, match=r"a\.zarr: pixel size in 'parsec', which is no unit"):
        read_labels(save(tmp_path / "a.zarr"))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 5), np.float32), "labels must be integers, got float32"),
        (np.zeros((4, 5, 3), np.uint8), "labels must have the axes YX and no channels"),
    ],
)
def test_tiffs_without_labels(tmp_path, array, message):
    tifffile.imwrite(tmp_path / "a.tif", array, photometric=None)
    with pytest.raises(ValueError, match=rf"a\.tif: {message}"):
        read_labels(tmp_path / "a.tif")


def test_no_file_and_no_zarr(tmp_path):
    with pytest.raises(ValueError, match=r"file of labels not found: .*a\.tif"):
        read_labels(tmp_path / "a.tif")
    with pytest.raises(ValueError, match=r"this folder is no Zarr group; give a TIFF or an OME-"):
        read_labels(tmp_path)
    (tmp_path / "a.tif").write_bytes(b"II")
    with pytest.raises(ValueError, match=r"cannot read .*a\.tif as an image"):
        read_labels(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("file", "name"),
    [("a.b.ome.tif", "a.b"), ("a.TIFF", "a"), ("a.ome.zarr", "a"), ("a", "a"), (".tif", ".tif")],
)
def test_names(tmp_path, file, name):
    assert label_name(tmp_path / file) == name
