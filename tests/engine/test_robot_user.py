from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from boundary_click.core.arrays import inner_boundary
from boundary_click.core.clicks import Click
from boundary_click.engine.robot_user import RobotUser

SHAPE = (60, 70)
ROWS, COLS = np.ogrid[: SHAPE[0], : SHAPE[1]]
seeds = st.integers(0, 2**32 - 1)


def disk(row: float, col: float, radius: float) -> np.ndarray:
    return (ROWS - row) ** 2 + (COLS - col) ** 2 <= radius**2


RING = disk(30, 35, 20) & ~disk(30, 35, 12)
C_SHAPE = RING & ~((abs(ROWS - 30) < 5) & (COLS > 35))
TRUTH = disk(30, 30, 15)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def blob(seed: int) -> np.ndarray:
    """A random mask of smooth parts."""
    noise = ndimage.gaussian_filter(rng(seed).standard_normal(SHAPE), 4)
    return noise > np.quantile(noise, 0.7)


def at(click: Click, mask: np.ndarray) -> bool:
    return bool(mask[round(click.row), round(click.col)])


def one(user: RobotUser, truth: np.ndarray, mask: np.ndarray, **options) -> Click:
    (click,) = user.correct(truth, mask, rng(), **options)
    return click


class TestSelection:
    def test_the_centre_of_mass_of_a_convex_object(self):
        assert RobotUser().select(disk(21, 33, 10), rng()) == Click(21, 33, "positive")

    @pytest.mark.parametrize("truth", [RING, C_SHAPE])
    def test_the_deepest_point_of_another(self, truth):
        click = RobotUser().select(truth, rng())
        depth = ndimage.distance_transform_edt(truth)
        assert depth[int(click.row), int(click.col)] == depth.max()

    def test_a_single_pixel(self):
        truth = np.zeros(SHAPE, dtype=bool)
        truth[0, 69] = True
        assert RobotUser(jitter=5.0).select(truth, rng()) == Click(0, 69)

    def test_nothing_to_select(self):
        with pytest.raises(ValueError, match="must hold an object, got an empty mask"):
            RobotUser().select(np.zeros(SHAPE, dtype=bool), rng())

    @given(seeds, st.floats(0, 2))
    def test_it_lies_in_the_object_however_the_hand_shakes(self, seed, jitter):
        truth = blob(seed)
        click = RobotUser(jitter=jitter).select(truth, rng(seed))
        assert at(click, truth)
        assert click.kind == "positive"

    def test_jitter_is_relative_to_the_object(self):
        clicks = [RobotUser(jitter=0.1).select(TRUTH, rng(seed)) for seed in range(300)]
        spread = np.std([c.row for c in clicks])
        assert spread == pytest.approx(0.1 * np.sqrt(TRUTH.sum()), rel=0.2)


class TestMissing:
    """A false negative: the true-boundary point farthest from the predicted outline."""

    def test_the_far_end_of_a_piece_cut_off(self):
        click = one(RobotUser(), TRUTH, TRUTH & (COLS < 36))
        assert click == Click(30, 45, "boundary")

    @given(seeds)
    def test_it_is_the_directed_hausdorff_point(self, seed):
        """Against a literal search over all pairs of pixels."""
        angle = rng(seed).uniform(0, 2 * np.pi)
        side = np.cos(angle) * (ROWS - 30) + np.sin(angle) * (COLS - 30)
        mask = TRUTH & (side < 6)
        click = one(RobotUser(), TRUTH, mask)
        error = TRUTH & ~mask
        true_boundary = np.argwhere(inner_boundary(TRUTH) & error)
        predicted = np.argwhere(inner_boundary(mask) & ndimage.binary_dilation(error))
        gaps = np.linalg.norm(true_boundary[:, None] - predicted[None], axis=2).min(axis=1)
        chosen = np.flatnonzero((true_boundary == (click.row, click.col)).all(axis=1))
        assert gaps[chosen] == pytest.approx(gaps.max())

    def test_nothing_predicted(self):
        click = one(RobotUser(), TRUTH, np.zeros(SHAPE, dtype=bool))
        assert at(click, inner_boundary(TRUTH))
        assert np.hypot(click.row - 30, click.col - 30) == pytest.approx(15, abs=0.5)

    def test_a_hole_is_answered_on_the_outline(self):
        click = one(RobotUser(), TRUTH, TRUTH & ~disk(30, 36, 4))
        assert at(click, inner_boundary(TRUTH))


