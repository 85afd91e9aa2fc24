from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("qtpy.QtCore")

pytestmark = pytest.mark.gui


def test_the_slider_makes_the_mask_larger_and_smaller(desk):
    box = desk.widget.panel.masks
    assert not box.slider.isEnabled()
    desk.click(1, 50, 60)
    assert box.slider.isEnabled()
    middle = desk.data.copy()
    box.slider.setValue(10)
    desk.wait()
    larger = desk.data.copy()
    assert (larger[middle == 1] == 1).all()
    assert larger.sum() > middle.sum()
    box.slider.setValue(-10)
    desk.wait()
    assert desk.data.sum() < middle.sum()
    assert desk.now.clicks == 1
    desk.does.undo()
    np.testing.assert_array_equal(desk.data, middle)
    assert box.slider.value() == 0
    desk.does.redo()
    assert box.slider.value() == -10


def test_the_slider_is_in_the_middle_after_a_click(desk):
    box = desk.widget.panel.masks
    desk.click(1, 50, 60)
    box.slider.setValue(10)
    desk.wait()
    desk.click(1, 50, 66)
    assert box.slider.value() == 0
    desk.does.undo()
    assert box.slider.value() == 10


def test_objects_as_outlines(desk):
    box = desk.widget.panel.masks
    desk.click(1, 50, 60)
    box.outlines.setChecked(True)
    assert desk.does.labels.contour == 1
    desk.click(1, 50, 66)
    assert box.outlines.isChecked()
    box.outlines.setChecked(False)
    assert desk.does.labels.contour == 0


def test_the_box_follows_napari(desk):
    desk.click(1, 50, 60)
    desk.does.labels.contour = 3
    desk.does.accept()
    assert desk.widget.panel.masks.outlines.isChecked()
