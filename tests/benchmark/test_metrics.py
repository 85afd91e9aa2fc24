import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from boundary_click.benchmark.metrics import (
    ClicksToReach,
    Drops,
    Spread,
    clicks_at_iou,
    clicks_to_reach,
    drops,
    iou_at_clicks,
)

TABLE = [
    [0.86, 0.90, 0.95, 0.95],  # 85 % after 1 click, 90 % after 2
    [0.50, 0.80, 0.85, 0.84],  # 85 % after 3, never 90 %
    [0.40, 0.30, 0.20, 0.60],  # never
]
IOUS = arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.floats(0, 1))


def test_clicks_to_reach_by_hand():
    assert clicks_to_reach(TABLE, 0.85).tolist() == [1, 3, 0]
    assert clicks_to_reach(TABLE, 0.90).tolist() == [2, 0, 0]


def test_failures_count_as_the_cap():
    assert clicks_at_iou(TABLE, 0.85) == ClicksToReach((1 + 3 + 4) / 3, 1, 1 / 3)
    assert clicks_at_iou(TABLE, 0.90) == ClicksToReach((2 + 4 + 4) / 3, 2, 2 / 3)


def test_rounding_does_not_miss_the_threshold():
    assert clicks_to_reach([[0.1 + 0.2]], 0.3).tolist() == [1]
    assert clicks_to_reach([[0.85 - 1e-12]], 0.85).tolist() == [1]


def test_iou_at_clicks_is_the_mean_over_objects():
    np.testing.assert_allclose(iou_at_clicks(TABLE)[:2], [1.76 / 3, 2.0 / 3])


def test_drops_by_hand():
    # The second object loses 0.01, which is tolerated; the third loses 0.10 twice.
    assert drops(TABLE) == Drops(pytest.approx(1 / 3), pytest.approx(0.1))
    assert drops([[0.9], [0.1]]) == Drops(0.0, 0.0)
    assert drops([[0.50, 0.48]]) == Drops(0.0, pytest.approx(0.02))


def test_spread():
    assert Spread.of([1.0, 2.0, 3.0]) == Spread(2.0, pytest.approx(2.9))
    assert Spread.of([]) is None


@pytest.mark.parametrize("ious", [[], [[]], [0.5, 0.6]])
@pytest.mark.parametrize("metric", [iou_at_clicks, drops, lambda ious: clicks_at_iou(ious, 0.5)])
def test_wrong_shapes_are_named(metric, ious):
    with pytest.raises(ValueError, match=r"ious must have the shape \(objects, clicks\)"):
        metric(ious)


@given(IOUS, st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_higher_iou_never_takes_fewer_clicks(ious, first, second):
    low, high = sorted((first, second))
    easy, hard = clicks_at_iou(ious, low), clicks_at_iou(ious, high)
    assert 1 <= easy.mean <= hard.mean <= ious.shape[1]
    assert easy.failures <= hard.failures <= len(ious)


@given(IOUS)
def test_curve_and_drops_are_consistent(ious):
    curve = iou_at_clicks(ious)
    assert curve.shape == ious.shape[1:]
    assert (curve >= 0).all()
    assert (curve <= 1 + 1e-12).all()
    found = drops(ious)
    assert 0 <= found.share <= 1
    assert 0 <= found.largest <= 1
    assert (found.share > 0) <= (found.largest > 0.02)
    assert drops(np.sort(ious, axis=1)) == Drops(0.0, 0.0)


@given(IOUS, st.randoms())
def test_the_order_of_objects_does_not_matter(ious, random):
    order = list(range(len(ious)))
    random.shuffle(order)
    assert clicks_at_iou(ious, 0.5) == clicks_at_iou(ious[order], 0.5)
    assert drops(ious) == drops(ious[order])
