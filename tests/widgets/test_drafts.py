from __future__ import annotations

import numpy as np
import pytest

from boundary_click.core.clicks import Click
from boundary_click.core.pieces import Piece
from boundary_click.widgets.drafts import Draft

IMAGE = np.zeros((60, 80), dtype=np.uint8)
FIRST, SECOND, THIRD = Click(30, 40), Click(30, 52, "boundary"), Click(30, 50, "boundary")


@pytest.fixture
def draft(predictor):
    return Draft(IMAGE, lambda: predictor)


def mask(outcome) -> np.ndarray:
    whole = np.zeros(IMAGE.shape, dtype=bool)
    if outcome.patch is not None:
        whole[outcome.patch.where] = outcome.patch.mask
    return whole


def test_undo_and_redo_bring_the_very_masks_back(draft):
    first, second = draft.add(FIRST), draft.add(SECOND)
    assert mask(second).sum() > mask(first).sum() > 0
    np.testing.assert_array_equal(mask(draft.undo()), mask(first))
    np.testing.assert_array_equal(mask(draft.redo()), mask(second))
    assert second.clicks == (FIRST, SECOND)
    assert second.milliseconds > 0


def test_move_and_remove_predict_again(draft):
    first = draft.add(FIRST)
    draft.add(SECOND)
    moved = draft.move(1, 30, 45)
    assert mask(moved).sum() < mask(first).sum()
    assert moved.clicks == (FIRST, Click(30, 45, "boundary"))
    np.testing.assert_array_equal(mask(draft.remove((1,))), mask(first))


def test_removing_the_selection_click_resets(draft):
    draft.add(FIRST)
    full = draft.add(SECOND)
    empty = draft.remove((0,))
    assert empty.clicks == ()
    assert not mask(empty).any()
    np.testing.assert_array_equal(mask(draft.undo()), mask(full))


def test_clicks_outlive_a_prediction_that_raises(draft, predictor):
    first = draft.add(FIRST)
    predictor.error = RuntimeError("out of memory")
    failed = draft.add(SECOND)
    assert failed.problem == "RuntimeError: out of memory"
    assert failed.clicks == (FIRST, SECOND)
    np.testing.assert_array_equal(mask(failed), mask(first))
    predictor.error = None
    assert draft.add(THIRD).clicks == (FIRST, SECOND, THIRD)
    assert draft.undo().clicks == (FIRST, SECOND)


def test_a_click_without_prediction_can_be_moved_removed_and_undone(draft, predictor):
    draft.add(FIRST)
    predictor.error = RuntimeError("out of memory")
    draft.add(SECOND)
    assert draft.move(1, 30, 50).clicks == (FIRST, THIRD)
    assert draft.undo().clicks == (FIRST,)
    draft.add(SECOND)
    assert draft.remove((1,)).clicks == (FIRST,)


def test_a_click_that_cannot_be_used_is_taken_off(draft, predictor):
    draft.add(FIRST)
    predictor.error = ValueError("image is constant near the click")
    refused = draft.add(SECOND)
    assert refused.problem == "image is constant near the click"
    assert refused.clicks == (FIRST,)


def test_clicks_wait_for_a_model_that_cannot_be_loaded(predictor):
    def load():
        if predictor.error:
            raise predictor.error
        return predictor

    predictor.error = ValueError("unknown model 'nothing'")
    draft = Draft(IMAGE, load)
    failed = draft.add(FIRST)
    assert (failed.clicks, failed.patch, failed.can_undo) == ((FIRST,), None, True)
    predictor.error = None
    assert mask(draft.retry()).any()


SQUARE = Piece((slice(20, 40), slice(30, 50)), np.ones((20, 20), dtype=bool))
"""A mask that was there."""


@pytest.fixture
def given(predictor):
    return Draft(IMAGE, lambda: predictor, begun=SQUARE)


def test_a_mask_that_was_there_comes_back_bit_by_bit(given):
    before = mask(given.open())
    assert before.sum() == 400
    first = given.add(SECOND)
    assert not np.array_equal(mask(first), before)
    assert first.kinds == ("boundary", "positive", "negative")
    np.testing.assert_array_equal(mask(given.undo()), before)
    given.redo()
    np.testing.assert_array_equal(mask(given.reset()), before)


def test_the_first_click_on_a_mask_that_was_there_can_be_removed_alone(given):
    given.add(SECOND)
    given.add(THIRD)
    assert given.remove((0,)).clicks == (THIRD,)


def test_a_mask_that_was_there_stays_while_there_is_no_model():
    def load():
        raise ValueError("unknown model 'nothing'")

    failed = Draft(IMAGE, load, begun=SQUARE).open()
    assert failed.problem == "unknown model 'nothing'"
    assert mask(failed).sum() == 400
