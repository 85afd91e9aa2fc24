"""An image that does not fit into memory: read, labelled, undone and kept piece by piece."""

from __future__ import annotations

import numpy as np
import pytest
import zarr
from tests.giant import GIANT, write_giant_image

from boundary_click.io.project.project import Project

pytestmark = pytest.mark.gui


@pytest.fixture(scope="module")
def giant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("giant") / "image.zarr"
    nuclei = write_giant_image(folder, fields=2)
    group = zarr.open_group(folder, mode="r")
    return [group[str(level)] for level in range(len(list(group.array_keys())))], nuclei


@pytest.fixture
def desk(viewer, make_desk, giant):
    viewer.add_image(giant[0], multiscale=True, name="slide", contrast_limits=(0, 255))
    return make_desk()


def read(desk, row, col):
    around = slice(row - 40, row + 40), slice(col - 40, col + 40)
    return np.asarray(desk.does.labels.data[0][around])


def saved(desk):
    desk.wait()
    desk.qtbot.waitUntil(
        lambda: desk.widget.projects.info.is_saved and not desk.widget.projects.info.is_busy,
        timeout=30000,
    )


def test_objects_are_made_undone_corrected_and_kept(desk, giant, tmp_path):
    row, col = (round(value) for value in giant[1][40][:2])
    assert desk.does.labels.data[0].shape == GIANT
    desk.click(row, col)
    assert desk.now.problem is None
    first = read(desk, row, col)
    assert first[40, 40] == 1
    desk.click(row, col + 14)
    second = read(desk, row, col)
    assert second.sum() > first.sum()
    desk.does.undo()
    np.testing.assert_array_equal(read(desk, row, col), first)
    desk.does.redo()
    np.testing.assert_array_equal(read(desk, row, col), second)
    desk.does.accept()

    projects = desk.widget.projects
    projects.create(tmp_path / "slide.bclick")
    saved(desk)
    desk.press(desk.viewer, "W")
    desk.click(row, col)
    assert desk.now.object_id == 1
    desk.click(row, col + 10)
    desk.does.accept()
    saved(desk)
    last = read(desk, row, col)
    desk.does.choose_labels(None)
    assert not read(desk, row, col).any()
    projects.open(tmp_path / "slide.bclick")
    saved(desk)
    np.testing.assert_array_equal(read(desk, row, col), last)
    desk.widget.release()
    project = Project.open(tmp_path / "slide.bclick")
    assert len(project.document.records) == 1
    project.close()
