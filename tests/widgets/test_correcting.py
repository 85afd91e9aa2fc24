"""Objects that are there already are opened and corrected."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.gui

CELLS = (slice(40, 60), slice(50, 75))
NEIGHBOUR = (slice(40, 60), slice(80, 95))


@pytest.fixture
def given(desk):
    """A Labels layer from elsewhere, in use."""
    data = np.zeros((3, 100, 120), dtype=np.uint16)
    data[1][CELLS], data[1][NEIGHBOUR], data[2][CELLS] = 17, 40, 17
    labels = desk.viewer.add_labels(data, name="from a file")
    desk.widget.form.labels.value = labels
    desk.does.start()
    return labels


def open_at(desk, *point):
    desk.press(desk.viewer, "W")
    desk.click(*point)


def test_an_object_from_a_file_is_opened_corrected_and_kept(desk, given):
    before = given.data.copy()
    desk.widget.panel.pick.click()
    assert desk.now.is_picking
    assert desk.widget.panel.pick.isChecked()
    assert desk.active is desk.clicks.objects
    desk.click(1, 50, 60)
    assert not desk.now.is_picking
    assert (desk.now.object_id, desk.now.clicks, desk.now.has_mask) == (17, 0, True)
    assert desk.active is desk.clicks.corrections
    assert "<b>Object 17</b> is open" in desk.widget.panel.card._hint.text()
    np.testing.assert_array_equal(given.data, before)

    desk.click(1, 50, 90)
    changed = given.data == 17
    assert desk.now.clicks == 1
    assert not np.array_equal(changed[1], before[1] == 17)
    assert changed[1][50, 50] or changed[1].any()
    np.testing.assert_array_equal(given.data == 40, before == 40)
    np.testing.assert_array_equal(given.data[[0, 2]], before[[0, 2]])
    desk.does.undo()
    desk.wait()
    np.testing.assert_array_equal(given.data, before)
    desk.does.redo()
    desk.wait()
    np.testing.assert_array_equal(given.data == 17, changed)
    desk.does.accept()
    np.testing.assert_array_equal(given.data == 17, changed)
    assert desk.active is desk.clicks.objects
    desk.click(1, 10, 10)
    assert desk.now.object_id == 41


def test_clicks_lie_above_the_labels_that_are_chosen(desk, given):
    names = [layer.name for layer in desk.viewer.layers]
    assert names == ["cells", "from a file", "object clicks", "boundary clicks"]


def test_every_kind_of_click_can_be_the_first(desk, given):
    for kind in ("positive", "negative", "boundary"):
        open_at(desk, 1, 50, 60)
        desk.does.choose_kind(kind)
        desk.click(1, 50, 70)
        assert desk.now.problem is None
        assert list(desk.clicks.corrections.features["kind"]) == [kind]
        desk.does.undo()
        desk.wait()


def test_an_accepted_object_is_opened_again_by_its_mask(desk):
    desk.click(1, 50, 60)
    desk.does.accept()
    desk.click(1, 20, 20)
    before = desk.data.copy()
    open_at(desk, 1, 52, 62)
    assert desk.now.object_id == 1
    desk.click(1, 50, 75)
    assert desk.area(1) > np.count_nonzero(before == 1)
    for _ in range(2):
        desk.does.undo()
        desk.wait()
    np.testing.assert_array_equal(desk.data, before)
    assert desk.now.object_id == 2  # the one accepted last


def test_the_object_in_progress_stays_open_with_its_clicks(desk):
    desk.click(1, 50, 60)
    desk.click(1, 50, 75)
    open_at(desk, 1, 50, 62)
    assert desk.now.clicks == 2
    assert not desk.now.is_picking
    assert desk.active is desk.clicks.corrections


def test_clicks_on_an_opened_object_can_be_moved_and_deleted(desk, given):
    before = given.data.copy()
    open_at(desk, 1, 50, 60)
    desk.click(1, 50, 70)
    desk.click(1, 50, 72)
    desk.clicks.corrections.remove([0])
    desk.wait()
    assert [(c.row, c.col) for c in desk.does.editor.open.clicks] == [(50, 72)]
    desk.clicks.corrections.data = [[1, 50, 66]]
    desk.wait()
    assert [(c.row, c.col) for c in desk.does.editor.open.clicks] == [(50, 66)]
    desk.clicks.corrections.remove([0])
    desk.wait()
    np.testing.assert_array_equal(given.data, before)
    assert desk.active is desk.clicks.corrections


def test_what_marks_an_opened_object_is_no_click(desk, given):
    open_at(desk, 1, 50, 60)
    mark = desk.clicks.objects
    np.testing.assert_array_equal(mark.data, [[1, 50, 60]])
    desk.click(1, 50, 70)
    before = given.data.copy()
    mark.remove([0])
    mark.data = [[1, 20, 20]]
    desk.wait()
    np.testing.assert_array_equal(mark.data, [[1, 50, 60]])
    np.testing.assert_array_equal(given.data, before)
    assert desk.now.clicks == 1


def test_a_click_beside_all_objects_is_refused_and_the_next_one_counts(desk, given):
    open_at(desk, 1, 5, 5)
    assert desk.now.problem == "there is no object in labels 'from a file' there; click on one"
    assert desk.now.is_picking
    assert len(desk.clicks.objects.data) == 0
    desk.click(1, 50, 85)
    assert desk.now.object_id == 40
    assert desk.now.problem is None


def test_picking_can_be_given_up(desk, given):
    for give_up in ("W", "G", "N"):
        desk.press(desk.viewer, "W")
        assert desk.now.is_picking
        desk.press(desk.viewer, give_up)
        assert not desk.now.is_picking
    desk.click(1, 10, 10)
    assert desk.now.object_id == 41


def test_an_opened_object_is_closed_without_a_change(desk, given):
    before = given.data.copy()
    open_at(desk, 1, 50, 60)
    assert desk.now.can_accept
    desk.does.accept()
    np.testing.assert_array_equal(given.data, before)
    assert desk.active is desk.clicks.objects
    open_at(desk, 1, 50, 60)
    desk.viewer.layers.selection.active = desk.clicks.objects
    desk.click(1, 80, 20)
    assert desk.now.object_id == 41
    np.testing.assert_array_equal(given.data == 17, before == 17)


def test_an_opened_object_outlives_a_model_that_fails(desk, given):
    before = given.data.copy()
    desk.predictor.error = RuntimeError("out of memory")
    open_at(desk, 1, 50, 60)
    assert desk.now.problem == "RuntimeError: out of memory"
    np.testing.assert_array_equal(given.data, before)
    desk.click(1, 50, 70)
    np.testing.assert_array_equal(given.data, before)
    desk.predictor.error = None
    desk.click(1, 50, 72)
    assert desk.now.clicks == 2
    assert not np.array_equal(given.data, before)


def test_labels_that_cannot_be_read_are_told(desk, given, monkeypatch):
    def broken(*args):
        raise OSError("the disk is gone")

    monkeypatch.setattr("boundary_click.widgets.finding.object_at", broken)
    open_at(desk, 1, 50, 60)
    assert desk.now.problem == "labels 'from a file' could not be read: OSError: the disk is gone"


@pytest.mark.parametrize("family", ["guidance", "two-in-one"])
def test_both_families_correct_what_is_there(
    viewer, make_desk, guided, architecture, build, family
):
    from boundary_click.engine.two_in_one import TwoInOnePredictor

    image = np.random.default_rng(0).integers(0, 255, (100, 120)).astype(np.uint8)
    viewer.add_image(image)
    model = guided
    if family == "two-in-one":
        model = TwoInOnePredictor(build(architecture).eval(), name="tiny")
    desk = make_desk(model)
    data = np.zeros(image.shape, dtype=np.int64)
    data[CELLS], data[NEIGHBOUR] = 5, 6
    labels = viewer.add_labels(data.copy())
    desk.widget.form.labels.value = labels
    desk.does.start()
    open_at(desk, 50, 60)
    desk.does.choose_kind("negative")
    desk.click(50, 72)
    assert desk.now.problem is None
    assert labels.data[50, 72] == 0
    np.testing.assert_array_equal(labels.data == 6, data == 6)
    desk.does.undo()
    desk.wait()
    np.testing.assert_array_equal(labels.data, data)
