from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

import boundary_click
from boundary_click.core.arrays import iou
from boundary_click.core.geometry import Box, Window
from boundary_click.engine.propagation import PropagatedPlane, Stopped, compare, propagate
from boundary_click.engine.propagation_rules import Agreement, PropagationRules
from boundary_click.engine.state import MaskState, Patch
from boundary_click.io.library import load_predictor

SIDE = 96
ROWS, COLS = np.mgrid[:SIDE, :SIDE]
TEXTURE = np.random.default_rng(0).uniform(0, 40, (SIDE, SIDE))
STEADY = Agreement(overlap=1, area_ratio=1, shift=0, likeness=1, drift=0)


class Thresholding:
    """A model that takes what is bright for the object, and counts how often it is asked."""

    name, device, click_kinds = "bright", "cpu", ("boundary",)

    def __init__(self) -> None:
        self.asked = 0

    def select(self, image, click, *, extent=None) -> MaskState:
        self.asked += 1
        logits = np.where(image[:] > 120, 5, -5).astype(np.float32)
        return MaskState(Window(Box.of_image(image.shape), SIDE), logits)


class Silent(Thresholding):
    def select(self, image, click, *, extent=None) -> MaskState:
        raise AssertionError("the model must not be asked")


def disk(row: float, col: float, radius: float) -> np.ndarray:
    return np.hypot(ROWS - row, COLS - col) <= radius


def picture(mask: np.ndarray) -> np.ndarray:
    return np.where(mask, 180, 30) + TEXTURE


def moving(index: int) -> np.ndarray:
    """A disk that moves and shrinks from plane to plane."""
    return disk(30 + 1.5 * index, 40 + index, 16 - 0.4 * index)


def followed(masks, start, stop, *, predictor=None, **options):
    predictor = predictor or Thresholding()
    planes = lambda index: picture(masks(index))  # noqa: E731
    first = Patch.of(masks(start))
    return list(propagate(planes, predictor, first, start=start, stop=stop, **options))


def whole(patch: Patch, shape=(SIDE, SIDE)) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[patch.where] = patch.mask
    return mask


@pytest.mark.parametrize(("start", "stop", "step"), [(0, 12, 1), (12, 0, 1), (0, 12, 2), (4, 4, 1)])
def test_a_disk_that_moves_and_shrinks_is_followed(start, stop, step):
    events = followed(moving, start, stop, step=step)
    way = 1 if stop >= start else -1
    assert [event.index for event in events] == list(range(start, stop + way, way * step))[1:]
    for event in events:
        assert isinstance(event, PropagatedPlane)
        assert iou(whole(event.patch), moving(event.index)) > 0.93
        assert event.doubt == ""
        assert event.agreement.seconded > 0.8


def test_motion_alone_follows_and_doubts_more():
    rules = PropagationRules(model_weight=0)
    alone = followed(moving, 0, 10, predictor=Silent(), rules=rules)
    both = followed(moving, 0, 10)
    assert iou(whole(alone[-1].patch), moving(10)) > 0.85
    assert alone[-1].agreement.drift > both[-1].agreement.drift
    assert alone[-1].agreement.seconded == 0


def test_iteration_can_end_at_any_plane():
    predictor = Thresholding()
    events = propagate(
        lambda k: picture(moving(k)), predictor, Patch.of(moving(0)), start=0, stop=9
    )
    next(events)
    next(events)
    assert predictor.asked == 2


def test_only_the_surroundings_are_read():
    class Lazy:
        shape, ndim, dtype = (4000, 4000), 2, np.dtype(np.uint8)

        def __getitem__(self, where):
            rows, cols = (range(4000)[part] for part in where)
            assert len(rows) < 200
            assert len(cols) < 200
            return (np.add.outer(rows, cols) % 251).astype(np.uint8)

    mask = Patch((slice(2000, 2030), slice(3000, 3030)), np.ones((30, 30), np.float32))
    rules = PropagationRules(model_weight=0)
    events = propagate(lambda _: Lazy(), Silent(), mask, start=0, stop=1, rules=rules)
    assert isinstance(next(events), PropagatedPlane)


def test_an_object_that_ends_stops_it():
    def planes(index: int) -> np.ndarray:
        noise = np.random.default_rng(index).uniform(0, 40, (SIDE, SIDE))
        return np.where(moving(index) & (index < 4), 180, 30) + noise

    events = list(propagate(planes, Thresholding(), Patch.of(moving(0)), start=0, stop=12))
    assert events[-1] == Stopped(4, "unlike")
    assert events[-1].text
    assert all(isinstance(event, PropagatedPlane) for event in events[:-1])


