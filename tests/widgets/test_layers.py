from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels

from boundary_click.core.clicks import Click
from boundary_click.core.planes import Plane
from boundary_click.widgets.layers import (
    ClickLayers,
    images_among,
    mark_as_ours,
    mismatch,
    new_labels,
    other_sign,
    shape_of,
    was_made_for,
)

PLACED = {
    "scale": (3, 0.5, 0.25),
    "translate": (10, -20, 5),
    "rotate": 30,
    "shear": (0.1, 0, 0),
    "affine": np.array([[1, 0, 0, 4], [0, 0, 1, 0], [0, -1, 0, 2], [0, 0, 0, 1]]),
    "units": ("um", "um", "um"),
    "axis_labels": ("z", "y", "x"),
}
FIRST, SECOND = Click(10, 20), Click(12, 25, "boundary")


@pytest.fixture
def image():
    return Image(np.zeros((4, 30, 40), dtype=np.uint8), name="cells", **PLACED)


class Listener:
    def __init__(self, image):
        self.heard = []
        self.layers = ClickLayers(
            image,
            on_add=lambda role, point, is_shifted: self.heard.append(
                ("add", role, tuple(point), *(["shift"] if is_shifted else []))
            ),
            on_move=lambda index, point: self.heard.append(("move", index, tuple(point))),
            on_remove=lambda indices: self.heard.append(("remove", indices)),
        )


def assert_lies_on(layer, image):
    np.testing.assert_allclose(
        layer._data_to_world.affine_matrix, image._data_to_world.affine_matrix
    )
    assert layer.units == image.units
    assert layer.axis_labels == image.axis_labels


def test_new_labels_lie_on_the_image(image):
    labels = new_labels(image)
    assert_lies_on(labels, image)
    assert labels.data.shape == image.data.shape
    assert was_made_for(labels, image)
    assert mismatch(labels, image) is None


def test_click_layers_lie_on_the_image(image):
    for layer in Listener(image).layers.both:
        assert_lies_on(layer, image)


def test_colours_and_pyramids_are_not_axes_of_labels():
    assert shape_of(Image(np.zeros((5, 30, 40, 3), dtype=np.uint8), rgb=True)) == (5, 30, 40)
    pyramid = [np.zeros((80, 60)), np.zeros((40, 30))]
    assert shape_of(Image(pyramid, multiscale=True)) == (80, 60)


def test_labels_of_another_size_are_refused(image):
    labels = Labels(np.zeros((4, 30, 41), dtype=int), name="other")
    assert mismatch(labels, image) == (
        "labels layer 'other' has shape (4, 30, 41), but image 'cells' needs (4, 30, 40); "
        "choose another one or 'New layer'"
    )


def test_multiscale_labels_are_refused(image):
    pyramid = [np.zeros((4, 30, 40), dtype=int), np.zeros((2, 15, 20), dtype=int)]
    labels = Labels(pyramid, multiscale=True, name="pyramid")
    assert "'pyramid' is multiscale, which napari cannot edit" in mismatch(labels, image)


def test_shown_clicks_are_points_with_features(image):
    listener = Listener(image)
    plane = Plane.through((2, 0, 0), image.data.shape, (1, 2))
    listener.layers.show((FIRST, SECOND), plane, 7)
    np.testing.assert_array_equal(listener.layers.objects.data, [[2, 10, 20]])
    np.testing.assert_array_equal(listener.layers.corrections.data, [[2, 12, 25]])
    features = listener.layers.corrections.features.iloc[0]
    assert (features["object"], features["kind"], features["order"]) == (7, "boundary", 1)
    listener.layers.show((), None, None)
    assert len(listener.layers.objects.data) == len(listener.layers.corrections.data) == 0
    assert listener.heard == []


