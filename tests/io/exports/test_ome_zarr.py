import numpy as np
import pytest
import zarr
from label_cases import awkward
from ome_zarr_models.v05.image_label import ImageLabel

from boundary_click.io.exports import FORMATS
from boundary_click.io.label_files import read_labels
from boundary_click.io.labelled import LabelledImage
from boundary_click.io.pixel_size import PixelSize
from boundary_click.io.stacks import Stack

WRITE = FORMATS["ome-zarr"].write


@pytest.fixture
def path(labelled, tmp_path):
    path = tmp_path / "out" / "cells.ome.zarr"
    WRITE(path, labelled)
    return path


def test_zarr_reads_the_pixels(path):
    level = zarr.open_array(path, path="0", mode="r")
    assert level.metadata.dimension_names == ("t", "z", "y", "x")
    assert level.dtype == np.uint32
    assert np.array_equal(level[:], awkward())
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_ome_zarr_models_reads_the_metadata(path):
    ome = ImageLabel.from_zarr(zarr.open_group(path, mode="r")).ome_attributes
    assert ome.version == "0.5"
    assert ome.image_label.version == "0.5"
    (multiscale,) = ome.multiscales
    assert [(a.name, a.type, a.unit) for a in multiscale.axes] == [
        ("t", "time", None),
        ("z", "space", "micrometer"),
        ("y", "space", "micrometer"),
        ("x", "space", "micrometer"),
    ]
    (dataset,) = multiscale.datasets
    assert dataset.coordinateTransformations[0].scale == [1.0, 0.5, 0.2, 0.1]


def test_smaller_copies_take_every_second_row_and_column(tmp_path):
    labels = np.random.default_rng(0).integers(0, 9, (2, 700, 530)).astype(np.uint16)
    size = PixelSize({"Y": (0.2, "µm"), "X": (100.0, "nm")})
    WRITE(tmp_path / "x.ome.zarr", LabelledImage(Stack(labels, "Z", size)))
    group = zarr.open_group(tmp_path / "x.ome.zarr", mode="r")
    datasets = ImageLabel.from_zarr(group).ome_attributes.multiscales[0].datasets
    assert [dataset.path for dataset in datasets] == ["0", "1", "2"]
    for dataset, step in zip(datasets, (1, 2, 4), strict=True):
        level = group[dataset.path]
        assert np.array_equal(level[:], labels[:, ::step, ::step])
        assert level.chunks == (1, *(min(512, side) for side in level.shape[1:]))
        assert dataset.coordinateTransformations[0].scale == [1.0, 0.2 * step, 100.0 * step]
        assert len(dataset.coordinateTransformations) == 1


def test_time_comes_first(tmp_path):
    labels = awkward().swapaxes(0, 1)
    WRITE(tmp_path / "x.ome.zarr", LabelledImage(Stack(labels, "ZT")))
    again = read_labels(tmp_path / "x.ome.zarr").labels
    assert again.plane_axes == "TZ"
    assert np.array_equal(again.data[:], awkward())


def test_labels_come_back(labelled, path):
    again = read_labels(path)
    assert again.name == "cells"
    assert again.labels.plane_axes == "TZ"
    assert again.labels.pixel_size == labelled.labels.pixel_size
    assert isinstance(again.labels.data, zarr.Array)
    for index in labelled.planes():
        assert np.array_equal(again.plane(index), labelled.plane(index))


def test_a_former_one_is_replaced_as_a_whole(path, nothing):
    (path / "stray").write_text("of the former one", encoding="utf-8")
    WRITE(path, nothing)
    assert not (path / "stray").exists()
    assert read_labels(path).labels.shape == (2, 8, 9)


def test_a_full_disk_keeps_the_former_one(path, labelled, full_disk, monkeypatch):
    monkeypatch.setattr(zarr.Array, "__setitem__", full_disk)
    with pytest.raises(OSError, match=r"cannot write .*cells.ome.zarr: the disk is full"):
        WRITE(path, labelled)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    monkeypatch.undo()
    assert read_labels(path).labels.shape == labelled.labels.shape


def test_the_reader_of_ome_zarr_reads_it(path):
    pytest.importorskip("ome_zarr", reason="the package ome-zarr is not installed")
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    (node,) = Reader(parse_url(path))()
    assert np.array_equal(node.data[0].compute(), awkward())
    assert [axis["name"] for axis in node.metadata["axes"]] == ["t", "z", "y", "x"]
    ((transform,),) = node.metadata["coordinateTransformations"]
    assert transform["scale"] == [1.0, 0.5, 0.2, 0.1]
