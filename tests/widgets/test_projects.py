"""Projects, series and exports from the widget."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from boundary_click.io.project.document import read_document
from boundary_click.io.project.project import Project
from boundary_click.widgets.models import Choice

pytestmark = pytest.mark.gui


@pytest.fixture
def box(desk):
    return desk.widget.project_box


@pytest.fixture
def projects(desk):
    return desk.widget.projects


def saved(desk):
    """Wait until all is on the disk."""
    desk.wait()
    desk.qtbot.waitUntil(
        lambda: desk.widget.projects.info.is_saved and not desk.widget.projects.info.is_busy,
        timeout=20000,
    )


def make(desk, *points):
    for point in points:
        desk.viewer.dims.set_point(0, point[0])
        desk.click(*point)
        desk.does.accept()


def test_objects_are_saved_as_they_are_accepted(desk, projects, box, tmp_path):
    make(desk, (1, 30, 30))
    folder = tmp_path / "cells.bclick"
    projects.create(folder)
    saved(desk)
    make(desk, (2, 60, 60))
    desk.viewer.dims.set_point(0, 1)
    desk.click(1, 70, 90)  # in progress
    saved(desk)
    document = read_document(folder / "project.json")
    assert [record.object_id for record in document.records] == [1, 2]
    assert document.records[0].clicks == 1
    assert document.model.name == "default"
    assert len(document.model.sha256) == 64
    assert box.state.text() == "cells.bclick: saved"
    expected = desk.data.copy()
    desk.widget.release()
    project = Project.open(folder)
    np.testing.assert_array_equal(project.labels[:], expected)
    assert len(project.document.records) == 3  # closing keeps the one in progress
    project.close()


def test_undo_and_brush_strokes_are_saved(desk, projects, tmp_path):
    projects.create(tmp_path / "cells.bclick")
    make(desk, (1, 30, 30), (1, 70, 70))
    desk.does.labels.brush_size = 6
    desk.does.labels.paint((0, 50, 50), 9)
    desk.widget.objects.delete((1,))
    desk.does.undo()
    saved(desk)
    expected = desk.data.copy()
    desk.widget.release()
    project = Project.open(tmp_path / "cells.bclick")
    np.testing.assert_array_equal(project.labels[:], expected)
    assert {record.object_id for record in project.document.records} == {1, 2}
    project.close()


def test_a_project_is_gone_on_with(desk, projects, tmp_path):
    folder = tmp_path / "cells.bclick"
    projects.create(folder)
    make(desk, (1, 30, 30), (2, 60, 60))
    saved(desk)
    before = desk.data.copy()
    desk.does.choose_labels(None)
    assert projects.info.path is None
    projects.open(folder)
    saved(desk)
    np.testing.assert_array_equal(desk.data, before)
    assert projects.info.path == folder
    assert set(desk.now.records) == {1, 2}
    assert desk.now.problem is None
    desk.widget.objects.open(desk.now.records[1])
    desk.wait()
    assert (desk.now.object_id, desk.now.clicks, desk.now.is_given) == (1, 1, False)
    make(desk, (0, 50, 50))
    assert desk.now.records.keys() == {1, 2, 3}
    saved(desk)
    assert len(read_document(folder / "project.json").records) == 3


def test_another_image_or_model_is_told(desk, projects, tmp_path):
    projects.create(tmp_path / "cells.bclick")
    make(desk, (1, 30, 30))
    saved(desk)
    desk.does.choose_labels(None)
    desk.does.image.data = np.ones_like(desk.does.image.data)
    desk.does.choose_model(Choice("guidance"))
    projects.open(tmp_path / "cells.bclick")
    saved(desk)
    assert "pixels are not those" in desk.now.problem
    assert "made with model default" in desk.now.problem


def test_a_project_in_use_and_a_damaged_one_are_told(desk, projects, tmp_path):
    folder = tmp_path / "cells.bclick"
    projects.create(folder)
    saved(desk)
    projects.create(folder)
    saved_or_told(desk, "is there already")
    other = tmp_path / "other.bclick"
    other.mkdir()
    projects.open(other)
    saved_or_told(desk, "is no project")
    make(desk, (1, 30, 30))
    assert desk.area(1) > 0


def saved_or_told(desk, text):
    desk.qtbot.waitUntil(lambda: text in (desk.now.problem or ""), timeout=20000)


@pytest.fixture
def folder(tmp_path):
    series = tmp_path / "series"
    series.mkdir()
    for number in (1, 2, 10):
        tifffile.imwrite(series / f"field {number}.tif", np.full((80, 90), number, np.uint8))
    return series


def test_a_folder_is_gone_through(desk, projects, box, folder):
    projects.open_series(folder)
    saved(desk)
    assert desk.does.image.name == "field 1"
    assert box.place.text() == "1 of 3, 0 done"
    desk.click(40, 40)
    box.done.click()
    saved(desk)
    assert (desk.does.image.name, box.place.text()) == ("field 2", "2 of 3, 1 done")
    box.forth.click()
    saved(desk)
    assert desk.does.image.name == "field 10"
    box.forth.click()
    saved(desk)
    assert desk.does.image.name == "field 1"
    assert desk.data[40, 40] == 1
    assert set(desk.now.records) == {1}
    projects.open_series(folder)
    saved(desk)
    assert desk.does.image.name == "field 2"


def test_a_folder_without_images_is_told(desk, projects, tmp_path):
    projects.open_series(tmp_path)
    saved_or_told(desk, "holds no images")


def test_labels_are_exported(desk, projects, box, tmp_path, monkeypatch):
    make(desk, (1, 30, 30), (2, 60, 60))
    wanted = tmp_path / "out.ome.tif"
    monkeypatch.setattr(
        "boundary_click.widgets.project_box.QFileDialog.getSaveFileName",
        lambda *args: (str(wanted), ""),
    )
    box.format.setCurrentIndex(box.format.findData("ome-tiff"))
    box.export.click()
    saved_or_told(desk, "wrote")
    np.testing.assert_array_equal(tifffile.imread(wanted), desk.data)


def test_dialogs_suggest_a_place_beside_the_image(desk, projects, box, monkeypatch):
    asked = []

    def ask(parent, title, start, *more):
        asked.append(start)
        return "", ""

    monkeypatch.setattr("boundary_click.widgets.project_box.QFileDialog.getSaveFileName", ask)
    box.keep.click()
    box.export.click()
    assert Path(asked[0]).name == "cells.bclick"
    assert Path(asked[1]).name == "cells.ome.tif"
    assert projects.info.path is None
