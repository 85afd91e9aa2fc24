from __future__ import annotations

import numpy as np
import pytest

from boundary_click.core.clicks import Click
from boundary_click.core.pieces import Piece
from boundary_click.widgets.drafts import Draft, Shelf

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


def test_clicks_taken_back_and_made_again_bring_the_very_masks_back(draft, predictor):
    first, second = draft.predict((FIRST,)), draft.predict((FIRST, SECOND))
    assert mask(second).sum() > mask(first).sum() > 0
    assert second.clicks == (FIRST, SECOND)
    assert second.milliseconds > 0
    predicted = len(predictor.images)
    np.testing.assert_array_equal(mask(draft.predict((FIRST,))), mask(first))
    assert len(predictor.images) == predicted
    np.testing.assert_array_equal(mask(draft.predict((FIRST, SECOND))), mask(second))


def test_other_clicks_are_predicted_from_the_first_that_differs(draft, predictor):
    first = draft.predict((FIRST, SECOND))
    moved = draft.predict((FIRST, Click(30, 45, "boundary")))
    assert mask(moved).sum() < mask(first).sum()
    assert len(predictor.images) == 3


def test_without_clicks_there_is_no_mask(draft):
    draft.predict((FIRST, SECOND))
    empty = draft.predict(())
    assert empty.clicks == ()
    assert not mask(empty).any()


def test_clicks_outlive_a_prediction_that_raises(draft, predictor):
    first = draft.predict((FIRST,))
    predictor.error = RuntimeError("out of memory")
    failed = draft.predict((FIRST, SECOND))
    assert failed.problem == "RuntimeError: out of memory"
    assert (failed.clicks, failed.is_waiting) == ((FIRST, SECOND), True)
    np.testing.assert_array_equal(mask(failed), mask(first))
    predictor.error = None
    last = draft.predict((FIRST, SECOND, THIRD))
    assert (last.clicks, last.is_waiting) == ((FIRST, SECOND, THIRD), False)


def test_a_click_that_cannot_be_used_is_left_out(draft, predictor):
    draft.predict((FIRST,))
    predictor.error = ValueError("image is constant near the click")
    refused = draft.predict((FIRST, SECOND))
    assert refused.problem == "image is constant near the click"
    assert (refused.clicks, refused.is_waiting) == ((FIRST,), False)


def test_clicks_wait_for_a_model_that_cannot_be_loaded(predictor):
    def load():
        if predictor.error:
            raise predictor.error
        return predictor

    predictor.error = ValueError("unknown model 'nothing'")
    draft = Draft(IMAGE, load)
    failed = draft.predict((FIRST,))
    assert (failed.clicks, failed.patch, failed.is_waiting) == ((FIRST,), None, True)
    predictor.error = None
    assert mask(draft.predict((FIRST,))).any()


SQUARE = Piece((slice(20, 40), slice(30, 50)), np.ones((20, 20), dtype=bool))
"""A mask that was there."""


def test_a_mask_that_was_there_comes_back_bit_by_bit(predictor):
    given = Draft(IMAGE, lambda: predictor, begun=SQUARE)
    before = mask(given.predict(()))
    assert before.sum() == 400
    first = given.predict((SECOND,))
    assert not np.array_equal(mask(first), before)
    assert first.kinds == ("boundary", "positive", "negative")
    np.testing.assert_array_equal(mask(given.predict(())), before)


def test_a_mask_that_was_there_waits_for_its_model():
    def broken():
        raise ValueError("unknown model 'nothing'")

    outcome = Draft(IMAGE, broken, begun=SQUARE).predict(())
    assert (outcome.patch, outcome.is_waiting) == (None, True)


def test_the_shelf_holds_the_latest_drafts(predictor):
    shelf, made = Shelf(), []

    def make():
        made.append(Draft(IMAGE, lambda: predictor))
        return made[-1]

    first = shelf.get(0, make)
    for key in range(6):
        shelf.get(key, make)
    assert shelf.get(0, make) is first
    shelf.get(6, make)
    assert shelf.get(0, make) is first
    assert len(made) == 7
    shelf.get(1, make)
    assert len(made) == 8
