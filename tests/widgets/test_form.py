from __future__ import annotations

import numpy as np
import pytest
from napari.components import LayerList
from napari.layers import Image, Labels
from qtpy.QtWidgets import QFileDialog

from boundary_click.widgets.form import Form
from boundary_click.widgets.models import Catalogue, Choice

pytestmark = pytest.mark.gui


class FakeModels:
    catalogue = Catalogue(("default", "other"), ("auto", "cpu"))
    choice = Choice()


class FakeSegmenter:
    """Takes every choice, as the real one does."""

    def __init__(self):
        self.models = FakeModels()
        self.image = self.labels = None
        self.told = []

    def choose_image(self, image):
        self.told.append(image)
        self.image = image

    def choose_labels(self, labels):
        self.told.append(labels)
        self.labels = labels

    def choose_model(self, choice):
        self.told.append(choice)
        self.models.choice = choice


@pytest.fixture
def layers():
    return LayerList([Image(np.zeros((9, 9)), name=name) for name in ("first", "second")])


@pytest.fixture
def form(qtbot, layers):
    made = Form(layers, FakeSegmenter())
    qtbot.addWidget(made)
    made._does.image = layers["second"]
    made.refresh()
    return made


def test_showing_what_is_in_use_is_no_choice_of_the_user(form, layers):
    assert form.image.value is layers["second"]
    assert form.labels.current_choice == "New layer"
    assert [form.model.value, form.device.current_choice] == ["default", "Automatic"]
    assert form._does.told == []


def test_layers_that_are_renamed_or_removed_leave_the_choice_as_it_is(form, layers):
    layers["second"].name = "another"
    del layers["first"]
    form.refresh()
    assert form.image.current_choice == "another"
    assert len(form.image.choices) == 1
    assert form._does.told == []


def test_the_user_chooses_layers(form, layers):
    given = Labels(np.zeros((9, 9), int), name="given")
    layers.append(given)
    form.refresh()
    form.image.value = layers["first"]
    form.labels.value = given
    form.labels.native.setCurrentIndex(0)
    assert form._does.told == [layers["first"], given, None]


def test_the_user_chooses_a_model_and_a_device(form):
    form.model.value = "other"
    form.device.value = "cpu"
    assert form._does.told == [Choice("other", "auto"), Choice("other", "cpu")]


@pytest.mark.parametrize(
    ("path", "shown"), [("/models/default.safetensors", "default.safetensors"), ("", "default")]
)
def test_a_model_from_a_file(form, monkeypatch, path, shown):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (path, ""))
    form.model.native.setCurrentIndex(form.model.native.count() - 1)
    assert form.model.current_choice == shown
    assert form._does.models.choice.model == (path or "default")
