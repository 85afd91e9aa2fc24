from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from boundary_click.core.clicks import Click
from boundary_click.core.geometry import Box, Window
from boundary_click.engine.session import Session
from boundary_click.engine.state import MaskState

SHAPE = (24, 32)
IMAGE = np.zeros(SHAPE, dtype=np.uint8)


@dataclass
class FakePredictor:
    """Marks the pixel of every click, and counts how often it is asked."""

    broken_at: tuple[float, float] | None = None
    click_kinds: tuple = ("boundary", "negative")
    name: str = "fake"
    device: str = "cpu"
    calls: int = 0
    extent: float | None = None

    def select(self, image, click, *, extent=None):
        self.extent = extent
        return self._marked(np.full((32, 32), -5, dtype=np.float32), click)

    def refine(self, image, state, clicks):
        assert state.context == clicks[:-1]
        return self._marked(state.logits.copy(), *clicks)

    def _marked(self, logits, *clicks):
        self.calls += 1
        latest = clicks[-1]
        if (latest.row, latest.col) == self.broken_at:
            raise RuntimeError("out of memory")
        logits[round(latest.row), round(latest.col)] = 5
        return MaskState(Window(Box(0, 0, 32, 32), 32), logits, clicks)


def expected(clicks: tuple[Click, ...]) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    for click in clicks:
        mask[round(click.row), round(click.col)] = True
    return mask


def started(*places: tuple[int, int], **options) -> Session:
    session = Session(IMAGE, FakePredictor(**options))
    for index, place in enumerate(places):
        session.add_click(*place, kind="boundary" if index else "positive")
    return session


class SessionLaws(RuleBasedStateMachine):
    """Every history of calls against a list of the clicks at each step."""

    rows, cols = st.integers(0, SHAPE[0] - 1), st.integers(0, SHAPE[1] - 1)
    kinds = st.sampled_from(["positive", "negative", "boundary"])

    def __init__(self):
        super().__init__()
        self.session = Session(IMAGE, FakePredictor())
        self.past: list[tuple[Click, ...]] = []
        self.future: list[tuple[Click, ...]] = []
        self.now: tuple[Click, ...] = ()

    def _tried(self, clicks, call, *arguments):
        """Do what the session should do, an error included."""
        kinds = [click.kind for click in clicks]
        if kinds and (kinds[0] != "positive" or "positive" in kinds[1:]):
            with pytest.raises(ValueError, match="positive"):
                call(*arguments)
            return
        mask = call(*arguments)
        np.testing.assert_array_equal(mask, expected(clicks))
        self.past.append(self.now)
        self.future.clear()
        self.now = clicks

    @rule(row=rows, col=cols, kind=kinds)
    def add(self, row, col, kind):
        clicks = (*self.now, Click(row, col, kind))
        self._tried(clicks, self.session.add_click, row, col, kind)

    @precondition(lambda self: self.now)
    @rule(data=st.data(), row=rows, col=cols)
    def move(self, data, row, col):
        index = data.draw(st.integers(0, len(self.now) - 1))
        clicks = list(self.now)
        clicks[index] = Click(row, col, clicks[index].kind)
        self._tried(tuple(clicks), self.session.move_click, index, row, col)

    @precondition(lambda self: self.now)
    @rule(data=st.data())
    def remove(self, data):
        index = data.draw(st.integers(0, len(self.now) - 1))
        clicks = self.now[:index] + self.now[index + 1 :]
        self._tried(clicks, self.session.remove_click, index)

    @rule()
    def reset(self):
        assert not self.session.reset().any()
        if self.now:
            self.past.append(self.now)
            self.future.clear()
            self.now = ()

    @rule()
    def undo(self):
        self.session.undo()
        if self.past:
            self.future.append(self.now)
            self.now = self.past.pop()

    @rule()
    def redo(self):
        self.session.redo()
        if self.future:
            self.past.append(self.now)
            self.now = self.future.pop()

    @invariant()
    def agrees(self):
        assert self.session.clicks == self.now
        np.testing.assert_array_equal(self.session.mask, expected(self.now))
        assert self.session.can_undo == bool(self.past)
        assert self.session.can_redo == bool(self.future)


TestSessionLaws = SessionLaws.TestCase
TestSessionLaws.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_before_the_first_click():
    session = Session(IMAGE, FakePredictor())
    assert session.clicks == ()
    assert session.patch is None
    assert session.mask.shape == session.probability.shape == SHAPE
    assert session.mask.dtype == bool
    assert session.probability.dtype == np.float32
    assert not session.mask.any()
    assert not session.probability.any()
    assert not session.undo().any()
    assert not session.redo().any()


def test_mask_and_probability_agree():
    session = started((3, 4), (5, 6))
    np.testing.assert_array_equal(session.probability > 0.5, session.mask)
    patch = session.patch
    np.testing.assert_array_equal(session.mask[patch.where], patch.mask)
    assert session.mask.sum() == patch.mask.sum() == 2


def test_a_further_click_asks_once_and_a_moved_one_asks_for_those_behind_it():
    session = started((1, 1), (2, 2), (3, 3), (4, 4))
    predictor = session._predictor
    assert predictor.calls == 4
    session.move_click(2, 9, 9)
    assert predictor.calls == 6
    session.remove_click(3)
    session.undo()
    session.redo()
    session.reset()
    assert predictor.calls == 6