def test_edits_of_the_user_are_told(image):
    listener = Listener(image)
    plane = Plane.through((2, 0, 0), image.data.shape, (1, 2))
    listener.layers.objects.add((2, 5, 6))
    listener.layers.show((FIRST, SECOND, SECOND), plane, 7)
    corrections = listener.layers.corrections
    corrections.add((2, 8, 9))
    listener.layers.show((FIRST, SECOND, SECOND), plane, 7)
    corrections.data[1] = 2, 14, 30  # as dragging does it
    corrections.events.data(value=corrections.data, action="changed", data_indices=(1,))
    listener.layers.show((FIRST, SECOND, SECOND), plane, 7)
    corrections.remove([0, 1])
    listener.layers.show((FIRST, SECOND), plane, 7)
    listener.layers.objects.remove([0])
    assert listener.heard == [
        ("add", "object", (2, 5, 6)),
        ("add", "correction", (2, 8, 9)),
        ("move", 2, (2, 14, 30)),
        ("remove", (1, 2)),
        ("remove", (0,)),
    ]


def test_released_layers_tell_nothing(image):
    listener = Listener(image)
    listener.layers.release()
    listener.layers.objects.add((2, 5, 6))
    assert listener.heard == []


class Press:
    """A press of the mouse button, as napari tells of it."""

    def __init__(self, *modifiers):
        self.modifiers = modifiers


def test_shift_is_told_once(image):
    listener = Listener(image)
    corrections = listener.layers.corrections
    for modifiers in (["Shift"], []):
        for callback in corrections.mouse_drag_callbacks:
            callback(corrections, Press(*modifiers))
        corrections.add((2, 8, 9))
    corrections.add((2, 8, 9))
    add = ("add", "correction", (2, 8, 9))
    assert listener.heard == [(*add, "shift"), add, add]


def test_clicks_on_a_mask_that_was_there_are_corrections_all(image):
    listener = Listener(image)
    plane = Plane.through((2, 0, 0), image.data.shape, (1, 2))
    listener.layers.show((FIRST, SECOND), plane, 7, mark=Click(5, 6))
    np.testing.assert_array_equal(listener.layers.objects.data, [[2, 5, 6]])
    np.testing.assert_array_equal(listener.layers.corrections.data, [[2, 10, 20], [2, 12, 25]])
    assert list(listener.layers.corrections.features["order"]) == [1, 2]
    listener.layers.corrections.remove([0])
    listener.layers.objects.remove([0])
    assert listener.heard == [("remove", (0,)), ("remove", ())]


def test_signs_are_told_apart_by_colour_and_by_symbol(image):
    layers = Listener(image).layers
    clicks = FIRST, Click(9, 9, "positive"), Click(8, 8, "negative")
    layers.show(clicks, Plane.through((2, 0, 0), image.data.shape, (1, 2)), 7)
    assert [str(symbol) for symbol in layers.corrections.symbol] == ["cross", "hbar"]
    assert len(np.unique(layers.corrections.face_color, axis=0)) == 2


def test_the_layer_of_corrections_has_a_name_that_fits(image):
    layers = Listener(image).layers
    layers.say_kinds(("positive", "negative"))
    assert layers.corrections.name == "correction clicks"
    layers.say_kinds(("boundary", "positive"))
    assert layers.corrections.name == "boundary clicks"
    layers.corrections.name = "mine"
    layers.say_kinds(("positive", "negative"))
    assert layers.corrections.name == "mine"


@pytest.mark.parametrize(
    ("kind", "kinds", "expected"),
    [
        ("positive", ("positive", "negative"), "negative"),
        ("negative", ("positive", "negative"), "positive"),
        ("positive", ("positive",), None),
        ("boundary", ("boundary", "positive", "negative"), None),
    ],
)
def test_other_sign(kind, kinds, expected):
    assert other_sign(kind, kinds) == expected


def test_our_own_pictures_are_no_images_to_click_on(image):
    picture = Image(np.zeros((4, 4)))
    mark_as_ours(picture)
    assert images_among([image, picture, new_labels(image)]) == [image]
