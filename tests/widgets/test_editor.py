"""Whatever the user does, everything can be undone, and what was accepted stays."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

pytest.importorskip("qtpy.QtCore")

from napari.layers import Labels
from tests.widgets.conftest import DiskPredictor

from boundary_click.core.clicks import Click
from boundary_click.core.planes import Plane
from boundary_click.widgets.drafts import Draft
from boundary_click.widgets.editor import Editor
from boundary_click.widgets.finding import find
from boundary_click.widgets.workers import Ticket, message_of

SHAPE = (3, 40, 50)
PLANES = [Plane.through((z, 0, 0), SHAPE, (1, 2)) for z in range(3)]
PLANES.append(Plane.through((0, 20, 0), SHAPE, (2, 0)))
"""Three planes along z, and one across them that is shown the other way round."""


class LateWorker:
    """Runs a job when it is told to."""

    def __init__(self):
        self.jobs = deque()

    def submit(self, job, done, failed):
        ticket = Ticket()
        self.jobs.append((ticket, job, done, failed))
        return ticket

    def run(self):
        ticket, job, done, failed = self.jobs.popleft()
        try:
            deliver, result = done, job()
        except Exception as error:
            deliver, result = failed, message_of(error)
        if ticket.is_wanted:
            deliver(result)

    def run_all(self):
        while self.jobs:
            self.run()


class Bench:
    """An editor of a Labels layer, without a viewer."""

    def __init__(self, data=None):
        data = np.zeros(SHAPE, np.int32) if data is None else data
        self.labels = Labels(data)
        self.worker, self.model, self.problems = LateWorker(), DiskPredictor(), []
        self.editor = Editor(self.labels, self.worker, self.draft, lambda: "disk")
        self.editor.failed.connect(self.problems.append)

    def draft(self, item):
        image = np.zeros(item.plane.shape, np.uint8)
        return Draft(image, lambda: self.model, item.extent, item.begun)

    def open_at(self, plane, row, col):
        click = Click(row, col)
        self.editor.open_found(plane, click, find(self.labels, plane, click))

    def make(self, plane, row, col):
        self.editor.select(plane, Click(row, col))
        self.editor.accept()
        self.worker.run_all()

    @property
    def data(self):
        return self.labels.data


@pytest.fixture
def bench():
    return Bench()


def test_reopened_object_has_its_clicks_and_goes_on_from_them(bench):
    bench.editor.select(PLANES[0], Click(20, 20))
    bench.editor.correct(PLANES[0], Click(20, 25, "boundary"))
    bench.editor.accept()
    bench.make(PLANES[0], 20, 40)
    before = bench.data.copy()
    bench.open_at(PLANES[0], 20, 20)
    bench.worker.run_all()
    assert bench.editor.open.clicks == (Click(20, 20), Click(20, 25, "boundary"))
    np.testing.assert_array_equal(bench.data, before)
    bench.editor.correct(PLANES[0], Click(20, 24, "boundary"))
    bench.worker.run_all()
    assert len(bench.editor.open.clicks) == 3
    assert (bench.data == 1).sum() < (before == 1).sum()
    bench.editor.accept()
    assert bench.editor.state.records[1].clicks == 3


def test_reopened_object_is_predicted_as_it_was_made(bench):
    for z, col in ((0, 20), (1, 25), (2, 30)):
        bench.make(PLANES[z], 20, col)
    bench.open_at(PLANES[0], 20, 20)
    bench.worker.run_all()
    bench.open_at(PLANES[2], 20, 30)
    bench.worker.run_all()
    assert bench.model.extents == [None, 17, 17, None, 17]


def test_reopened_object_that_was_painted_goes_on_from_its_mask(bench):
    bench.make(PLANES[0], 20, 20)
    bench.labels.paint((0, 20, 30), 1)
    before = bench.data.copy()
    bench.open_at(PLANES[0], 20, 20)
    bench.worker.run_all()
    assert bench.editor.open.is_given
    np.testing.assert_array_equal(bench.data, before)
    bench.editor.correct(PLANES[0], Click(20, 26, "boundary"))
    bench.editor.accept()
    bench.worker.run_all()
    assert bench.editor.state.records[1].clicks == 2


def test_deleted_objects_come_back_with_undo(bench):
    for z, col in ((0, 15), (1, 30)):
        bench.make(PLANES[z], 20, col)
    before = bench.data.copy()
    bench.editor.delete((1, 2))
    assert not bench.data.any()
    assert bench.editor.state.records == {}
    bench.editor.undo()
    np.testing.assert_array_equal(bench.data, before)
    assert set(bench.editor.state.records) == {1, 2}
    bench.editor.redo()
    assert not bench.data.any()


def test_merged_objects_have_the_first_id(bench):
    for z, col in ((0, 15), (0, 35), (1, 30)):
        bench.make(PLANES[z], 20, col)
    before = bench.data.copy()
    bench.editor.merge((2, 1, 3))
    np.testing.assert_array_equal(bench.data, np.where(before > 0, 2, 0))
    record = bench.editor.state.records[2]
    assert set(bench.editor.state.records) == {2}
    assert (record.clicks, record.area, len(record.parts)) == (3, (before > 0).sum(), 2)
    bench.editor.undo()
    np.testing.assert_array_equal(bench.data, before)


def test_history_is_bounded(bench):
    bench.editor.select(PLANES[0], Click(20, 20))
    for turn in range(150):
        bench.editor.correct(PLANES[0], Click(20, 24 + turn % 3, "boundary"))
    bench.worker.run_all()
    for _ in range(200):
        bench.editor.undo()
    assert not bench.editor.can_undo
    assert len(bench.editor.open.clicks) == 51


def test_moves_of_the_threshold_are_one_step(bench):
    bench.editor.select(PLANES[0], Click(20, 20))
    bench.worker.run_all()
    before = bench.data.copy()
    for threshold in (0.4, 0.3, 0.1, 0.05):
        bench.editor.cut(threshold)
        bench.worker.run()
    assert (bench.data == 1).sum() > (before == 1).sum()
    assert (bench.data[before == 1] == 1).all()
    larger = bench.data.copy()
    bench.editor.undo()
    np.testing.assert_array_equal(bench.data, before)
    assert bench.editor.open.clicks == (Click(20, 20),)
    bench.editor.redo()
    np.testing.assert_array_equal(bench.data, larger)
    assert bench.editor.open.clicks[-1].threshold == 0.05


def test_a_threshold_is_kept_with_the_object(bench):
    bench.editor.select(PLANES[0], Click(20, 20))
    bench.editor.cut(0.1)
    bench.editor.accept()
    bench.worker.run_all()
    before = bench.data.copy()
    bench.open_at(PLANES[0], 20, 20)
    bench.worker.run_all()
    assert bench.editor.open.clicks == (Click(20, 20, threshold=0.1),)
    np.testing.assert_array_equal(bench.data, before)


def test_time_spent_is_noted(bench):
    bench.make(PLANES[0], 20, 20)
    assert 0 <= bench.editor.state.records[1].seconds < 30


class AnnotatingDay(RuleBasedStateMachine):
    """Random actions, with predictions that come late."""

    def __init__(self):
        super().__init__()
        data = np.zeros(SHAPE, np.int32)
        data[1, 2:8, 2:9] = 7  # from another program
        self.bench = Bench(data.copy())
        self.begun_with = data
        self.model_fails = False

    @property
    def editor(self):
        return self.bench.editor

    rows = st.integers(0, 39)
    cols = st.integers(0, 49)
    planes = st.sampled_from(PLANES[:3])

    @rule(plane=st.sampled_from(PLANES), row=rows, col=cols)
    def select(self, plane, row, col):
        if Click(row, col).is_in(plane.shape):
            self.editor.select(plane, Click(row, col))

    @rule(row=rows, col=cols, kind=st.sampled_from(["boundary", "positive", "negative"]))
    def correct(self, row, col, kind):
        item = self.editor.open
        if item is not None and item.is_selected and Click(row, col).is_in(item.plane.shape):
            self.editor.correct(item.plane, Click(row, col, kind))

    @rule(row=rows, col=cols, pick=st.integers(0, 9))
    def move(self, row, col, pick):
        item = self.editor.open
        if item and item.clicks and Click(row, col).is_in(item.plane.shape):
            self.editor.move(pick % len(item.clicks), row, col)

    @rule(pick=st.integers(0, 9))
    def remove(self, pick):
        item = self.editor.open
        if item and item.clicks:
            self.editor.remove((pick % len(item.clicks),))

    @rule(threshold=st.sampled_from([0.001, 0.2, 0.5, 0.9]))
    def cut(self, threshold):
        self.editor.cut(threshold)

    @rule()
    def reset(self):
        if self.editor.is_selected:
            self.editor.reset()

    @rule()
    def accept(self):
        self.editor.accept()

    @rule(plane=planes, row=rows, col=cols)
    def open_found(self, plane, row, col):
        if self.bench.data[plane.index(row, col)]:
            self.bench.open_at(plane, row, col)

    @rule(pick=st.integers(0, 9))
    def delete(self, pick):
        ids = sorted(self.editor.state.records)
        if ids:
            self.editor.delete((ids[pick % len(ids)],))

    @rule()
    def merge(self):
        ids = sorted(self.editor.state.records)[:2]
        if len(ids) == 2:
            self.editor.merge(ids)

    @rule(z=st.integers(0, 2), row=rows, col=cols, label=st.integers(0, 9))
    def paint(self, z, row, col, label):
        self.bench.labels.brush_size = 4
        self.bench.labels.paint((z, row, col), label)

    @rule()
    def undo(self):
        self.editor.undo()

    @rule()
    def redo(self):
        self.editor.redo()

    @rule(fails=st.booleans())
    def model(self, fails):
        self.bench.model.error = RuntimeError("out of memory") if fails else None
        if not fails:
            self.editor.retry()

    @precondition(lambda self: self.bench.worker.jobs)
    @rule()
    def deliver(self):
        accepted = {} if self.editor._later else self._accepted()
        self.bench.worker.run()
        for where, object_id in accepted.items():
            assert self.bench.data[where] == object_id

    def _accepted(self):
        """Some pixels of accepted objects."""
        item = self.editor.open
        busy = {item.object_id} if item else set()
        points = np.argwhere(np.isin(self.bench.data, [*set(self.editor.state.records) - busy]))
        return {tuple(point): self.bench.data[tuple(point)] for point in points[::17]}

    @invariant()
    def open_object_owns_only_pixels_with_its_id(self):
        item = self.editor.open
        if item is not None and item.owned is not None and not self.editor.is_pending:
            assert item.object_id is not None
            assert item.owned.mask.any()

    def teardown(self):
        self.bench.worker.run_all()
        last = self.bench.data.copy()
        steps = 0
        while self.editor.can_undo:
            self.editor.undo()
            steps += 1
        np.testing.assert_array_equal(self.bench.data, self.begun_with)
        assert self.editor.state.open is None
        assert self.editor.state.records == {}
        for _ in range(steps):
            self.editor.redo()
            self.bench.worker.run_all()
        np.testing.assert_array_equal(self.bench.data, last)


AnnotatingDay.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
test_an_annotating_day = AnnotatingDay.TestCase