def test_the_model_is_told_the_extent():
    predictor = FakePredictor()
    Session(IMAGE, predictor, extent=17.0).add_click(1, 1)
    assert predictor.extent == 17.0


def test_a_hundred_steps_can_be_taken_back():
    session = started(*((i % 20, i % 30) for i in range(105)))
    for _ in range(100):
        assert session.can_undo
        session.undo()
    assert not session.can_undo
    assert len(session.clicks) == 5
    for _ in range(100):
        session.redo()
    assert len(session.clicks) == 105
    assert not session.can_redo


class TestErrors:
    """A call that raises changes nothing."""

    @pytest.fixture
    def session(self):
        session = started((3, 4), (5, 6), (7, 8), broken_at=(9, 9))
        session.undo()
        before = session.clicks, session.mask, session.can_undo, session.can_redo
        yield session
        assert session.clicks == before[0]
        np.testing.assert_array_equal(session.mask, before[1])
        assert (session.can_undo, session.can_redo) == before[2:]

    @pytest.mark.parametrize("place", [(-1, 3), (24, 3), (3, 31.6)])
    def test_outside_the_image(self, session, place):
        with pytest.raises(
            ValueError, match=r"click at row .*, column .* lies outside the image of 24 x 32 pixels"
        ):
            session.add_click(*place, kind="boundary")
        with pytest.raises(ValueError, match="outside the image"):
            session.move_click(1, *place)

    def test_a_kind_the_model_does_not_take(self, session):
        with pytest.raises(
            ValueError, match=r"model 'fake' takes clicks of kind boundary, negative .* 'positive'"
        ):
            session.add_click(1, 1, kind="positive")

    def test_an_unknown_kind(self, session):
        with pytest.raises(ValueError, match="kind must be one of"):
            session.add_click(1, 1, kind="edge")

    def test_removing_the_selection(self, session):
        with pytest.raises(ValueError, match=r"first click selects .* must be positive"):
            session.remove_click(0)

    @pytest.mark.parametrize("index", [-1, 2])
    def test_no_such_click(self, session, index):
        with pytest.raises(IndexError, match=f"no click {index}; the session has 2"):
            session.remove_click(index)
        with pytest.raises(IndexError, match=f"no click {index}; the session has 2"):
            session.move_click(index, 1, 1)

    def test_a_prediction_that_fails(self, session):
        for call in (
            lambda: session.add_click(9, 9, kind="boundary"),
            lambda: session.move_click(0, 9, 9),
            lambda: session.move_click(1, 9, 9),
        ):
            with pytest.raises(RuntimeError, match="out of memory"):
                call()


@pytest.mark.parametrize("kind", ["boundary", "negative"])
def test_the_first_click_must_select(kind):
    with pytest.raises(ValueError, match="first click selects the object and must be positive"):
        Session(IMAGE, FakePredictor()).add_click(3, 3, kind)


def test_the_image_is_checked():
    with pytest.raises(ValueError, match="got 4 dimensions"):
        Session(np.zeros((2, 3, 4, 5)), FakePredictor())
    with pytest.raises(TypeError, match="real numbers"):
        Session(np.zeros((9, 9), dtype=complex), FakePredictor())


class RampPredictor(FakePredictor):
    """The probability falls along the rows, whatever is clicked."""

    def select(self, image, click, *, extent=None):
        self.calls += 1
        rows = np.linspace(4, -4, 32, dtype=np.float32)
        return MaskState(Window(Box(0, 0, 32, 32), 32), np.repeat(rows[:, None], 32, 1), (click,))

    def refine(self, image, state, clicks):
        self.calls += 1
        return MaskState(state.crop, state.logits, clicks)


def test_threshold_makes_the_mask_larger_or_smaller_without_a_prediction():
    predictor = RampPredictor()
    session = Session(IMAGE, predictor)
    middle = session.add_click(5, 5)
    larger = session.set_threshold(0.2)
    assert (larger >= middle).all()
    assert larger.sum() > middle.sum()
    np.testing.assert_array_equal(larger, session.probability > 0.2)
    assert session.set_threshold(0.8).sum() < middle.sum()
    assert predictor.calls == 1
    session.undo()
    np.testing.assert_array_equal(session.mask, larger)


def test_further_clicks_start_from_the_mask_as_it_was_cut():
    session = Session(IMAGE, RampPredictor())
    middle = session.add_click(5, 5)
    larger = session.set_threshold(0.2)
    np.testing.assert_array_equal(session.add_click(9, 9, "boundary"), larger)
    assert session.clicks[-1].threshold == 0.5
    clicks = session.clicks
    np.testing.assert_array_equal(session.remove_click(1), larger)
    session.set_threshold(0.5)
    np.testing.assert_array_equal(session.mask, middle)
    again = Session(IMAGE, RampPredictor())
    np.testing.assert_array_equal(again.replace_clicks(clicks), larger)


def test_threshold_needs_a_click():
    session = Session(IMAGE, RampPredictor())
    with pytest.raises(ValueError, match="click first"):
        session.set_threshold(0.3)
    session.add_click(5, 5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        session.set_threshold(1)
    assert session.clicks == (Click(5, 5),)
