"""The main job with a real mouse and keyboard, the bundled model and a multi-page TIFF."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy import ndimage
from tests.widgets.hands import User, deepest_points

from boundary_click.core.arrays import inner_boundary
from boundary_click.widgets.segment import SegmentWidget

ASSETS = Path(str(resources.files("boundary_click") / "assets"))

pytestmark = [
    pytest.mark.gui,
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("xdotool"), reason="needs xdotool"),
]


@pytest.fixture
def viewer(make_napari_viewer):
    made = make_napari_viewer(show=True)
    made.window.resize(1280, 720)
    return made


@pytest.fixture
def make_user(viewer):
    widgets = []

    def make(load=None):
        user = open_widget(viewer, load)
        widgets.append(user.widget)
        return user

    yield make
    while widgets:
        widgets.pop().release()


def open_widget(viewer, load=None):
    if load is None:
        _, widget = viewer.window.add_plugin_dock_widget("napari-boundary-click", "Segment")
    else:
        widget = SegmentWidget(viewer, load_model=load)
        viewer.window.add_dock_widget(widget, name="Segment")
    made = User(viewer, widget)
    made.wait()
    viewer.window._qt_window.activateWindow()
    made.pump(1)
    return made


def beside(mask):
    """Return a pixel some way to the right of a mask, at the height where it is widest."""
    col = int(np.flatnonzero(mask.any(axis=0))[-1])
    row = int(np.median(np.flatnonzero(mask[:, col])))
    return row, min(col + 4, mask.shape[1] - 1)


def farthest_miss(mask, truth):
    """Return the pixel of the true outline farthest from that of a mask."""
    distance = ndimage.distance_transform_edt(~inner_boundary(mask))
    distance[~inner_boundary(truth)] = 0
    return tuple(int(at) for at in np.unravel_index(distance.argmax(), distance.shape))


def look_at(viewer, point, zoom):
    camera = viewer.scene.camera if hasattr(viewer, "scene") else viewer.camera
    camera.center, camera.zoom = (0, *point), zoom


def test_three_objects_in_two_planes(viewer, make_user):
    viewer.open(str(ASSETS / "nuclei.tif"), name="nuclei", gamma=0.6)
    user = make_user()
    truth = tifffile.imread(ASSETS / "nuclei_labels.tif")
    (first, second), (third,) = deepest_points(truth[0], 2), deepest_points(truth[2], 1)
    user.viewer.dims.set_point(0, 0)
    user.shoot("main-job")

    user.click((0, *first))
    selected = user.labels
    assert selected[0][first] == 1
    assert np.count_nonzero(selected) < selected[0].size / 4
    assert user.does.situation.is_active
    user.shoot("main-job")

    outline = beside(selected[0] == 1)
    user.click((0, *outline))
    refined = user.labels
    assert refined[0][first] == 1
    assert np.count_nonzero(refined != selected) > 0
    user.shoot("main-job")

    user.press("ctrl+z")
    np.testing.assert_array_equal(user.labels, selected)
    user.shoot("main-job")
    user.press("ctrl+shift+z")
    np.testing.assert_array_equal(user.labels, refined)
    user.press("u")
    np.testing.assert_array_equal(user.labels, selected)
    user.press("shift+u")
    np.testing.assert_array_equal(user.labels, refined)
    assert user.does.situation.clicks == 2

    user.press("s")
    further = outline[0], outline[1] + 4
    user.drag((0, *outline), (0, *further))
    assert user.does.situation.clicks == 2
    assert np.count_nonzero(user.labels != refined) > 0
    user.press("Delete")
    assert user.does.situation.clicks == 1
    np.testing.assert_array_equal(user.labels, selected)
    user.press("ctrl+z")
    user.press("ctrl+z")
    np.testing.assert_array_equal(user.labels, refined)
    assert user.does.situation.clicks == 2

    user.press("n")
    assert user.does.situation.clicks == 0
    user.click((0, *second))
    two = user.labels
    assert two[0][second] == 2
    np.testing.assert_array_equal(two == 1, refined == 1)
    user.shoot("main-job")

    user.viewer.dims.set_point(0, 2)
    user.pump(0.3)
    user.shoot("main-job")
    user.click((2, *third))
    three = user.labels
    assert three[2][third] == 3
    assert set(np.unique(three)) == {0, 1, 2, 3}
    np.testing.assert_array_equal(three[0], two[0])
    assert not three[[1, 3]].any()
    user.press("n")
    user.viewer.dims.set_point(0, 0)
    user.pump(0.3)
    user.shoot("main-job")


def test_tutorial(viewer, make_user):
    """What docs/segment.md shows, picture by picture."""
    viewer.open_sample("napari-boundary-click", "nuclei_stack")
    viewer.dims.set_point(0, 2)
    user = make_user()
    user.shoot("segment")

    truth = tifffile.imread(ASSETS / "nuclei_labels.tif")
    inside = 142, 68
    nucleus = truth[2] == truth[2][inside]
    look_at(viewer, inside, 14)
    user.pump(0.5)
    user.click((2, *inside))
    user.shoot("segment")
    for _ in range(2):
        user.click((2, *farthest_miss(user.labels[2] == 1, nucleus)))
    assert user.does.situation.clicks == 3
    user.shoot("segment")

    user.press("n")
    viewer.reset_view()
    viewer.dims.set_point(0, 1)
    user.pump(0.5)
    points = deepest_points(truth[1], 5)
    for number, point in enumerate(points, start=2):
        user.click((1, *point))
        assert user.labels[1][point] == number
        user.press("n")
    user.shoot("segment")


def test_signed_clicks(viewer, make_user, guided):
    """A model of the guidance family: every click is obeyed, Shift means the other sign."""
    viewer.open(str(ASSETS / "nuclei.tif"), name="nuclei", gamma=0.6)
    viewer.dims.set_point(0, 0)
    truth = tifffile.imread(ASSETS / "nuclei_labels.tif")
    (first,) = deepest_points(truth[0], 1)
    user = make_user(lambda name, device: guided)
    look_at(viewer, first, 8)
    user.pump(0.5)
    row, col = first

    user.click((0, *first), holding="shift")  # selects as any first click
    assert user.does.situation.clicks == 1
    selected = user.labels
    user.click((0, row, col + 6))
    user.click((0, row + 6, col), holding="shift")
    user.press("k")
    user.click((0, row - 8, col))
    user.click((0, row, col - 7), holding="shift")
    corrections = user.does._space.clicks.corrections
    assert list(corrections.features["kind"]) == ["positive", "negative", "negative", "positive"]
    user.shoot("signed")
    for at, inside in (((0, 6), 1), ((6, 0), 0), ((-8, 0), 0), ((0, -7), 1)):
        assert user.labels[0, row + at[0], col + at[1]] == inside
    for _ in range(4):
        user.press("ctrl+z")
    np.testing.assert_array_equal(user.labels, selected)


def test_labels_from_a_file_are_corrected(viewer, make_user, tmp_path):
    viewer.open(str(ASSETS / "nuclei.tif"), name="nuclei", gamma=0.6)
    viewer.dims.set_point(0, 0)
    truth = tifffile.imread(ASSETS / "nuclei_labels.tif")
    first, second = deepest_points(truth[0], 2)
    given = truth.astype(np.uint16)
    nucleus = truth[0] == truth[0][first]
    given[0][nucleus & (np.arange(truth.shape[2]) > first[1] + 2)] = 0  # a part is missing
    tifffile.imwrite(tmp_path / "cellpose.tif", given, photometric="minisblack")
    user = make_user()
    labels = viewer.open(str(tmp_path / "cellpose.tif"), layer_type="labels")[0]
    user.widget.form.labels.value = labels
    user.does.start()
    number = given[0][first]

    user.press("w")
    user.shoot("correct")
    user.click((0, *first))
    assert user.does.situation.object_id == number
    np.testing.assert_array_equal(user.labels, given)
    user.shoot("correct")
    outline = farthest_miss(given[0] == number, nucleus)
    user.click((0, *outline))
    corrected = user.labels
    assert np.count_nonzero(corrected[0] == number) > np.count_nonzero(given[0] == number)
    others = (given != number) & (given != 0)
    np.testing.assert_array_equal(corrected[others], given[others])
    user.shoot("correct")
    user.press("ctrl+z")
    np.testing.assert_array_equal(user.labels, given)
    user.press("ctrl+shift+z")
    np.testing.assert_array_equal(user.labels, corrected)
    user.press("n")
    user.press("w")
    user.click((0, *second))
    assert user.does.situation.object_id == given[0][second]
    np.testing.assert_array_equal(user.labels, corrected)
    user.press("n")
    user.click((0, *first), holding="ctrl")
    assert user.does.situation.object_id == number
    np.testing.assert_array_equal(user.labels, corrected)
