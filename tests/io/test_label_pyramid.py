from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ome_zarr_models.v05.image_label import ImageLabel

from boundary_click.core.planes import Plane
from boundary_click.io.label_pyramid import LabelPyramid, temporary_pyramid

SHAPE = (2, 2100, 1500)


def plane(z: int = 1) -> Plane:
    return Plane.through((z, 0, 0), SHAPE, (1, 2))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_level_is_the_finest_one_thinned(tmp_path_factory, data):
    pyramid = LabelPyramid.create(tmp_path_factory.mktemp("p") / "labels.zarr", SHAPE)
    expected = np.zeros(SHAPE, np.int32)
    for turn in range(1, data.draw(st.integers(2, 5))):
        top, left = data.draw(st.integers(0, 2000)), data.draw(st.integers(0, 1400))
        where = slice(top, top + data.draw(st.integers(1, 90))), slice(left, left + 77)
        z = data.draw(st.integers(0, 1))
        labels = np.full((where[0].stop - top, 77), turn)
        pyramid.write(plane(z), where, labels)
        expected[z][where] = turn
        np.testing.assert_array_equal(pyramid.read(plane(z), where), labels)
    for index, level in enumerate(pyramid.levels):
        np.testing.assert_array_equal(level[:], expected[:, :: 2**index, :: 2**index])


def test_a_giant_one_costs_what_is_written():
    shape = (100_000, 100_000)
    tracemalloc.start()
    pyramid = temporary_pyramid(shape)
    on = Plane.through((0, 0), shape, (0, 1))
    where = slice(50_000, 50_100), slice(99_900, 100_000)
    pyramid.write(on, where, np.full((100, 100), 5))
    assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    tracemalloc.stop()
    assert len(list(pyramid.written())) == 1
    assert pyramid.levels[-1].shape == (782, 782)
    size = sum(each.stat().st_size for each in pyramid.folder.rglob("*") if each.is_file())
    assert size < 200_000


def test_it_is_ome_zarr(tmp_path):
    LabelPyramid.create(tmp_path / "labels.zarr", SHAPE)
    read = ImageLabel.from_zarr(zarr.open_group(tmp_path / "labels.zarr", mode="r"))
    assert [axis.name for axis in read.ome_attributes.multiscales[0].axes] == ["z", "y", "x"]


def test_what_cannot_be_is_refused(tmp_path):
    pyramid = LabelPyramid.create(tmp_path / "labels.zarr", SHAPE)
    where = slice(0, 3), slice(0, 3)
    with pytest.raises(ValueError, match="do not fill"):
        pyramid.write(plane(), where, np.zeros((2, 3), int))
    with pytest.raises(ValueError, match="too large"):
        pyramid.write(plane(), where, np.full((3, 3), 2**40))
    with pytest.raises(ValueError, match="exists already"):
        LabelPyramid.create(tmp_path / "labels.zarr", SHAPE)
    with pytest.raises(ValueError, match="two to five"):
        LabelPyramid.create(tmp_path / "other", (5,))
