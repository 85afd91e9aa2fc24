import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from boundary_click.io.labelled import LabelledImage
from boundary_click.io.stacks import Stack

ids = st.sampled_from([0, 0, 1, 2, 65535, 70000, 2**31])


@given(arrays(np.uint32, (2, 5, 6), elements=ids))
def test_pieces_make_the_labels(labels):
    labelled = LabelledImage(Stack(labels, "Z"))
    again = np.zeros_like(labels)
    for index in labelled.planes():
        found = [piece.object_id for piece in labelled.pieces(index)]
        assert found == sorted(set(found))
        for piece in labelled.pieces(index):
            assert piece.area == piece.mask.sum()
            assert piece.mask.any(axis=1)[[0, -1]].all()
            assert piece.mask.any(axis=0)[[0, -1]].all()
            again[index][piece.where][piece.mask] = piece.object_id
    assert np.array_equal(again, labels)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (Stack(np.zeros((4, 5))), "labels must be integers, got float64; save each object with"),
        (Stack(np.zeros((4, 5), bool)), "labels must be integers, got bool"),
        (Stack(np.zeros((4, 5, 3), np.uint8)), r"axes YX and no channels, got shape \(4, 5, 3\)"),
    ],
)
def test_what_is_no_labels(labels, message):
    with pytest.raises(ValueError, match=message):
        LabelledImage(labels)


def test_an_image_of_another_size():
    labels, image = Stack(np.zeros((4, 5), int)), Stack(np.zeros((4, 6, 3)))
    message = r"labels of shape \(4, 5\) do not fit an image of shape \(4, 6\); give the image"
    with pytest.raises(ValueError, match=message):
        LabelledImage(labels, image=image)


def test_negative_ids():
    labelled = LabelledImage(Stack(np.full((2, 4, 5), -1), "Z"))
    with pytest.raises(ValueError, match="negative id -1; ids go from 1, and 0 is background"):
        labelled.plane((1,))


def test_a_position_is_named():
    labelled = LabelledImage(Stack(np.zeros((2, 3, 4, 5), int), "TZ"))
    assert labelled.position((1, 2)) == {"t": 1, "z": 2}
    assert len(list(labelled.planes())) == 6
    assert labelled.size == (4, 5)
