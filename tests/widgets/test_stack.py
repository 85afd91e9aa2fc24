"""Objects carried through a stack, filled between planes, reviewed."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from boundary_click.engine.propagation import PropagatedPlane
from boundary_click.engine.propagation_rules import Agreement

pytestmark = pytest.mark.gui

DEPTH = 9


def bright(z: int) -> np.ndarray:
    rows, cols = np.indices((100, 120))
    return np.hypot(rows - 40 - z, cols - 60) <= 10


@pytest.fixture
def desk(viewer, make_desk):
    noise = np.random.default_rng(0).normal(0, 5, (100, 120))
    stack = np.stack([np.clip(60 + 120 * bright(z) + noise, 0, 255) for z in range(DEPTH)])
    viewer.add_image(stack.astype(np.uint8), name="cells", axis_labels=("z", "y", "x"))
    viewer.dims.set_point(0, 4)
    return make_desk()


def box(desk):
    return desk.widget.panel.stack


def settle(desk):
    desk.wait()
    desk.qtbot.waitUntil(lambda: not desk.now.is_growing, timeout=20000)


def planes(desk, object_id=1):
    return np.flatnonzero((desk.data == object_id).any(axis=(1, 2))).tolist()


def test_the_object_in_progress_is_carried_both_ways_and_back(desk):
    before = desk.data.copy()
    desk.click(4, 44, 60)
    clicked = desk.data.copy()
    box(desk).both.click()
    settle(desk)
    assert planes(desk) == list(range(DEPTH))
    np.testing.assert_array_equal(desk.data[4], clicked[4])
    record = desk.now.records[1]
    assert [part.origin for part in record.parts].count("propagated") == DEPTH - 1
    assert "8 planes filled" in desk.now.news
    desk.does.undo()
    np.testing.assert_array_equal(desk.data, clicked)
    desk.does.redo()
    assert planes(desk) == list(range(DEPTH))
    for _ in range(2):
        desk.does.undo()
    np.testing.assert_array_equal(desk.data, before)


def test_keys_and_range(desk):
    desk.click(4, 44, 60)
    box(desk).count.setValue(2)
    desk.press(desk.viewer, "J")
    settle(desk)
    assert planes(desk) == [4, 5, 6]
    desk.press(desk.viewer, "H")
    settle(desk)
    assert planes(desk) == [2, 3, 4, 5, 6]


def test_planes_made_by_hand_are_kept(desk):
    desk.click(4, 44, 60)
    desk.does.accept()
    desk.viewer.dims.set_point(0, 6)
    desk.click(6, 46, 60)
    desk.does.accept()
    desk.widget.objects.merge((1, 2))
    by_hand = desk.data[6].copy()
    desk.viewer.dims.set_point(0, 4)
    box(desk).forward.click()
    settle(desk)
    assert planes(desk) == [4, 5, 6]
    np.testing.assert_array_equal(desk.data[6], by_hand)


def test_other_objects_are_not_covered(desk):
    desk.data[5, 40:60, 55:60] = 9
    desk.click(4, 44, 60)
    box(desk).forward.click()
    settle(desk)
    assert (desk.data[5, 40:60, 55:60] == 9).all()
    assert (desk.data[5] == desk.data[4, 44, 60]).any()


def test_it_can_be_stopped_and_what_is_done_is_kept(desk):
    desk.click(4, 44, 60)
    desk.predictor.gate = threading.Event()
    box(desk).both.click()
    desk.qtbot.waitUntil(lambda: desk.now.is_growing)
    assert not box(desk).both.isEnabled()
    desk.widget.panel.stack.cancel.click()
    desk.predictor.gate.set()
    settle(desk)
    assert 4 in planes(desk)
    assert not desk.now.is_growing
    desk.does.accept()
    desk.click(4, 80, 20)
    assert desk.area(2) > 0


def test_undo_while_it_grows_takes_all_of_it_back(desk):
    desk.click(4, 44, 60)
    before = desk.data.copy()
    desk.predictor.gate = threading.Event()
    box(desk).both.click()
    desk.qtbot.waitUntil(lambda: desk.now.is_growing)
    desk.does.undo()
    desk.predictor.gate.set()
    settle(desk)
    np.testing.assert_array_equal(desk.data, before)


def test_planes_between_are_filled(desk):
    desk.click(4, 44, 60)
    desk.does.accept()
    box(desk).interpolate.click()
    assert "no planes to fill" in desk.now.problem
    desk.viewer.dims.set_point(0, 8)
    desk.click(8, 48, 60)
    desk.does.accept()
    desk.widget.objects.merge((1, 2))
    box(desk).interpolate.click()
    settle(desk)
    assert planes(desk) == [4, 5, 6, 7, 8]
    areas = np.count_nonzero(desk.data == 1, axis=(1, 2))[4:]
    assert np.ptp(areas) < 0.2 * areas.max()
    desk.does.undo()
    assert planes(desk) == [4, 8]


def copied(planes, predictor, mask, *, start, stop):
    """Copy a mask to all planes, in doubt from the second one on."""
    agreement = Agreement(1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.5)
    for index in range(start + 1, stop + 1):
        reason = "drifted" if index > 1 else None
        yield PropagatedPlane(index, mask, agreement, reason)


def test_doubtful_planes_are_reviewed_and_repaired(desk, monkeypatch):
    monkeypatch.setattr("boundary_click.engine.propagation.propagate", copied)
    desk.click(4, 44, 60)
    box(desk).forward.click()
    settle(desk)
    assert desk.now.doubtful > 0
    assert "to review" in desk.now.news
    doubtful = desk.now.doubtful
    assert box(desk).review.text() == f"Review next ({doubtful})"
    desk.press(desk.viewer, "Q")
    assert desk.viewer.dims.point[0] == 6
    assert desk.now.is_given
    desk.click(6, 46, 75)
    desk.does.accept()
    assert desk.now.doubtful == doubtful - 1
    record = desk.now.records[1]
    assert [part.origin for part in record.parts if part.plane.at[0] == 6] == ["mask"]


def test_without_an_object_it_says_so(desk):
    desk.press(desk.viewer, "J")
    assert "make an object first" in desk.now.news
    desk.press(desk.viewer, "Q")
    assert desk.now.news == "no plane is left to review"


def test_an_image_of_one_plane_has_no_stack(viewer, make_desk):
    viewer.add_image(np.zeros((60, 70), np.uint8))
    desk = make_desk()
    assert desk.widget.panel.stack_fold.isHidden()
    desk.click(30, 35)
    desk.press(desk.viewer, "J")
    assert desk.now.problem is None
