from __future__ import annotations

import dataclasses

import pytest

from boundary_click.core.clicks import CLICK_KINDS, Click, common_start, of_kind


@pytest.mark.parametrize("kind", CLICK_KINDS)
def test_a_click_is_a_value(kind):
    assert Click(1.5, 2, kind) == Click(1.5, 2, kind)
    assert len({Click(1, 2, kind), Click(1, 2, kind)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        Click(1, 2, kind).row = 3


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_position_must_be_finite(bad):
    with pytest.raises(ValueError, match=r"must be finite, got row=.*click on a pixel"):
        Click(bad, 0)
    with pytest.raises(ValueError, match="must be finite"):
        Click(0, bad)


def test_a_kind_must_be_known():
    with pytest.raises(ValueError, match="one of positive, negative, boundary; got 'edge'"):
        Click(0, 0, "edge")


@pytest.mark.parametrize(
    ("row", "col", "expected"),
    [(-0.5, -0.5, True), (-0.51, 0, False), (9.4, 19.4, True), (9.5, 0, False), (0, 19.5, False)],
)
def test_an_image_ends_half_a_pixel_outside_its_centres(row, col, expected):
    assert Click(row, col).is_in((10, 20)) is expected


def test_of_kind_keeps_the_order():
    clicks = (Click(0, 0), Click(1, 1, "boundary"), Click(2, 2, "negative"), Click(3, 3))
    assert of_kind(clicks, "negative", "positive") == (clicks[0], clicks[2], clicks[3])
    assert of_kind((), "boundary") == ()


@pytest.mark.parametrize("bad", [0, 1, -0.1, float("nan")])
def test_a_threshold_lies_between_0_and_1(bad):
    with pytest.raises(ValueError, match="threshold must lie between 0 and 1"):
        Click(0, 0, threshold=bad)


def test_a_threshold_changes_what_follows_its_click():
    first, second = Click(0, 0), Click(1, 1, "boundary")
    cut = dataclasses.replace(first, threshold=0.3)
    assert common_start((first, second), (first, second)) == 2
    assert common_start((first, second), (first, Click(2, 1, "boundary"))) == 1
    assert common_start((first,), (cut,)) == 1
    assert common_start((first, second), (cut, second)) == 1
    assert common_start((cut, second), (cut, second)) == 2
    assert common_start((Click(5, 5),), (first,)) == 0
