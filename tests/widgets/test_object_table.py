"""Accepted objects in the table: looked at, opened, deleted, merged, overwritten."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.gui


@pytest.fixture
def three(desk):
    """Objects 1 and 2 on plane 1, and 3 on plane 2."""
    for point in ((1, 30, 30), (1, 30, 60), (2, 60, 60)):
        desk.viewer.dims.set_point(0, point[0])
        desk.click(*point)
        desk.does.accept()
    return desk


def table(desk):
    return desk.widget.panel.objects


def shown(desk):
    model = table(desk).model
    return [[model.data(model.index(row, column)) for column in range(5)] for row in range(3)]


def mark(desk, *ids):
    view = table(desk).table
    view.clearSelection()
    view.setSelectionMode(view.SelectionMode.MultiSelection)
    for object_id in ids:
        view.selectRow(table(desk).model.row_of(object_id))


def test_rows_tell_of_the_objects_the_latest_first(three):
    rows = shown(three)
    assert [row[:3] for row in rows] == [["3", "2", "1"], ["2", "1", "1"], ["1", "1", "1"]]
    assert rows[0][4] == str(three.area(3))
    assert three.widget.panel.objects_fold.header.text() == "Objects (3)"


def test_a_click_on_a_row_goes_there(three):
    three.viewer.dims.set_point(0, 0)
    index = table(three).model.index(0, 0)
    table(three).table.clicked.emit(index)
    assert three.viewer.dims.point[0] == 2
    np.testing.assert_allclose(three.viewer.scene.camera.center[1:], (60, 60))


def test_a_double_click_opens_the_object_with_its_clicks(three):
    before = three.data.copy()
    table(three).table.doubleClicked.emit(table(three).model.index(1, 0))
    three.wait()
    assert (three.now.object_id, three.now.clicks, three.now.is_given) == (2, 1, False)
    np.testing.assert_array_equal(three.data, before)
    three.click(1, 30, 72)
    assert three.area(2) > np.count_nonzero(before == 2)
    three.does.accept()
    assert shown(three)[1][2] == "2"


def test_marked_objects_are_deleted_and_come_back(three):
    before = three.data.copy()
    assert not table(three).delete.isEnabled()
    mark(three, 1, 3)
    table(three).delete.click()
    assert (three.area(1), three.area(3)) == (0, 0)
    assert three.area(2) > 0
    three.does.undo()
    np.testing.assert_array_equal(three.data, before)


def test_marked_objects_are_merged(three):
    mark(three, 1)
    assert not table(three).merge.isEnabled()
    mark(three, 1, 2)
    total = three.area(1) + three.area(2)
    table(three).merge.click()
    assert sorted((three.area(1), three.area(2))) == [0, total]
    three.does.undo()
    assert three.area(1) == three.area(2) == total / 2


def test_masks_cover_other_objects_only_if_wanted(three):
    before = three.area(2)
    three.viewer.dims.set_point(0, 1)
    three.click(1, 30, 72)
    assert three.area(2) == before
    three.does.undo()
    table(three).overwrite.click()
    three.click(1, 30, 72)
    assert three.area(2) < before
    three.does.undo()
    assert three.area(2) == before


def test_earlier_clicks_are_shown_if_wanted(three):
    table(three).earlier.click()
    layer = three.viewer.layers["earlier clicks"]
    assert sorted(layer.features["object"]) == [1, 2, 3]
    assert three.active is three.clicks.objects
    three.widget.objects.delete((1,))
    assert sorted(layer.features["object"]) == [2, 3]
    table(three).earlier.click()
    assert "earlier clicks" not in three.viewer.layers
