import numpy as np
import pytest
import tifffile
from label_cases import PIXEL_SIZE, awkward

from boundary_click.io import stacks
from boundary_click.io.exports import FORMATS
from boundary_click.io.label_files import read_labels
from boundary_click.io.labelled import LabelledImage
from boundary_click.io.pixel_size import PixelSize
from boundary_click.io.stacks import Stack

WRITE = FORMATS["ome-tiff"].write


class Lazy:
    """Knows how often whole arrays are asked for: never."""

    def __init__(self, array):
        self._array, self.shape, self.dtype, self.ndim = array, array.shape, array.dtype, array.ndim

    def __getitem__(self, index):
        assert len(index) == self.ndim - 2
        return self._array[index]


def test_tifffile_reads_pixels_axes_and_pixel_size(labelled, tmp_path):
    path = tmp_path / "labels.ome.tif"
    WRITE(path, labelled)
    with tifffile.TiffFile(path) as file:
        assert file.series[0].axes == "TZYX"
        assert file.asarray().dtype == np.uint32
        assert np.array_equal(file.asarray(), awkward())
        pixels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
    for axis, (size, unit) in PIXEL_SIZE.sizes.items():
        assert (pixels[f"PhysicalSize{axis}"], pixels[f"PhysicalSize{axis}Unit"]) == (size, unit)


def test_large_planes_are_tiled_and_lazy_labels_read_plane_by_plane(tmp_path, monkeypatch):
    monkeypatch.setattr(stacks, "_TILED_FROM", 600)
    monkeypatch.setattr(stacks, "_CLASSIC_TIFF_BYTES", 1000)
    labels = np.random.default_rng(0).integers(0, 60000, (2, 700, 530)).astype(np.uint16)
    path = tmp_path / "labels.ome.tif"
    WRITE(path, LabelledImage(Stack(Lazy(labels), "Z")))
    with tifffile.TiffFile(path) as file:
        assert file.is_bigtiff
        assert file.pages[0].is_tiled
        assert file.series[0].axes == "ZYX"
        assert np.array_equal(file.asarray(), labels)


@pytest.mark.parametrize(("top", "dtype"), [(65534, np.uint16), (65535, np.uint32)])
def test_ids_choose_the_type(tmp_path, top, dtype):
    path = tmp_path / "labels.ome.tif"
    WRITE(path, LabelledImage(Stack(np.full((4, 5), top, np.int64))))
    assert tifffile.imread(path).dtype == dtype


@pytest.mark.parametrize("name", ["ome-tiff", "ome-zarr"])
@pytest.mark.parametrize(
    ("value", "message"),
    [(2**32, "id 4294967296; files store 32 bits"), (-3, "negative id -3; ids go from 1")],
)
def test_ids_that_no_file_holds(tmp_path, name, value, message):
    labels = LabelledImage(Stack(np.full((4, 5), value, np.int64)))
    with pytest.raises(ValueError, match=message):
        FORMATS[name].write(tmp_path / "labels", labels)
    assert not list(tmp_path.iterdir())


def test_labels_come_back(labelled, nothing, tmp_path):
    for labels in (labelled, nothing):
        WRITE(tmp_path / "x.ome.tif", labels)
        again = read_labels(tmp_path / "x.ome.tif")
        assert again.labels.plane_axes == labels.labels.plane_axes
        assert again.labels.pixel_size == PixelSize(dict(PIXEL_SIZE.sizes))
        assert np.array_equal(again.labels.data, labels.labels.data)
