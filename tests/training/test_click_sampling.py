from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from boundary_click.core.clicks import Click, of_kind
from boundary_click.training.click_sampling import sample_clicks
from boundary_click.training.config import ClickConfig
from boundary_click.training.samples import Sample

SIDE = 256
PAPER = ClickConfig(first_share=0.0)
STRATEGIES = ("background", "others", "around")


def sample_of(radius: float, *, others: tuple[tuple[int, int, int], ...] = ()) -> Sample:
    """A disk round (128, 128), and other disks."""
    rows, cols = np.ogrid[:SIDE, :SIDE]
    disks = [(rows - r) ** 2 + (cols - c) ** 2 <= s**2 for r, c, s in ((128, 128, radius), *others)]
    shape = (SIDE, SIDE)
    return Sample(
        image=np.zeros((*shape, 3), dtype=np.float32),
        truth=disks[0],
        valid=np.ones(shape, dtype=bool),
        others=np.logical_or.reduce(disks[1:] or [np.zeros(shape, dtype=bool)]),
        click=Click(128, 128),
        distance=np.zeros(shape, dtype=np.float32),
        pixel_size=1.0,
    )


def places(clicks: tuple[Click, ...]) -> np.ndarray:
    return np.array([(click.row, click.col) for click in clicks]).reshape(-1, 2)


def smallest_gap(points: np.ndarray) -> float:
    gaps = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    return float((gaps + np.diag(np.full(len(points), np.inf))).min(initial=np.inf))


@given(
    st.integers(0, 2**32 - 1),
    st.floats(3, 90),
    st.sampled_from(STRATEGIES),
)
def test_clicks_lie_on_their_side(seed, radius, strategy):
    sample = sample_of(radius, others=((20, 20, 12), (230, 200, 15)))
    config = PAPER.model_copy(update={"strategies": (strategy,)})
    clicks = sample_clicks(sample, config, np.random.default_rng(seed))
    assert clicks[0] == sample.click
    for click in clicks:
        is_inside = sample.truth[int(click.row), int(click.col)]
        assert is_inside == (click.kind == "positive")
    assert len({(c.row, c.col) for c in clicks}) == len(clicks)
    assert clicks[1].kind == "negative"  # the scale is estimated from the first two


@given(st.integers(0, 2**32 - 1), st.sampled_from(STRATEGIES))
def test_numbers_margins_and_gaps_are_those_of_the_lists(seed, strategy):
    sample = sample_of(60, others=((20, 20, 16), (235, 30, 16)))
    config = ClickConfig(
        positives=(4,),
        inner_margin=(15,),
        inner_gap=(10,),
        background=(6,),
        others=(3,),
        outer_margin=(20,),
        outer_gap=(12,),
        strategies=(strategy,),
        first_share=0.0,
    )
    clicks = sample_clicks(sample, config, np.random.default_rng(seed))
    positive, negative = of_kind(clicks, "positive"), of_kind(clicks, "negative")
    depth = ndimage.distance_transform_edt(sample.truth)
    away = ndimage.distance_transform_edt(~sample.truth)
    assert len(positive) == 4
    assert all(depth[int(c.row), int(c.col)] >= 15 for c in positive)
    assert smallest_gap(places(positive)) > 10
    if strategy == "others":
        assert all(sample.others[int(c.row), int(c.col)] for c in negative)
        assert 2 <= len(negative) <= 6
    else:
        assert len(negative) == 6
        assert all(away[int(c.row), int(c.col)] >= 19 for c in negative)
        assert smallest_gap(places(negative)) > 12
    if strategy == "around":  # no side is left free
        angles = np.sort(np.arctan2(*(places(negative) - 128).T))
        widest = np.diff(np.append(angles, angles[0] + 2 * np.pi)).max()
        assert widest < 2.4


def test_an_object_too_small_for_the_margins_is_clicked_nevertheless():
    for radius in (2, 4, 8):
        clicks = [
            sample_clicks(sample_of(radius), PAPER, np.random.default_rng(seed))
            for seed in range(10)
        ]
        assert max(len(of_kind(c, "positive")) for c in clicks) > 1


def test_some_samples_have_the_selection_click_alone():
    config = ClickConfig(first_share=0.5)
    counts = [
        len(sample_clicks(sample_of(30), config, np.random.default_rng(seed)))
        for seed in range(100)
    ]
    assert counts.count(1) == pytest.approx(50, abs=15)


def test_nothing_else_in_sight_or_nothing_outside():
    config = PAPER.model_copy(update={"strategies": ("others",)})
    clicks = sample_clicks(sample_of(30), config, np.random.default_rng(0))
    assert of_kind(clicks, "negative")  # then anywhere outside
    clicks = sample_clicks(sample_of(400), config, np.random.default_rng(0))
    assert not of_kind(clicks, "negative")
