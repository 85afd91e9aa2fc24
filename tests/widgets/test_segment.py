from __future__ import annotations

import numpy as np
import pytest

from boundary_click.widgets.models import Choice

pytestmark = pytest.mark.gui

STACK = np.zeros((3, 100, 120), dtype=np.uint8)
RADIUS = 8  # of the disks that the fake predictor selects


def test_opening_the_widget_makes_it_ready_to_click(desk):
    assert [layer.name for layer in desk.viewer.layers] == [
        "cells",
        "cells objects",
        "object clicks",
        "boundary clicks",
    ]
    assert desk.active is desk.clicks.objects
    assert desk.active.mode == "add"
    assert "inside an object" in desk.widget.panel.card._hint.text()


def test_first_click_selects_and_further_ones_refine(desk):
    desk.click(1, 50, 60)
    assert desk.active is desk.clicks.corrections
    assert desk.data[1, 50, 60] == 1
    first = desk.area(1)
    desk.click(1, 50, 75)
    assert desk.area(1) > first
    assert not desk.data[[0, 2]].any()
    assert (desk.now.clicks, desk.now.object_id) == (2, 1)
    assert "2 clicks" in desk.widget.panel.status.text()


def test_accepted_objects_get_ids_of_their_own_and_are_not_overwritten(desk):
    desk.click(1, 50, 40)
    desk.widget.panel.accept.click()
    before = desk.data == 1
    assert desk.active is desk.clicks.objects
    desk.click(1, 50, 50)
    desk.click(1, 50, 70)
    np.testing.assert_array_equal(desk.data == 1, before)
    assert set(np.unique(desk.data)) == {0, 1, 2}


def test_accepted_objects_tell_the_model_how_large_the_next_may_be(desk):
    for point in ((1, 50, 20), (1, 50, 60)):
        desk.click(*point)
        desk.does.accept()
    desk.does.choose_labels(None)
    desk.click(1, 50, 100)
    diameter = 2 * RADIUS + 1
    assert desk.predictor.extents == [None, diameter, None]


def test_a_click_in_the_object_layer_starts_the_next_object(desk):
    desk.click(1, 50, 30)
    desk.viewer.layers.selection.active = desk.clicks.objects
    desk.click(1, 50, 80)
    assert desk.data[1, 50, 30] == 1
    assert desk.data[1, 50, 80] == 2
    assert desk.now.clicks == 1


def test_a_click_on_another_plane_keeps_the_object_and_starts_the_next(desk):
    desk.click(1, 50, 30)
    desk.viewer.dims.set_point(0, 2)
    assert "another plane" in desk.widget.panel.card._hint.text()
    desk.click(2, 50, 30)
    assert desk.data[1, 50, 30] == 1
    assert desk.data[2, 50, 30] == 2


def test_undo_and_redo_bring_the_very_labels_back(desk):
    empty = desk.data.copy()
    desk.click(1, 50, 60)
    first = desk.data.copy()
    desk.click(1, 50, 75)
    second = desk.data.copy()
    for does, expected, clicks in (
        (desk.does.undo, first, 1),
        (desk.does.undo, empty, 0),
        (desk.does.redo, first, 1),
        (desk.does.redo, second, 2),
    ):
        does()
        desk.wait()
        np.testing.assert_array_equal(desk.data, expected)
        assert desk.now.clicks == clicks
        assert len(desk.clicks.objects.data) + len(desk.clicks.corrections.data) == clicks
    assert desk.active is desk.clicks.corrections


def test_reset_can_be_undone(desk):
    desk.click(1, 50, 60)
    desk.click(1, 50, 75)
    full = desk.data.copy()
    desk.widget.panel.reset.click()
    desk.wait()
    assert not desk.data.any()
    assert desk.active is desk.clicks.objects
    desk.does.undo()
    desk.wait()
    np.testing.assert_array_equal(desk.data, full)


def test_undo_after_accept_opens_the_object_again(desk):
    desk.click(1, 50, 60)
    desk.click(1, 50, 75)
    desk.does.accept()
    desk.viewer.dims.set_point(0, 0)
    desk.does.undo()
    assert desk.now.clicks == 2
    assert desk.viewer.dims.point[0] == 1
    desk.click(1, 50, 63)
    assert desk.area(2) == 0
    assert desk.now.object_id == 1


