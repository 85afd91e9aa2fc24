"""The whole workflow with a model that takes positive and negative clicks only."""

from __future__ import annotations

import numpy as np
import pytest

from boundary_click.widgets.models import Choice

pytestmark = pytest.mark.gui


@pytest.fixture
def signed(viewer, predictor, make_desk):
    predictor.click_kinds = ("positive", "negative")
    viewer.add_image(np.zeros((3, 100, 120), dtype=np.uint8), name="cells")
    viewer.dims.set_point(0, 1)
    return make_desk()


def shift_click(desk, *point):
    """Click with Shift, as napari tells of it."""

    class Press:
        modifiers = ("Shift",)

    desk.clicks._pressed(desk.active, Press())
    desk.click(*point)


def shown_kinds(desk):
    return list(desk.clicks.corrections.features["kind"])


def test_first_click_selects_and_further_ones_have_the_sign_that_is_chosen(signed):
    assert signed.now.kind == "positive"
    signed.click(1, 50, 60)
    signed.click(1, 50, 70)
    signed.press(signed.viewer, "K")
    signed.click(1, 50, 75)
    signed.press(signed.viewer, "K")
    signed.click(1, 50, 71)
    assert shown_kinds(signed) == ["positive", "negative", "positive"]
    symbols = [str(symbol) for symbol in signed.clicks.corrections.symbol]
    assert symbols == ["cross", "hbar", "cross"]
    assert signed.now.problem is None


def test_shift_places_the_other_sign(signed):
    shift_click(signed, 1, 50, 60)
    assert signed.now.clicks == 1  # the selection click has no other sign
    for _ in range(2):
        shift_click(signed, 1, 50, 70)
        signed.does.next_kind()
    signed.click(1, 50, 72)
    assert shown_kinds(signed) == ["negative", "positive", "positive"]


def test_shift_means_nothing_on_the_outline(desk):
    desk.click(1, 50, 60)
    shift_click(desk, 1, 50, 70)
    assert shown_kinds(desk) == ["boundary"]


def test_nothing_is_said_of_outlines(signed):
    kinds = signed.widget.panel.kinds._buttons
    assert not kinds["boundary"].isVisibleTo(signed.widget)
    assert kinds["positive"].isChecked()
    assert signed.clicks.corrections.name == "correction clicks"
    signed.viewer.layers.selection.active = signed.clicks.corrections
    signed.click(1, 50, 60)
    assert signed.now.problem == "click inside an object first, then where the mask misses it"
    signed.click(1, 50, 60)
    assert "outline" not in signed.widget.panel.card._hint.text()


def test_another_model_brings_its_own_usual_kind(signed):
    signed.click(1, 50, 60)
    signed.does.choose_kind("negative")
    signed.predictor.click_kinds = ("boundary", "positive", "negative")
    signed.does.choose_model(Choice("other"))
    signed.wait()
    signed.does.accept()
    assert signed.now.kind == "boundary"
    assert signed.widget.panel.kinds._buttons["boundary"].isVisibleTo(signed.widget)
    assert signed.clicks.corrections.name == "boundary clicks"