class TestSurplus:
    """A false positive: where the true boundary runs under the surplus."""

    MASK = TRUTH | disk(30, 45, 9)

    def test_farthest_is_in_its_middle(self):
        click = one(RobotUser(fp_rule="farthest"), TRUTH, self.MASK)
        assert click == Click(30, 45, "boundary")

    def test_nearest_is_where_the_outlines_meet(self):
        click = one(RobotUser(fp_rule="nearest"), TRUTH, self.MASK)
        outline = np.argwhere(inner_boundary(self.MASK))
        assert at(click, inner_boundary(TRUTH))
        assert np.linalg.norm(outline - (click.row, click.col), axis=1).min() <= np.sqrt(2)
        assert abs(click.row - 30) > 6

    @pytest.mark.parametrize("fp_rule", ["farthest", "nearest"])
    def test_an_island_is_answered_by_the_nearest_part_of_the_outline(self, fp_rule):
        mask = TRUTH | disk(30, 60, 6)
        assert one(RobotUser(fp_rule=fp_rule), TRUTH, mask) == Click(30, 45, "boundary")


class TestSigned:
    def test_in_the_middle_of_what_is_missing(self):
        click = one(RobotUser(style="signed"), TRUTH, TRUTH & ~disk(28, 33, 5))
        assert click == Click(28, 33, "positive")

    def test_in_the_middle_of_what_is_too_much(self):
        click = one(RobotUser(style="signed"), TRUTH, TRUTH | disk(30, 60, 6))
        assert click == Click(30, 60, "negative")

    @given(seeds, st.floats(0, 1))
    def test_the_sign_is_right_however_the_hand_shakes(self, seed, jitter):
        truth, mask = blob(seed), blob(seed + 1)
        user = RobotUser(style="signed", jitter=jitter)
        for click in user.correct(truth, mask, rng(seed), count=3):
            assert at(click, truth) == (click.kind == "positive")
            assert at(click, mask) != at(click, truth)


class TestAnyCorrection:
    @given(seeds, st.sampled_from(["farthest", "nearest"]), st.integers(1, 4))
    def test_boundary_clicks_lie_on_the_true_inner_boundary(self, seed, fp_rule, count):
        truth, mask = blob(seed), blob(seed + 1)
        clicks = RobotUser(fp_rule=fp_rule).correct(truth, mask, rng(seed), count=count)
        assert 1 <= len(clicks) <= count
        boundary = inner_boundary(truth)
        for click in clicks:
            assert click.kind == "boundary"
            assert boundary[int(click.row), int(click.col)]

    @given(seeds, st.floats(0, 3))
    def test_a_shaky_hand_stays_on_the_image(self, seed, jitter):
        for click in RobotUser(jitter=jitter).correct(blob(seed), blob(seed + 1), rng(seed)):
            assert click.is_in(SHAPE)

    @pytest.mark.parametrize("style", ["boundary", "signed"])
    def test_a_perfect_mask_needs_none(self, style):
        assert RobotUser(style=style).correct(TRUTH, TRUTH, rng(), count=3) == ()

    def test_the_largest_errors_come_first(self):
        mask = (TRUTH & ~disk(30, 15, 6)) | disk(30, 60, 3)
        far, near = RobotUser(style="signed").correct(TRUTH, mask, rng(), count=5)
        assert (far.kind, near.kind) == ("positive", "negative")

    def test_small_errors_are_passed_over_unless_nothing_else_is_wrong(self):
        small, large = disk(30, 60, 2), disk(10, 60, 5)
        user = RobotUser(style="signed", min_share=0.05)
        both = user.correct(TRUTH, TRUTH | small | large, rng(), count=5)
        assert both == (Click(10, 60, "negative"),)
        assert one(user, TRUTH, TRUTH | small) == Click(30, 60, "negative")

    def test_ignored_pixels_are_never_wrong(self):
        island = disk(30, 60, 5)
        mask = (TRUTH & (ROWS < 38)) | island
        valid = ~island
        click = one(RobotUser(style="signed"), TRUTH, mask, valid=valid)
        assert click.kind == "positive"
        assert RobotUser().correct(TRUTH, TRUTH | island, rng(), valid=valid) == ()

    def test_no_object_to_correct(self):
        with pytest.raises(ValueError, match="must hold an object, got an empty mask"):
            RobotUser().correct(np.zeros(SHAPE, dtype=bool), TRUTH, rng())

    @given(seeds, st.sampled_from(["boundary", "signed"]))
    def test_the_seed_decides(self, seed, style):
        user = RobotUser(style=style, jitter=0.1)
        first = user.correct(blob(seed), blob(seed + 1), rng(seed), count=3)
        assert first == user.correct(blob(seed), blob(seed + 1), rng(seed), count=3)

    def test_the_edge_of_the_image_is_no_part_of_the_true_outline(self):
        truth = disk(0, 0, 20)
        click = one(RobotUser(), truth, disk(0, 0, 12))
        assert np.hypot(click.row, click.col) == pytest.approx(20, abs=1)

    def test_a_mask_that_ends_at_the_edge_of_the_image(self):
        """There the image's edge is part of the outline: the mask needs no click beside it."""
        truth = (ROWS < 30) & (COLS > 20) & (COLS < 50)
        click = one(RobotUser(), truth, (ROWS < 30) & (COLS > 20) & (COLS < 62))
        assert click.col == 49
        assert 8 < click.row < 20