def test_clicks_can_be_moved_and_deleted(desk):
    desk.click(1, 50, 60)
    first = desk.data.copy()
    desk.click(1, 50, 75)
    large = desk.area(1)
    desk.clicks.corrections.mode = "select"
    desk.clicks.corrections.data = [[1, 50, 65]]
    desk.wait()
    assert desk.clicks.corrections.mode == "select"
    assert 0 < desk.area(1) < large
    desk.clicks.corrections.selected_data = {0}
    desk.clicks.corrections.remove_selected()
    desk.wait()
    np.testing.assert_array_equal(desk.data, first)
    desk.clicks.objects.remove([0])
    desk.wait()
    assert not desk.data.any()


def test_kinds_of_click_can_be_chosen(desk):
    desk.click(1, 50, 60)
    desk.does.next_kind()
    desk.click(1, 50, 80)
    desk.does.choose_kind("negative")
    desk.click(1, 50, 70)
    assert list(desk.clicks.corrections.features["kind"]) == ["positive", "negative"]
    assert [str(symbol) for symbol in desk.clicks.corrections.symbol] == ["cross", "hbar"]
    desk.predictor.click_kinds = ("boundary",)
    desk.does.choose_model(Choice("other"))
    desk.wait()
    desk.does.accept()
    assert desk.now.kind == "boundary"
    assert not desk.widget.panel.kinds._buttons["positive"].isEnabled()


# Bad input


def test_boundary_click_first_is_refused(desk):
    desk.viewer.layers.selection.active = desk.clicks.corrections
    desk.click(1, 50, 60)
    assert desk.now.problem == "click inside an object first, then on its outline"
    assert desk.active is desk.clicks.objects
    assert len(desk.clicks.corrections.data) == 0
    assert not desk.data.any()
    assert desk.widget.panel.card._problem.isVisibleTo(desk.widget)


@pytest.mark.parametrize("point", [(1, -3, 60), (1, 50, 500)])
def test_click_outside_the_image_is_refused(desk, point):
    desk.click(*point)
    assert desk.now.problem == "that click lies outside the image; click on the image"
    desk.click(1, 50, 60)
    desk.click(*point)
    assert desk.now.problem == "that click lies outside the image; click on the image"
    assert desk.now.clicks == 1
    desk.click(1, 50, 75)
    assert desk.now.problem is None


def test_click_in_3d_is_refused(desk):
    desk.viewer.dims.ndisplay = 3
    assert "2D view" in desk.widget.panel.card._hint.text()
    desk.click(1, 50, 60)
    assert "clicks need the 2D view" in desk.now.problem


def test_prediction_that_raises_keeps_the_clicks_and_the_widget(desk):
    desk.click(1, 50, 60)
    before = desk.data.copy()
    desk.predictor.error = RuntimeError("out of memory")
    desk.click(1, 50, 75)
    assert desk.now.problem == "RuntimeError: out of memory"
    assert desk.now.clicks == 2
    np.testing.assert_array_equal(desk.data, before)
    desk.predictor.error = None
    desk.click(1, 50, 70)
    assert desk.now.problem is None
    assert desk.now.clicks == 3
    assert desk.area(1) > np.count_nonzero(before)


def test_unknown_model_and_device_are_told_and_the_click_waits(desk):
    for error in (
        ValueError("unknown model 'nothing'; choose one of default"),
        ValueError("device 'abacus' is unknown or not available"),
    ):
        desk.load_error = error
        desk.does.choose_model(Choice("nothing", str(error)))
        desk.wait()
        assert desk.now.problem == str(error)
    desk.click(1, 50, 60)
    assert desk.now.problem == str(error)
    assert desk.now.clicks == 1
    desk.load_error = None
    desk.does.choose_model(Choice())
    desk.wait()
    assert desk.data[1, 50, 60] == 1
    assert desk.now.problem is None