def test_an_object_that_ends_on_a_steady_ground_is_doubtful():
    events = followed(lambda k: moving(k) & (k < 4), 0, 4)
    assert [event.reason for event in events] == [None, None, None, "unlike"]


def test_a_plane_without_contrast_stops_it():
    planes = lambda k: picture(moving(k)) if k < 3 else np.zeros((SIDE, SIDE))  # noqa: E731
    events = list(propagate(planes, Thresholding(), Patch.of(moving(0)), start=0, stop=9))
    assert events[-1] == Stopped(3, "unreadable")
    assert "no contrast" in events[-1].text


def test_an_object_that_splits_is_followed_into_its_branches():
    def splitting(index: int) -> np.ndarray:
        return disk(48, 40 - 1.2 * index, 9) | disk(48, 56 + 1.2 * index, 9)

    events = followed(splitting, 0, 8)
    assert iou(whole(events[-1].patch), splitting(8)) > 0.9


def test_a_neighbour_is_not_taken_along():
    other = disk(75, 75, 9)
    events = followed(lambda k: disk(30 + k, 30, 10) | (other & (k > 0)), 0, 5)
    assert not (whole(events[-1].patch) & other).any()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"overlap": 0.4}, "changed"),
        ({"area_ratio": 0.5}, "resized"),
        ({"area_ratio": 2.0}, "resized"),
        ({"shift": 0.5}, "moved"),
        ({"likeness": 0.2}, "unlike"),
        ({"drift": 1.0}, "drifted"),
    ],
)
def test_what_is_doubtful_does_not_stop_it(change, reason):
    rules, agreement = PropagationRules(), replace(STEADY, **change)
    assert rules.doubt.broken_by(STEADY) is None
    assert rules.doubt.broken_by(agreement) == reason
    assert rules.stop.broken_by(agreement) is None


def test_doubt_is_said_in_words():
    doubt = PropagationRules().doubt.model_copy(update={"drift": 1e-6})
    (event,) = followed(moving, 0, 1, rules=PropagationRules(doubt=doubt))
    assert event.reason == "drifted"
    assert "added up" in event.doubt


@given(st.integers(0, 40), st.integers(0, 40), st.integers(3, 20), st.integers(3, 20))
def test_agreement_is_bounded(row, col, first, second):
    before = Patch.of(disk(30, 30, first))
    after = Patch.of(disk(20 + row, 20 + col, second))
    agreement = compare(before, after, likeness=1, drift=0.5)
    assert 0 <= agreement.overlap <= 1
    assert agreement.drift == pytest.approx(1.5 - agreement.overlap)
    assert 0 <= agreement.confidence <= 0.5
    back = compare(after, before, likeness=1, drift=0)
    assert agreement.area_ratio * back.area_ratio == pytest.approx(1)
    assert agreement.overlap == back.overlap


def test_what_cannot_be_followed():
    mask = Patch.of(moving(0))
    with pytest.raises(ValueError, match="step must be 1 or more, got 0"):
        propagate(lambda k: picture(moving(k)), Silent(), mask, start=0, stop=3, step=0)
    empty = replace(mask, probability=np.zeros_like(mask.probability))
    with pytest.raises(ValueError, match="mask is empty"):
        propagate(lambda k: picture(moving(k)), Silent(), empty, start=0, stop=3)
    planes = lambda k: picture(moving(k))[: SIDE - k]  # noqa: E731
    with pytest.raises(ValueError, match="planes of a stack must be of one size"):
        list(propagate(planes, Silent(), mask, start=0, stop=3))


def test_the_bundled_model_follows_a_nucleus():
    """A page of the sample stack that moves: its pages show different fields."""
    assets = Path(boundary_click.__file__).parent / "assets"
    image, labels = (tifffile.imread(assets / f"{n}.tif")[0] for n in ("nuclei", "nuclei_labels"))
    ids, areas = np.unique(labels[60:-60, 60:-60], return_counts=True)
    chosen = ids[1:][np.argmax(areas[1:])]
    moved = lambda array, k: np.roll(array, (2 * k, -k), (0, 1))  # noqa: E731
    events = propagate(
        lambda k: moved(image, k),
        load_predictor("default", device="cpu"),
        Patch.of(labels == chosen),
        start=0,
        stop=6,
    )
    last = list(events)[-1]
    assert last.index == 6
    assert iou(whole(last.patch, labels.shape), moved(labels == chosen, 6)) > 0.8
