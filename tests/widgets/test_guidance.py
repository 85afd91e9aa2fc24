"""What a model of the guidance family is told is shown, and can be changed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from napari.layers import Image

from boundary_click.core.geometry import Box, Window
from boundary_click.core.planes import Plane
from boundary_click.widgets.guidance_layers import GuidanceLayers
from boundary_click.widgets.guiding import GuidanceSettings, Sight
from boundary_click.widgets.models import Choice

pytestmark = pytest.mark.gui

IMAGE = np.random.default_rng(0).integers(0, 255, (3, 100, 120)).astype(np.uint8)
PICTURES = [
    "superpixel positive",
    "superpixel negative",
    "object map",
    "previous mask",
    "superpixel borders",
    "probability",
]


@pytest.fixture
def desk(viewer, make_desk, guided):
    viewer.add_image(IMAGE, name="cells", scale=(2, 0.5, 0.5), translate=(0, 10, 20))
    viewer.dims.set_point(0, 2)  # plane 1
    return make_desk(guided)


def pictures(desk):
    return [layer for layer in desk.viewer.layers if layer.name in PICTURES]


def picture(desk, name):
    return desk.viewer.layers[name].data


def value(desk, name, *point):
    """Return the value of a picture at a pixel of the image."""
    layer = desk.viewer.layers[name]
    place = layer.world_to_data(desk.does.image.data_to_world(point))
    return layer.data[tuple(np.round(place).astype(int))]


def test_maps_follow_the_clicks(desk):
    desk.widget.panel.guidance.maps.click()
    assert pictures(desk) == []
    desk.click(1, 50, 60)
    assert [layer.name for layer in pictures(desk)] == PICTURES
    assert desk.active is desk.clicks.corrections
    assert desk.viewer.layers.index(desk.clicks.objects) > desk.viewer.layers.index("probability")
    assert value(desk, "superpixel positive", 1, 50, 60) == 1
    assert value(desk, "probability", 1, 50, 60) > 0.5
    assert not picture(desk, "superpixel negative").any()
    assert set(np.unique(picture(desk, "superpixel borders"))) == {0, 1}
    desk.does.choose_kind("negative")
    desk.click(1, 55, 64)
    assert value(desk, "superpixel negative", 1, 55, 64) == 1
    assert value(desk, "probability", 1, 55, 64) < 0.5
    desk.does.undo()
    desk.wait()
    assert not picture(desk, "superpixel negative").any()
    desk.does.accept()
    assert not any(layer.data.any() for layer in pictures(desk))
    desk.click(1, 20, 20)
    assert value(desk, "superpixel positive", 1, 20, 20) == 1


def test_maps_are_taken_away(desk):
    box = desk.widget.panel.guidance
    desk.click(1, 50, 60)
    before = list(desk.viewer.layers)
    box.maps.click()
    desk.wait()
    assert len(pictures(desk)) == len(PICTURES)
    box.maps.click()
    assert list(desk.viewer.layers) == before
    box.maps.click()
    desk.wait()
    assert len(pictures(desk)) == len(PICTURES)
    desk.widget.close()
    assert pictures(desk) == []


def test_maps_go_with_the_image(desk):
    desk.widget.panel.guidance.maps.click()
    desk.click(1, 50, 60)
    desk.viewer.layers.remove("cells")
    desk.qtbot.waitUntil(lambda: pictures(desk) == [])


def test_a_map_that_the_user_removes_stays_away(desk):
    desk.widget.panel.guidance.maps.click()
    desk.click(1, 50, 60)
    desk.viewer.layers.remove("object map")
    assert desk.now.problem is None
    desk.click(1, 52, 62)
    assert [layer.name for layer in pictures(desk)] == [n for n in PICTURES if n != "object map"]


def test_maps_are_no_images_to_click_on(desk):
    desk.widget.panel.guidance.maps.click()
    desk.click(1, 50, 60)
    assert len(desk.widget.form.image.choices) == 1


def test_an_opened_object_shows_its_mask_as_the_one_before(desk):
    desk.click(1, 50, 60)
    desk.does.accept()
    desk.widget.panel.guidance.maps.click()
    desk.press(desk.viewer, "W")
    desk.click(1, 50, 60)
    assert value(desk, "previous mask", 1, 50, 60) == 1


def test_other_settings_predict_the_object_again_and_serve_further_ones(desk, guided):
    desk.widget.panel.guidance.maps.click()
    desk.click(1, 50, 60)
    desk.click(1, 54, 64)
    before, drawn = picture(desk, "superpixel borders").sum(), desk.data.copy()
    desk.widget.panel.guidance.count.setValue(10)
    desk.qtbot.waitUntil(lambda: not desk.now.is_guidance_own)
    desk.wait()
    assert desk.now.settings == GuidanceSettings(320, None)
    assert desk.now.clicks == 2
    assert desk.now.problem is None
    assert picture(desk, "superpixel borders").sum() > 1.3 * before
    desk.does.undo()
    desk.wait()
    np.testing.assert_array_equal(desk.data, drawn)
    assert desk.now.clicks == 2
    desk.does.accept()
    desk.click(1, 20, 20)
    assert picture(desk, "superpixel borders").sum() > 1.3 * before
    desk.widget.panel.guidance.own.click()
    desk.wait()
    assert desk.now.settings == GuidanceSettings(60, None)
    assert picture(desk, "superpixel borders").sum() < 1.2 * before
    assert guided.guidance.superpixel_count == 60


def test_of_settings_in_a_row_only_the_last_is_predicted_and_written(desk, guided, monkeypatch):
    desk.click(1, 50, 60)
    made = []
    with_guidance = type(guided).with_guidance

    def counted(model, **changes):
        made.append(changes["superpixel_count"])
        return with_guidance(model, **changes)

    monkeypatch.setattr(type(guided), "with_guidance", counted)
    for count in (100, 200, 300):
        desk.does.guide(GuidanceSettings(count, 2.0))
    desk.wait()
    assert desk.now.settings == GuidanceSettings(300, 2.0)
    assert made[-1] == 300
    assert made.count(300) == 1


def test_settings_apply_to_an_opened_object_without_clicks(desk):
    desk.click(1, 50, 60)
    desk.does.accept()
    before = desk.data.copy()
    desk.press(desk.viewer, "W")
    desk.click(1, 50, 60)
    desk.does.guide(GuidanceSettings(300, 2.0))
    desk.wait()
    assert desk.now.problem is None
    np.testing.assert_array_equal(desk.data, before)


def test_the_widget_needs_no_more_height_unfolded(desk):
    height = desk.widget.minimumSizeHint().height()
    desk.widget.panel.guidance.header.click()
    desk.click(1, -5, 60)
    assert desk.now.problem
    assert desk.widget.minimumSizeHint().height() == height < 600


def test_other_models_have_no_section(viewer, make_desk):
    viewer.add_image(IMAGE)
    desk = make_desk()
    assert not desk.widget.panel.guidance.isVisibleTo(desk.widget)
    desk.click(1, 50, 60)
    desk.does.show_guidance(True)
    desk.wait()
    assert pictures(desk) == []


def test_maps_go_with_the_model(desk, predictor):
    desk.widget.panel.guidance.maps.click()
    desk.click(1, 50, 60)
    desk.predictor = predictor
    desk.does.choose_model(Choice("default of another family"))
    desk.wait()
    assert pictures(desk) == []
    assert not desk.now.is_guidance_shown
    assert not desk.widget.panel.guidance.isVisibleTo(desk.widget)


_TURN = [[1, 0, 0, 4], [0, 0, 1, 0], [0, -1, 0, 2], [0, 0, 0, 1]]
PLACED = {
    "scale": (3, 0.5, 0.25),
    "translate": (10, -20, 5),
    "rotate": 30,
    "shear": (0.1, 0, 0),
    "affine": np.array(_TURN),
    "units": ("um", "um", "um"),
    "axis_labels": ("z", "y", "x"),
}


@pytest.mark.parametrize("displayed", [(1, 2), (2, 1), (0, 2), (2, 0)])
def test_pictures_lie_where_the_window_does(displayed):
    image = Image(np.zeros((30, 40, 50), dtype=np.uint8), **PLACED)
    plane = Plane.through((3, 4, 5), image.data.shape, displayed)
    window = Window(Box(2, 4, 14, 20), 32)
    picture = np.zeros((32, 32), dtype=np.float32)
    picture[8, 20] = 1
    viewer = SimpleNamespace(layers=_Layers())
    GuidanceLayers(viewer, image).show(Sight(window, {"probability": picture}), plane)
    (layer,) = viewer.layers
    pixel = np.argwhere(layer.data)[0]
    expected = image.data_to_world(plane.point(*window.inverse(8, 20)))
    np.testing.assert_allclose(layer.data_to_world(pixel), expected)
    assert layer.units == image.units
    assert layer.axis_labels == image.axis_labels


class _Layers(list):
    selection = SimpleNamespace(active=None)
