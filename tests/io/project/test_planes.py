from __future__ import annotations

import numpy as np
import pytest
import tifffile

from boundary_click.core.changes import PixelChange
from boundary_click.core.clicks import Click
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord, Part
from boundary_click.io.project.identity import identity_of
from boundary_click.io.project.planes import find_projects, planes_of_project
from boundary_click.io.project.project import Project

IMAGE = np.random.default_rng(0).integers(0, 255, (4, 40, 50)).astype(np.uint8)
ROWS, COLS = slice(5, 15), slice(8, 20)


@pytest.fixture
def project(tmp_path):
    """Object 7 on plane 2, and another program's label 9 on the same plane."""
    tifffile.imwrite(tmp_path / "cells.tif", IMAGE, photometric="minisblack")
    labels = np.zeros(IMAGE.shape, np.int32)
    labels[2, 30:35, 30:35] = 9
    made = Project.create(
        tmp_path / "cells.bclick",
        image=identity_of(IMAGE, source=str(tmp_path / "cells.tif")),
        labels=[((2,), labels[2])],
    )
    plane = Plane.through((2, 0, 0), IMAGE.shape, (1, 2))
    before = np.zeros((10, 12), np.int32)
    change = PixelChange.of(plane, (ROWS, COLS), before, np.full_like(before, 7))
    part = Part(plane, (Click(8, 9, "positive"),), (ROWS, COLS), 120)
    made.save([ObjectRecord(7, (part,))], [change])
    yield made
    made.close()


def test_accepted_objects_are_read_while_the_project_is_open(project):
    (plane,) = planes_of_project(project.path)
    assert plane.name == "cells-2"
    np.testing.assert_array_equal(plane.image, IMAGE[2])
    expected = np.zeros((40, 50), np.int32)
    expected[ROWS, COLS] = 7
    np.testing.assert_array_equal(plane.labels, expected)


def test_what_is_not_in_the_labels_yet_is_read_too(project, monkeypatch):
    """As after a crash between saving and writing the labels."""
    monkeypatch.setattr(project, "_make_labels", lambda: None)
    plane = Plane.through((2, 0, 0), IMAGE.shape, (1, 2))
    before = np.zeros((4, 4), np.int32)
    where = slice(20, 24), slice(1, 5)
    change = PixelChange.of(plane, where, before, np.full_like(before, 7))
    project.save(project.document.records, [change])
    assert not np.asarray(project.labels[2][where]).any()
    (read,) = planes_of_project(project.path)
    assert (read.labels[where] == 7).all()


def test_projects_are_found_in_a_folder(project, tmp_path):
    assert find_projects(tmp_path) == (project.path,)
    assert find_projects(project.path) == (project.path,)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no project"):
        find_projects(tmp_path / "empty")


def test_an_image_that_is_gone_or_another_is_an_error(project, tmp_path):
    tifffile.imwrite(tmp_path / "cells.tif", IMAGE[0])
    with pytest.raises(ValueError, match=r"has the shape \(40, 50\)"):
        list(planes_of_project(project.path))
    (tmp_path / "cells.tif").unlink()
    with pytest.raises(ValueError, match=r"cells\.tif, which is not there; open it in napari"):
        list(planes_of_project(project.path))
