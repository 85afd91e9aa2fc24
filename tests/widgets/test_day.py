"""A day with a stack: many objects, killed and gone on with, carried, undone, exported."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import numpy as np
import pytest
import roifile
import shapely
import tifffile
from pycocotools.coco import COCO
from tests.widgets.hands import User, deepest_points

from boundary_click.io.exports import FORMATS
from boundary_click.io.label_files import read_labels
from boundary_click.io.project.document import read_document

pytestmark = [
    pytest.mark.gui,
    pytest.mark.slow,
    pytest.mark.shared_data,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # pycocotools
    pytest.mark.skipif(not shutil.which("xdotool"), reason="needs xdotool"),
]

ROOT = Path(__file__).parents[2]
PLANES = (40, 80, 120, 160, 200)
COUNT = 20
BEFORE_THE_KILL = 5


@pytest.fixture
def stack(data_root):
    return data_root / "stacks" / "fibsem"


@pytest.fixture
def places(stack):
    """One place inside each of twenty bodies, four on each of five planes."""
    labels = tifffile.imread(stack / "labels.tif")
    return [(plane, *point) for plane in PLANES for point in deepest_points(labels[plane], 4)]


def killed_session(stack, project, places):
    """Run a session in a process of its own, and kill it with an object in progress."""
    arguments = [",".join(map(str, place)) for place in places]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    child = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.widgets.day_session",
            stack / "image.tif",
            project,
            *arguments,
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "in progress\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()


def test_a_day_with_a_stack(make_napari_viewer, stack, places, tmp_path, request):
    project = tmp_path / "stack.bclick"
    killed_session(stack, project, places[: BEFORE_THE_KILL + 1])
    assert len(read_document(project / "project.json").records) == BEFORE_THE_KILL

    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1280, 720)
    viewer.open(str(stack / "image.tif"), name="stack", scale=(10, 10, 10), units=("nm",) * 3)
    _, widget = viewer.window.add_plugin_dock_widget("napari-boundary-click", "Segment")
    request.addfinalizer(widget.release)
    user = User(viewer, widget)
    user.wait()
    viewer.window._qt_window.activateWindow()
    for fold in (widget.panel.stack_fold, widget.panel.objects_fold):
        fold.header.setChecked(True)
    user.pump(1)
    widget.projects.open(project)
    user.wait_saved()
    assert set(user.does.situation.records) == set(range(1, BEFORE_THE_KILL + 1))
    user.shoot("day")

    for plane, *place in places[BEFORE_THE_KILL:]:
        viewer.dims.set_point(0, 10 * plane)
        user.pump(0.1)
        user.click((plane, *place))
        assert user.labels[plane, place[0], place[1]] > 0
        user.press("n")
    assert len(user.does.situation.records) == COUNT
    user.shoot("day")

    carry_and_take_back(user)
    reopen_and_delete(user)
    user.wait_saved()
    expected, records = user.labels, user.does.situation.records
    saved = read_document(project / "project.json").records
    assert {record.object_id for record in saved} == set(records)
    export_all(user, expected, tmp_path)
    widget.release()
    np.testing.assert_array_equal(read_labels(project / "labels.zarr").labels.data[:], expected)


def carry_and_take_back(user):
    """Carry the last object through five planes each way, and undo, redo."""
    before = user.labels
    user.widget.panel.stack.count.setValue(5)
    user.press("j")
    user.wait_until(lambda: not user.does.situation.is_growing)
    carried = user.labels
    assert (carried != before).any()
    user.shoot("day")
    user.press("ctrl+z")
    np.testing.assert_array_equal(user.labels, before)
    user.press("ctrl+shift+z")
    np.testing.assert_array_equal(user.labels, carried)


def reopen_and_delete(user):
    """Open an object made before the kill with its click; delete another, and take that back."""
    table = user.widget.panel.objects
    records = user.does.situation.records
    user.widget.objects.open(records[2])
    user.wait()
    now = user.does.situation
    assert (now.object_id, now.clicks, now.is_given) == (2, 1, False), now.problem
    user.shoot("day")
    user.press("n")
    before = user.labels
    table.table.selectRow(table.model.row_of(3))
    table.delete.click()
    assert not (user.labels == 3).any()
    user.press("ctrl+z")
    np.testing.assert_array_equal(user.labels, before)
    user.press("ctrl+shift+z")
    assert 3 not in user.does.situation.records


def export_all(user, expected, folder):
    """Export into every format, and read each with a library that is not ours."""
    paths = {}
    for name, each in FORMATS.items():
        paths[name] = folder / f"day{each.suffix}"
        user.widget.projects.export(paths[name], name)
    user.wait_until(lambda: not user.widget.projects.info.is_busy)
    user.pump(0.3)
    ids = sorted(int(i) for i in np.unique(expected) if i)
    with tifffile.TiffFile(paths["ome-tiff"]) as file:
        np.testing.assert_array_equal(file.asarray(), expected)
        pixels = ElementTree.fromstring(file.ome_metadata).find(".//{*}Pixels")
        assert (pixels.get("PhysicalSizeZ"), pixels.get("PhysicalSizeZUnit")) == ("10.0", "nm")
    np.testing.assert_array_equal(read_labels(paths["ome-zarr"]).labels.data[:], expected)
    assert coco_ids(paths["coco"], expected) == ids
    assert polygons_area(paths["geojson"]) == np.count_nonzero(expected)
    with zipfile.ZipFile(paths["imagej-rois"]) as archive:
        names = archive.namelist()
    assert len(roifile.roiread(paths["imagej-rois"])) == len(names) >= len(ids)
    with paths["measurements"].open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(np.unique(plane)) - 1 for plane in expected)
    with paths["effort"].open() as file:
        clicks = sum(int(row["clicks"]) for row in csv.DictReader(file))
    assert clicks == sum(record.clicks for record in user.does.situation.records.values())


def coco_ids(path, expected):
    """Return the ids of a COCO file, whose masks must be the labels."""
    coco = COCO(str(path))
    rebuilt = np.zeros_like(expected)
    for number, image in enumerate(sorted(coco.imgs)):
        for each in coco.imgToAnns[image]:
            mask = coco.annToMask(each).astype(bool)
            rebuilt[number][mask] = each["object_id"]
    np.testing.assert_array_equal(rebuilt, expected)
    return sorted({each["object_id"] for each in coco.anns.values()})


def polygons_area(path):
    features = json.loads(path.read_text())["features"]
    return sum(shapely.geometry.shape(each["geometry"]).area for each in features)
