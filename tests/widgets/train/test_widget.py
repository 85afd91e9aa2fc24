"""The widget in a viewer; one test trains for real."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
from napari.layers import Image
from tests.widgets.train.conftest import QUICK, disks
from tests.widgets.train.test_story import AFTER, BEFORE

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.place import runs_folder
from boundary_click.io.runs.record import Recorder
from boundary_click.io.user_models import user_models
from boundary_click.widgets.train.handing_over import keep_model, open_segmenters

pytestmark = pytest.mark.gui

LONG = {("selection", "steps"): 400, ("validation_interval",): 2}


@pytest.fixture
def open_train(viewer, qtbot):
    from boundary_click.widgets.train.widget import TrainWidget

    made = []

    def open_train():
        widget = TrainWidget(viewer)
        made.append(widget)
        viewer.window.add_dock_widget(widget, name="Train")
        return widget

    yield open_train
    for widget in made:
        widget.release()


@pytest.fixture
def train(viewer, open_train, qtbot, tiny):
    """The widget, with a stack of disks that is looked through, and the tiny model."""
    image, labels = disks()
    viewer.add_image(image, name="disks")
    viewer.add_labels(labels, name="disks objects")
    widget = open_train()
    qtbot.waitUntil(lambda: "tiny" in widget.form.base.choices, timeout=20000)
    widget.form.base.value = "tiny"
    ready(qtbot, widget)
    return widget


def ready(qtbot, widget):
    def is_ready():
        plan = widget.setup.plan
        is_busy = widget.setup.is_checking or widget.data.is_waiting
        return not is_busy and plan is not None and plan.base == widget.form.wanted.base

    qtbot.waitUntil(is_ready, timeout=20000)


def set_fields(widget, fields):
    for path, value in fields.items():
        widget.form.advanced.boxes[path].value = value


def test_open_layers_are_looked_through_at_once(train, qtbot):
    assert (train.form.name.text(), train.form.wanted.preset) == ("disks", "quick")
    assert "<b>18 objects</b> of about 19 px in 3 images" in train.data.found.text()
    assert "<b>12</b> to learn, <b>6</b> held out" in train.data.found.text()
    assert sum(not picture.isHidden() for picture in train.data.pictures.pictures) == 5
    assert train.start.isEnabled()
    assert train.expectation.text().startswith("250 steps, about")


def test_planes_can_be_chosen(train, qtbot, viewer):
    train.data.layers.planes.value = "The one on screen"
    viewer.dims.set_point(0, 2)
    ready(qtbot, train)
    assert "in 1 image." in train.data.found.text()
    assert train.setup.source.chosen[0] == {2}
    assert "(single objects)" in train.data.found.text()
    train.data.layers.planes.value = "Only these:"
    train.data.layers.numbers.setText("0-1")
    train.data.layers.numbers.editingFinished.emit()
    ready(qtbot, train)
    assert "in 2 images." in train.data.found.text()
    train.data.layers.numbers.setText("zero")
    train.data.layers.numbers.editingFinished.emit()
    ready(qtbot, train)
    assert "write them as 0-3, 7" in train.data.problem.text()
    assert not train.start.isEnabled()


def test_bad_data_is_told_and_cannot_be_learned(train, qtbot, viewer):
    viewer.layers["disks objects"].data = (disks()[1] > 0).astype(np.int32)
    train.data.again.click()
    ready(qtbot, train)
    assert "stands for several objects" in train.data.problem.text()
    assert not train.start.isEnabled()
    assert "cannot be learned from" in train.card.state.text()


def test_without_labels_it_says_what_to_do(viewer, open_train, qtbot):
    widget = open_train()
    ready(qtbot, widget)
    assert "Open an image and its labels" in widget.data.problem.text()
    viewer.add_image(np.zeros((20, 30)), name="a")
    ready(qtbot, widget)
    assert "label some objects in Segment" in widget.data.problem.text()
    viewer.add_labels(np.zeros((20, 31), int))
    assert widget.data.layers.labels.choices == ()
    viewer.add_labels(np.zeros((20, 30), int), name="fits")
    ready(qtbot, widget)
    assert widget.data.layers.labels.value.name == "fits"
    assert "No labels on the chosen planes of a" in widget.data.problem.text()


def test_folders_are_looked_through(train, qtbot, tmp_path, source):
    source.write(tmp_path)
    train.data.kinds.button(2).click()
    assert "Add a folder of images and labels" in train.data.problem.text()
    train.data.folders.append(tmp_path / "layers")
    ready(qtbot, train)
    assert "<b>18 objects</b> of about 19 px in 3 images" in train.data.found.text()
    qtbot.waitUntil(lambda: train.form.name.text() == "layers", timeout=10000)
    (next((tmp_path / "layers" / "labels").iterdir())).unlink()
    train.data.again.click()
    ready(qtbot, train)
    assert "have no file in labels/" in train.data.problem.text()
    train.data.folders.remove.click()
    ready(qtbot, train)
    assert train.setup.source is None


def test_a_name_that_is_taken_is_refused(train, qtbot):
    (runs_folder() / "mine").mkdir(parents=True)
    train.form.name.setText("mine")
    train.start.click()
    qtbot.waitUntil(lambda: bool(train.setup.refusal), timeout=20000)
    assert "There is a run 'mine' already" in train.card.problem.text()
    assert list((runs_folder() / "mine").iterdir()) == []


def test_fields_that_do_not_fit_are_told_before_the_start(train):
    train.form.advanced.boxes[("keep_head",)].value = False
    assert "keep_base averages with a model" in train.expectation.text()


def test_a_model_that_got_worse_is_shown_with_a_warning(open_train, qtbot):
    folder = RunFolder(runs_folder() / "worse")
    folder.path.mkdir(parents=True)
    folder.config.write_text('{"data": [{"path": "d"}]}')
    Recorder(folder, "worse").note(state="finished", before=AFTER, best=BEFORE)
    widget = open_train()
    qtbot.waitUntil(lambda: bool(widget.runs.story.after), timeout=20000)
    cells = widget.run.results.cells
    assert [cells[1, column].text() for column in range(4)] == [
        *("Clicks to 85 % IoU", "4.00", "6.00", "\N{BALLOT X}")
    ]
    assert "keep that one, label more" in widget.run.card.problem.text()
    assert not widget.run.use.isEnabled()  # there is no file


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_follows_the_theme(viewer, open_train, theme):
    viewer.theme = "dark" if theme == "light" else "light"
    widget = open_train()
    before = widget.styleSheet()
    viewer.theme = theme
    assert widget.styleSheet() != before
    face = widget.run.curves._figure.get_facecolor()
    assert (sum(face[:3]) > 1.5) == (theme == "light")


def test_it_lets_go_of_the_viewer(viewer, open_train, qtbot):
    def connections():
        events = viewer.layers.events
        emitters = (events.inserted, events.removed, viewer.dims.events.current_step)
        return [len(each.callbacks) for each in (*emitters, viewer.events.theme)]

    before = connections()
    widget = open_train()
    assert connections() != before
    viewer.window.remove_dock_widget(widget)
    assert connections() == before
    widget.release()  # once more does no harm
    viewer.add_image(np.zeros((5, 5)))


def test_a_model_is_kept_once(tiny, tmp_path, architecture, build):
    assert keep_model(tiny, "mine") == "mine"
    assert keep_model(tiny, "mine") == "mine"
    other = tmp_path / "other.safetensors"
    from boundary_click.io.checkpoint import ModelCard, save_model

    save_model(other, build(architecture), ModelCard(name="x", architecture=architecture))
    assert keep_model(other, "mine") == "mine 2"
    assert set(user_models()) == {"tiny", "mine", "mine 2"}


@pytest.mark.slow
def test_from_layers_to_a_model_in_segment(train, qtbot, viewer, make_desk):
    """Train for real: see it go, pause, stop, compare, and segment with the result."""
    desk = make_desk()
    set_fields(train, QUICK | LONG)
    train.start.click()
    run, runs = train.run, train.runs
    qtbot.waitUntil(lambda: runs.story.step >= 3, timeout=120000)
    assert run.pause.isEnabled()
    assert "left" in run.progress.format()
    assert run.curves.drawings > 0
    run.pause.click()
    qtbot.waitUntil(lambda: runs.story.state == "paused", timeout=60000)
    assert run.pause.text() == "Go on"
    run.pause.click()
    at = runs.story.step
    qtbot.waitUntil(lambda: runs.story.step > at and len(runs.story.trials) > 2, timeout=60000)
    run.stop.click()
    qtbot.waitUntil(lambda: not runs.story.is_going, timeout=60000)
    assert runs.story.state == "stopped"
    qtbot.waitUntil(run.use.isEnabled, timeout=20000)
    assert run.results.cells[1, 1].text() == f"{runs.story.before['clicks@85']:.2f}"
    assert run.results.cells[1, 2].text() == f"{runs.story.after['clicks@85']:.2f}"
    assert run.before.pictures
    assert run.now.pictures
    run.use.click()
    qtbot.waitUntil(lambda: desk.does.models.choice.model == "disks", timeout=60000)
    assert open_segmenters(viewer) == (desk.widget,)
    assert "disks" in user_models()
    assert isinstance(desk.does.image, Image)


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on(train, qtbot):
    set_fields(train, QUICK | LONG)
    train.start.click()
    runs = train.runs
    qtbot.waitUntil(lambda: runs.story.step >= 3, timeout=120000)
    (process,) = runs._processes.values()
    os.kill(process.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: runs.story.state == "failed", timeout=20000)
    assert "ended from outside" in train.run.card.problem.text()
    reached = runs.story.step
    qtbot.waitUntil(train.run.resume.isEnabled, timeout=20000)
    train.run.resume.click()
    qtbot.waitUntil(lambda: runs.story.step > reached, timeout=120000)
    places = [place for place, _ in runs.story.losses]
    assert places == list(range(1, len(places) + 1))
    train.run.leave.click()
    qtbot.waitUntil(lambda: runs.story.state == "stopped", timeout=60000)
    assert runs.summary is not None


@pytest.mark.slow
def test_a_detached_run_is_found_again(train, qtbot, open_train):
    set_fields(train, QUICK | LONG)
    train.form.keeps_on.setChecked(True)
    train.start.click()
    qtbot.waitUntil(lambda: train.runs.story.step >= 2, timeout=120000)
    train.release()
    other = open_train()
    qtbot.waitUntil(lambda: other.runs.story.step >= 4, timeout=60000)
    assert other.runs.story.state == "running"
    other.run.stop.click()
    qtbot.waitUntil(lambda: not other.runs.story.is_going, timeout=60000)
    qtbot.waitUntil(other.run.use.isEnabled, timeout=20000)
    assert other.runs.summary.state == "stopped"