def test_labels_of_another_size_are_refused(desk):
    before = desk.does.labels
    other = desk.viewer.add_labels(np.zeros((3, 50, 50), dtype=int), name="small")
    desk.widget.form.labels.value = other
    assert (
        "'small' has shape (3, 50, 50), but image 'cells' needs (3, 100, 120)" in desk.now.problem
    )
    assert desk.does.labels is before
    assert desk.widget.form.labels.current_choice == "cells objects"


def test_existing_labels_are_added_to(desk):
    given = np.zeros(STACK.shape, dtype=np.uint16)
    given[1, 45:56, 55:60] = 17
    labels = desk.viewer.add_labels(given, name="given")
    desk.widget.form.labels.value = labels
    assert "cells objects" not in desk.viewer.layers
    desk.does.start()
    desk.click(1, 50, 62)
    assert (labels.data[1, 45:56, 55:60] == 17).all()
    assert desk.now.object_id == 18
    assert desk.area(18) > 50


# Layers that come and go


def test_image_renamed_while_predicting(desk):
    desk.predictor.gate.clear()
    desk.click(1, 50, 60, wait=False)
    desk.does.image.name = "renamed"
    desk.does.labels.name = "also renamed"
    desk.predictor.gate.set()
    desk.wait()
    assert desk.data[1, 50, 60] == 1
    assert desk.widget.form.image.current_choice == "renamed"


def test_image_removed_while_predicting(desk):
    desk.click(1, 50, 30)
    desk.does.accept()
    labels, before = desk.does.labels, desk.data.copy()
    desk.predictor.gate.clear()
    desk.click(1, 50, 60, wait=False)
    desk.viewer.layers.remove("cells")
    desk.predictor.gate.set()
    desk.wait()
    assert desk.now.news == "image 'cells' was removed; masks made so far are kept"
    desk.qtbot.waitUntil(lambda: list(desk.viewer.layers) == [labels])
    np.testing.assert_array_equal(labels.data, before)
    desk.viewer.add_image(STACK)
    desk.does.start()
    desk.click(1, 50, 60)
    assert desk.data[1, 50, 60] > 0


def test_labels_removed_while_predicting(desk):
    desk.click(1, 50, 60)
    desk.predictor.gate.clear()
    desk.click(1, 50, 75, wait=False)
    desk.viewer.layers.remove(desk.does.labels)
    assert "the next mask goes into a new layer" in desk.now.news
    desk.predictor.gate.set()
    desk.wait()
    assert desk.area(1) > 200
    assert desk.now.clicks == 2


@pytest.mark.parametrize("name", ["object clicks", "boundary clicks"])
def test_click_layer_removed(desk, name):
    desk.click(1, 50, 60)
    before = desk.data.copy()
    desk.viewer.layers.remove(name)
    assert desk.now.news == f"layer {name!r} was removed; clicks and mask are kept"
    np.testing.assert_array_equal(desk.data, before)
    desk.widget.panel.card.start.click()
    assert desk.active is desk.clicks.corrections
    assert len(desk.clicks.objects.data) == 1
    desk.click(1, 50, 75)
    assert desk.now.clicks == 2


@pytest.mark.parametrize("other", ["cells", "object clicks"])
def test_layers_removed_together(desk, other):
    desk.click(1, 50, 60)
    layers = desk.viewer.layers
    layers.selection = {layers[other], layers["boundary clicks"]}
    layers.remove_selected()
    desk.qtbot.waitUntil(lambda: "object clicks" not in layers)
    assert "boundary clicks" not in layers
    assert (desk.does.image is None) == (other == "cells")


def test_clicks_faster_than_predicted_are_steps_of_their_own(desk):
    desk.click(1, 50, 60)
    first = desk.data.copy()
    desk.predictor.gate.clear()
    desk.click(1, 50, 75, wait=False)
    desk.click(1, 50, 70, wait=False)
    assert desk.now.clicks == 3
    desk.predictor.gate.set()
    desk.wait()
    last = desk.data.copy()
    desk.does.undo()
    assert first.sum() < last.sum() < desk.data.sum()
    desk.does.undo()
    np.testing.assert_array_equal(desk.data, first)


