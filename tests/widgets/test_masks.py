from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels

from boundary_click.core.pieces import Piece
from boundary_click.core.planes import Plane
from boundary_click.engine.state import Patch
from boundary_click.widgets.masks import ObjectMask, Target

PLANE = Plane.through((1, 0, 0), (3, 20, 30), (1, 2))


def patch(rows: slice, cols: slice) -> Patch:
    shape = rows.stop - rows.start, cols.stop - cols.start
    return Patch((rows, cols), np.ones(shape, dtype=np.float32))


FIRST = patch(slice(2, 8), slice(3, 9))
SECOND = patch(slice(4, 12), slice(0, 6))


@pytest.fixture
def labels():
    return Labels(np.zeros((3, 20, 30), dtype=np.int32))


def test_write_fills_the_plane_and_nothing_else(labels):
    mask = ObjectMask(Target(labels), PLANE)
    assert mask.write(FIRST)
    expected = np.zeros_like(labels.data)
    expected[1, 2:8, 3:9] = mask.object_id
    np.testing.assert_array_equal(labels.data, expected)


def test_write_replaces_the_object_in_one_step_of_the_history(labels):
    mask = ObjectMask(Target(labels), PLANE)
    mask.write(FIRST)
    before = labels.data.copy()
    mask.write(SECOND)
    after = labels.data.copy()
    assert (after[1, 4:12, 0:6] == 1).all()
    assert np.count_nonzero(after) == 48
    labels.undo()
    np.testing.assert_array_equal(labels.data, before)
    labels.redo()
    np.testing.assert_array_equal(labels.data, after)


def test_no_patch_erases_the_object(labels):
    mask = ObjectMask(Target(labels), PLANE)
    mask.write(FIRST)
    assert not mask.write(None)
    assert not labels.data.any()


def test_extent_is_the_median_longer_side_of_the_objects_there_are(labels):
    target = Target(labels)
    assert target.extent is None
    first, second = ObjectMask(target, PLANE), ObjectMask(target, PLANE)
    first.write(patch(slice(0, 3), slice(10, 14)))
    second.write(patch(slice(10, 19), slice(0, 2)))
    assert target.extent == (4 + 9) / 2
    first.write(patch(slice(0, 6), slice(10, 14)))
    assert target.extent == (6 + 9) / 2
    second.write(None)
    assert target.extent == 6


def test_other_objects_are_never_overwritten(labels):
    target = Target(labels)
    first, second = ObjectMask(target, PLANE), ObjectMask(target, PLANE)
    first.write(FIRST)
    of_first = labels.data == first.object_id
    second.write(SECOND)
    second.write(patch(slice(0, 20), slice(0, 30)))
    second.write(None)
    np.testing.assert_array_equal(labels.data == first.object_id, of_first)
    assert not (labels.data == second.object_id).any()


def test_pixels_with_the_same_id_that_are_not_the_objects_stay(labels):
    labels.data[1, 2:8, 3:9] = labels.data[1, 10:12, 0:30] = 5
    owned = Piece((slice(2, 8), slice(3, 9)), np.ones((6, 6), dtype=bool))
    before = labels.data.copy()
    mask = ObjectMask(Target(labels), PLANE, object_id=5, owned=owned)
    mask.write(patch(slice(0, 20), slice(0, 30)))
    assert (labels.data[1] == 5).all()
    mask.write(patch(slice(9, 14), slice(0, 6)))
    mask.write(owned)
    np.testing.assert_array_equal(labels.data, before)
    assert not mask.write(None)
    assert np.count_nonzero(labels.data) == 60


def test_planes_shown_the_other_way_round(labels):
    plane = Plane.through((0, 5, 0), labels.data.shape, (2, 0))
    ObjectMask(Target(labels), plane).write(patch(slice(10, 14), slice(0, 2)))
    assert (labels.data[0:2, 5, 10:14] == 1).all()
    assert np.count_nonzero(labels.data) == 8


def test_new_ids_are_above_all_in_the_layer(labels):
    labels.data[2, 5, 5] = 41
    target = Target(labels)
    target.look_up_ids(PLANE)
    assert [target.new_id(), target.new_id()] == [42, 43]
    labels.selected_label = 70
    labels.paint((0, 3, 3), 70)
    assert target.new_id() == 71
    labels.data[1, 0, 0] = 90  # behind napari's back, on the plane that is clicked
    target.look_up_ids(PLANE)
    assert target.new_id() == 91


def test_the_whole_layer_is_looked_through_only_once(labels, monkeypatch):
    target = Target(labels)
    target.look_up_ids(PLANE)
    monkeypatch.setattr("boundary_click.widgets.masks._parts", lambda data: pytest.fail("again"))
    target.look_up_ids(PLANE)


def test_strokes_of_the_user_are_undone_before_masks(labels):
    target = Target(labels)
    ObjectMask(target, PLANE).write(FIRST)
    assert not target.undo_paint()
    labels.data_setitem((np.array([0]), np.array([0]), np.array([0])), 5)
    assert target.undo_paint()
    assert labels.data[0, 0, 0] == 0
    assert not target.undo_paint()
    assert target.redo_paint()
    assert labels.data[0, 0, 0] == 5
    assert not target.redo_paint()


def test_released_target_follows_no_more(labels):
    target = Target(labels)
    target.release()
    labels.data_setitem((np.array([0]), np.array([0]), np.array([0])), 5)
    assert target.is_unused


def test_labels_that_were_not_looked_up_keep_their_objects(labels):
    labels.data[1, 2:5, 3:6] = 1
    mask = ObjectMask(Target(labels), PLANE)
    mask.write(FIRST)
    assert mask.object_id == 2
    assert (labels.data[1, 2:5, 3:6] == 1).all()


def test_small_integers_run_out_of_ids():
    labels = Labels(np.zeros((3, 20, 30), dtype=np.uint8), name="small")
    labels.data[0, 0, 0] = 255
    mask = ObjectMask(Target(labels), PLANE)
    with pytest.raises(ValueError, match="'small' holds uint8 ids and has none left above 255"):
        mask.write(FIRST)
    assert np.count_nonzero(labels.data) == 1
