from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from boundary_click.core.arrays import iou
from boundary_click.engine.propagation import PropagationRules, propagate
from boundary_click.engine.state import Patch

SHAPE = (120, 140)


def disk(row: float, col: float, radius: float) -> np.ndarray:
    rows, cols = np.indices(SHAPE)
    return np.hypot(rows - row, cols - col) <= radius


def picture(mask: np.ndarray, seed: int = 0) -> np.ndarray:
    """A bright, textured object on a textured ground."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(0, 40, SHAPE), 2)
    return np.clip(60 + 110 * ndimage.gaussian_filter(mask.astype(float), 1) + noise, 0, 255)


def whole(patch: Patch) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[patch.where] = patch.mask
    return mask


class NoModel:
    """Draws nothing that would agree with any mask."""

    def select(self, image, click, *, extent=None):
        raise ValueError("image is constant")


class Threshold:
    """Draws what is bright, as a model would that knows such objects."""

    def select(self, image, click, *, extent=None):
        patch = Patch.of(np.asarray(image[:, :]) > 115)

        class State:
            def render(self, shape):
                return patch

        return State()


@pytest.mark.parametrize("order", [range(12), range(11, -1, -1)])
@pytest.mark.parametrize(("model", "least"), [(NoModel(), 0.4), (Threshold(), 0.85)])
def test_an_object_that_moves_and_grows_is_followed(order, model, least):
    truth = [disk(50 + z, 60 + 1.5 * z, 14 + 0.5 * z) for z in range(12)]
    images = [picture(mask, seed=1) for mask in truth]
    found = list(propagate(images.__getitem__, model, Patch.of(truth[order[0]]), order))
    assert [each.index for each in found] == list(order)[1:]
    for each in found:
        assert iou(whole(each.patch), truth[each.index]) > least
        assert iou(whole(each.patch), truth[each.index]) > iou(truth[order[0]], truth[each.index])


def test_an_object_that_ends_is_not_carried_on_without_a_word():
    truth = [disk(60, 70, max(16 - 3 * z, 0)) if z < 5 else np.zeros(SHAPE, bool) for z in range(9)]
    images = [picture(mask, seed=1) for mask in truth]
    found = list(propagate(images.__getitem__, NoModel(), Patch.of(truth[0]), range(9)))
    assert any(each.doubt for each in found if each.index >= 3)


def carry(before: np.ndarray, after: np.ndarray, **rules):
    images = {0: picture(before), 1: picture(after)}
    (found,) = propagate(
        images.__getitem__, NoModel(), Patch.of(before), (0, 1), rules=PropagationRules(**rules)
    )
    return found


def test_rules_stop_or_doubt():
    first, second = disk(60, 70, 18), disk(60, 70, 16)
    assert carry(first, second).doubt == ""
    assert carry(first, second, doubt_iou=0.99).doubt == "the outline moves far"
    grown = carry(first, second, doubt_growth=1.05)
    assert (grown.doubt, grown.patch is None) == ("the object grows or shrinks much", False)
    stopped = carry(first, second, stop_growth=1.05)
    assert (stopped.doubt, stopped.patch) == ("the object jumps here", None)
    assert carry(first, second, min_area=2000).doubt == "the object ends here"
    assert carry(first, second, doubt_likeness=1.0).doubt == "the image changes much"


def test_planes_far_from_the_first_are_doubtful_in_turn():
    truth = [disk(30 + 2 * z, 60, 14) for z in range(18)]
    images = [picture(mask, seed=1) for mask in truth]
    run = propagate(images.__getitem__, Threshold(), Patch.of(truth[0]), range(18))
    doubts = [each.index for each in run if each.doubt.startswith("far from the last plane")]
    assert len(doubts) >= 2
    assert np.diff(doubts).min() > 1


def test_only_what_is_round_the_object_is_read():
    mask = disk(60, 70, 10)
    read = []

    class Lazy:
        shape, dtype, ndim = SHAPE, np.dtype(np.uint8), 2

        def __getitem__(self, where):
            read.append(where)
            return picture(mask)[where].astype(np.uint8)

    list(propagate(lambda index: Lazy(), NoModel(), Patch.of(mask), range(3)))
    assert all(rows.stop - rows.start < 60 for rows, _ in read)


def test_colour_planes_and_an_object_at_the_edge():
    mask = disk(0, 5, 20)
    image = np.repeat(picture(mask)[..., None], 3, axis=2).astype(np.uint8)
    (found,) = propagate(lambda index: image, NoModel(), Patch.of(mask), (4, 5))
    assert iou(whole(found.patch), mask) > 0.85


def test_planes_without_contrast_keep_the_mask():
    mask = disk(60, 70, 18)
    (found,) = propagate(lambda index: np.zeros(SHAPE, np.uint8), NoModel(), Patch.of(mask), (0, 1))
    assert iou(whole(found.patch), mask) > 0.85