def test_a_mask_that_comes_after_its_click_was_undone_is_not_shown(desk):
    desk.click(1, 50, 60)
    first = desk.data.copy()
    desk.predictor.gate.clear()
    desk.click(1, 50, 75, wait=False)
    desk.does.undo()
    desk.predictor.gate.set()
    desk.wait()
    np.testing.assert_array_equal(desk.data, first)
    desk.does.redo()
    desk.wait()
    assert desk.data.sum() > first.sum()


def test_accepting_before_the_mask_is_there_keeps_it(desk):
    desk.predictor.gate.clear()
    desk.click(1, 50, 30, wait=False)
    desk.does.accept()
    desk.click(1, 50, 80, wait=False)
    desk.predictor.gate.set()
    desk.wait()
    assert {desk.data[1, 50, 30], desk.data[1, 50, 80]} == {1, 2}


def test_clicks_deleted_and_added_faster_than_predicted(desk):
    for point in ((1, 50, 60), (1, 50, 75), (1, 65, 60)):
        desk.click(*point)
    desk.predictor.gate.clear()
    desk.clicks.corrections.selected_data = {0}
    desk.clicks.corrections.remove_selected()
    desk.click(1, 40, 60, wait=False)
    desk.predictor.gate.set()
    desk.wait()
    assert [(c.row, c.col) for c in desk.does.editor.open.clicks] == [(50, 60), (65, 60), (40, 60)]


def test_selection_click_deleted_and_made_again_faster_than_predicted(desk):
    desk.click(1, 50, 60)
    desk.click(1, 50, 75)
    desk.predictor.gate.clear()
    desk.clicks.objects.selected_data = {0}
    desk.clicks.objects.remove_selected()
    desk.viewer.layers.selection.active = desk.clicks.objects
    desk.click(1, 30, 30, wait=False)
    desk.predictor.gate.set()
    desk.wait()
    assert [(c.row, c.col) for c in desk.does.editor.open.clicks] == [(30, 30)]
    assert not desk.data[1, 50, 60]


def test_labels_that_cannot_be_read_are_told_and_the_click_is_taken_off(desk, monkeypatch):
    def broken(plane):
        raise OSError("the disk is gone")

    monkeypatch.setattr(desk.does.editor.target, "look_up_ids", broken)
    desk.click(1, 50, 60)
    assert desk.now.problem == "OSError: the disk is gone"
    assert desk.now.clicks == 0
    assert not desk.now.is_predicting


def test_painting_is_not_interrupted(desk):
    desk.predictor.gate.clear()
    desk.click(1, 50, 60, wait=False)
    desk.viewer.layers.selection.active = desk.does.labels
    desk.does.labels.mode = "paint"
    desk.predictor.gate.set()
    desk.wait()
    assert desk.active is desk.does.labels
    assert desk.does.labels.mode == "paint"
    assert desk.widget.panel.card.start.isVisibleTo(desk.widget)
    desk.widget.panel.card.start.click()
    assert desk.active is desk.clicks.corrections


def test_other_image(desk):
    desk.click(1, 50, 60)
    first = desk.does.labels
    other = desk.viewer.add_image(np.zeros((60, 70)), name="flat")
    desk.widget.form.image.value = other
    assert desk.does.labels is not first
    desk.click(30, 35)
    assert desk.data[30, 35] == 1
    desk.widget.form.image.value = desk.viewer.layers["cells"]
    assert desk.does.labels is first
    desk.click(1, 50, 90)
    assert desk.data[1, 50, 90] == 2


def test_widget_without_an_image_waits_for_one(bare_desk):
    assert "Open an image" in bare_desk.widget.panel.card._hint.text()
    bare_desk.viewer.add_image(STACK[0], name="late")
    assert len(bare_desk.viewer.layers) == 1
    assert "Press <b>Start</b>" in bare_desk.widget.panel.card._hint.text()
    bare_desk.widget.panel.card.start.click()
    bare_desk.click(50, 60)
    assert bare_desk.data[50, 60] == 1


# Keys and the end


