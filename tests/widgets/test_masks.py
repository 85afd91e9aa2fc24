from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels

from boundary_click.core.pieces import Piece
from boundary_click.core.planes import Plane
from boundary_click.engine.state import Patch
from boundary_click.widgets.masks import Target
from boundary_click.widgets.state import OpenObject

PLANE = Plane.through((1, 0, 0), (3, 20, 30), (1, 2))


def patch(rows: slice, cols: slice) -> Patch:
    shape = rows.stop - rows.start, cols.stop - cols.start
    return Patch((rows, cols), np.ones(shape, dtype=np.float32))


FIRST = patch(slice(2, 8), slice(3, 9))
SECOND = patch(slice(4, 12), slice(0, 6))


@pytest.fixture
def labels():
    return Labels(np.zeros((3, 20, 30), dtype=np.int32))


class Hand:
    """Writes the masks of one object."""

    def __init__(self, target: Target, item: OpenObject | None = None) -> None:
        self.target = target
        self.item = item or OpenObject(0, PLANE)
        self.changes = ()

    def write(self, mask):
        self.item, self.changes = self.target.write(self.item, mask)
        return self.item.owned

    @property
    def object_id(self):
        return self.item.object_id


def test_write_fills_the_plane_and_nothing_else(labels):
    hand = Hand(Target(labels))
    assert hand.write(FIRST)
    expected = np.zeros_like(labels.data)
    expected[1, 2:8, 3:9] = hand.object_id
    np.testing.assert_array_equal(labels.data, expected)


def test_write_replaces_the_object_in_one_step_of_the_history(labels):
    hand = Hand(Target(labels))
    hand.write(FIRST)
    before = labels.data.copy()
    hand.write(SECOND)
    after = labels.data.copy()
    assert (after[1, 4:12, 0:6] == 1).all()
    assert np.count_nonzero(after) == 48
    labels.undo()
    np.testing.assert_array_equal(labels.data, before)
    labels.redo()
    np.testing.assert_array_equal(labels.data, after)


def test_changes_can_be_taken_back_and_made_again(labels):
    hand = Hand(Target(labels))
    hand.write(FIRST)
    before = labels.data.copy()
    hand.write(SECOND)
    after = labels.data.copy()
    hand.target.apply(tuple(change.reverse for change in hand.changes))
    np.testing.assert_array_equal(labels.data, before)
    hand.target.apply(hand.changes)
    np.testing.assert_array_equal(labels.data, after)


def test_what_was_painted_since_is_not_taken_back(labels):
    hand = Hand(Target(labels))
    hand.write(FIRST)
    labels.data[1, 2, 3] = 9
    hand.target.apply(tuple(change.reverse for change in hand.changes))
    assert labels.data[1, 2, 3] == 9
    assert np.count_nonzero(labels.data) == 1


def test_no_mask_erases_the_object(labels):
    hand = Hand(Target(labels))
    hand.write(FIRST)
    assert hand.write(None) is None
    assert not labels.data.any()


def test_extent_is_the_median_longer_side_of_the_objects_there_are(labels):
    target = Target(labels)
    assert target.extent is None
    first, second = Hand(target), Hand(target)
    first.write(patch(slice(0, 3), slice(10, 14)))
    second.write(patch(slice(10, 19), slice(0, 2)))
    assert target.extent == (4 + 9) / 2
    first.write(patch(slice(0, 6), slice(10, 14)))
    assert target.extent == (6 + 9) / 2
    second.write(None)
    assert target.extent == 6


def test_other_objects_are_not_overwritten(labels):
    target = Target(labels)
    first, second = Hand(target), Hand(target)
    first.write(FIRST)
    of_first = labels.data == first.object_id
    second.write(SECOND)
    second.write(patch(slice(0, 20), slice(0, 30)))
    second.write(None)
    np.testing.assert_array_equal(labels.data == first.object_id, of_first)
    assert not (labels.data == second.object_id).any()


def test_other_objects_are_overwritten_if_wanted_and_come_back(labels):
    target = Target(labels)
    first, second = Hand(target), Hand(target)
    first.write(FIRST)
    before = labels.data.copy()
    target.may_overwrite = True
    second.write(SECOND)
    assert (labels.data[1, 4:12, 0:6] == second.object_id).all()
    second.write(patch(slice(6, 12), slice(0, 6)))
    assert (labels.data[1, 2:6, 3:9] == first.object_id).all()
    second.write(None)
    np.testing.assert_array_equal(labels.data, before)


def test_pixels_with_the_same_id_that_are_not_the_objects_stay(labels):
    labels.data[1, 2:8, 3:9] = labels.data[1, 10:12, 0:30] = 5
    owned = Piece((slice(2, 8), slice(3, 9)), np.ones((6, 6), dtype=bool))
    before = labels.data.copy()
    hand = Hand(Target(labels), OpenObject(0, PLANE, object_id=5, owned=owned))
    hand.write(patch(slice(0, 20), slice(0, 30)))
    assert (labels.data[1] == 5).all()
    hand.write(patch(slice(9, 14), slice(0, 6)))
    hand.write(owned)
    np.testing.assert_array_equal(labels.data, before)
    assert hand.write(None) is None
    assert np.count_nonzero(labels.data) == 60


def test_planes_shown_the_other_way_round(labels):
    plane = Plane.through((0, 5, 0), labels.data.shape, (2, 0))
    Hand(Target(labels), OpenObject(0, plane)).write(patch(slice(10, 14), slice(0, 2)))
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
    monkeypatch.setattr(target, "_highest_id", lambda: pytest.fail("again"))
    target.look_up_ids(PLANE)


def test_strokes_of_the_user_are_told_as_changes(labels):
    target, strokes = Target(labels), []
    target.on_stroke = strokes.append
    Hand(target).write(FIRST)
    assert strokes == []
    states = [labels.data.copy()]
    labels.data_setitem((np.array([0]), np.array([0]), np.array([0])), 5)
    states.append(labels.data.copy())
    labels.brush_size, labels.n_edit_dimensions = 5, 3
    labels.paint((1, 6, 6), 7)
    states.append(labels.data.copy())
    labels.fill((1, 19, 19), 8)
    for stroke in reversed(strokes):
        target.apply(tuple(change.reverse for change in stroke))
        np.testing.assert_array_equal(labels.data, states.pop())
    assert states == []


def test_released_target_follows_no_more(labels):
    target = Target(labels)
    target.release()
    labels.data_setitem((np.array([0]), np.array([0]), np.array([0])), 5)
    assert target.is_unused


def test_labels_that_were_not_looked_up_keep_their_objects(labels):
    labels.data[1, 2:5, 3:6] = 1
    hand = Hand(Target(labels))
    hand.write(FIRST)
    assert hand.object_id == 2
    assert (labels.data[1, 2:5, 3:6] == 1).all()


def test_small_integers_run_out_of_ids():
    labels = Labels(np.zeros((3, 20, 30), dtype=np.uint8), name="small")
    labels.data[0, 0, 0] = 255
    with pytest.raises(ValueError, match="'small' holds uint8 ids and has none left above 255"):
        Hand(Target(labels)).write(FIRST)
    assert np.count_nonzero(labels.data) == 1