def test_keys_work_on_the_viewer_and_on_the_labels(desk):
    desk.click(1, 50, 60)
    for target in (desk.viewer, desk.does.labels):
        desk.press(target, "Control-Z")
        desk.wait()
        assert not desk.data.any()
        desk.press(target, "Control-Shift-Z")
        desk.wait()
        assert desk.data.any()
    desk.does.labels.data_setitem((np.array([0]), np.array([0]), np.array([0])), 9)
    desk.press(desk.does.labels, "Control-Z")
    assert desk.data[0, 0, 0] == 0
    assert desk.now.clicks == 1
    desk.press(desk.viewer, "N")
    assert desk.now.clicks == 0


@pytest.mark.parametrize("way", ["close", "undock"])
def test_closing_leaves_no_trace(desk, way):
    desk.click(1, 50, 60)
    labels = desk.does.labels
    if way == "close":
        desk.widget.close()
    else:
        desk.viewer.window.remove_dock_widget(desk.widget)
    assert list(desk.viewer.layers) == [desk.viewer.layers["cells"], labels]
    assert desk.viewer.keymap == {}
    assert labels.keymap == {}
    assert labels.data[1, 50, 60] == 1
    desk.viewer.layers.remove("cells")
    desk.viewer.theme = "light"


def test_unused_labels_are_taken_away_on_close(desk):
    desk.widget.close()
    assert [layer.name for layer in desk.viewer.layers] == ["cells"]


# Placement


_QUARTER_TURN = [[1, 0, 0, 4], [0, 0, 1, 0], [0, -1, 0, 2], [0, 0, 0, 1]]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1)])
def test_placed_and_turned_stacks(viewer, make_desk, order):
    viewer.add_image(
        np.zeros((60, 70, 80), dtype=np.float32),
        scale=(3, 0.5, 0.25),
        translate=(10, -20, 5),
        affine=_QUARTER_TURN if order[0] == 0 else None,  # of the plane on screen
    )
    viewer.dims.order = order
    desk = make_desk()
    image, point = desk.does.image, (30, 35, 40)
    for axis, value in enumerate(image.data_to_world(point)):
        viewer.dims.set_point(axis, value)
    desk.click(*point)
    rows, cols = order[1], order[2]
    assert desk.data[point] == 1
    filled = np.argwhere(desk.data)
    assert (filled[:, order[0]] == point[order[0]]).all()
    assert np.ptp(filled[:, rows]) == np.ptp(filled[:, cols]) == 16


@pytest.mark.parametrize(
    ("data", "options", "point"),
    [
        (np.zeros((60, 70, 3), np.uint8), {"rgb": True}, (30, 35)),
        (np.zeros((2, 60, 70, 3), np.uint8), {"rgb": True}, (1, 30, 35)),
        (np.zeros((2, 3, 60, 70), np.uint16), {}, (1, 2, 30, 35)),
        ([np.zeros((2, 60, 70)), np.zeros((2, 30, 35))], {"multiscale": True}, (1, 30, 35)),
    ],
    ids=["rgb", "rgb stack", "time and depth", "multiscale"],
)
def test_kinds_of_image(viewer, predictor, make_desk, data, options, point):
    viewer.add_image(data, **options)
    desk = make_desk()
    for axis, value in enumerate(point[:-2]):
        viewer.dims.set_point(axis, value)
    desk.click(*point)
    assert desk.data[point] == 1
    assert desk.data.shape == desk.does.image.data[0].shape if options.get("multiscale") else True
    assert predictor.images[0].shape[:2] == (60, 70)


def test_lazy_stack_is_never_computed_as_a_whole(viewer, make_desk):
    dask = pytest.importorskip("dask.array")
    read = set()

    class Disk:
        shape, ndim, dtype = (50, 100, 100), 3, np.dtype(np.uint8)

        def __getitem__(self, index):
            read.add(index[0].start)
            return np.zeros((1, 100, 100), np.uint8)

    stack = dask.from_array(Disk(), chunks=(1, 100, 100), asarray=False)
    viewer.add_image(stack, contrast_limits=(0, 1))
    desk = make_desk()
    desk.click(int(viewer.dims.point[0]), 50, 60)
    assert len(read) < 5
