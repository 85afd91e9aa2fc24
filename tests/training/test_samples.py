from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from boundary_click.core.arrays import IGNORE_LABEL
from boundary_click.core.geometry import Box
from boundary_click.engine.robot_user import RobotUser
from boundary_click.training.augmentation import Augmenter
from boundary_click.training.config import AugmentationConfig, WindowDrawConfig
from boundary_click.training.samples import Sampler, Scene


@dataclass
class OneObject:
    image: np.ndarray
    labels: np.ndarray
    object_id: int = 1
    draws: int = 0

    def draw(self, rng):
        self.draws += 1
        return Scene(
            self.image, self.labels, self.object_id, Box.of_mask(self.labels == self.object_id)
        )


@pytest.fixture
def sampler(architecture, source):
    def sampler(source=source, jitter=0.2, windows=None, **augmentation) -> Sampler:
        return Sampler(
            source,
            architecture,
            windows or WindowDrawConfig(),
            Augmenter(AugmentationConfig(**augmentation)),
            RobotUser(jitter=jitter),
        )

    return sampler


@pytest.mark.parametrize("focus_only", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_a_sample_is_what_the_network_takes(sampler, seed, focus_only):
    sample = sampler().draw(np.random.default_rng(seed), focus_only=focus_only)
    assert sample.image.shape == (64, 64, 3)
    assert sample.image.dtype == np.float32
    assert 0 <= sample.image.min() <= sample.image.max() <= 1
    assert sample.truth.shape == sample.valid.shape == sample.distance.shape == (64, 64)
    assert sample.truth.dtype == sample.valid.dtype == bool
    assert sample.truth.any()
    assert not (sample.truth & ~sample.valid).any()
    assert sample.click.kind == "positive"
    assert sample.click.is_in((64, 64))
    assert 0.1 < sample.pixel_size <= 2
    assert sample.distance.min() == 0


def test_the_click_lies_in_the_object(sampler):
    """But for a pixel's rounding when the object is a few grid pixels large."""
    sampler = sampler()
    hits = [
        sample.truth[round(sample.click.row), round(sample.click.col)]
        for sample in (sampler.draw(np.random.default_rng(seed)) for seed in range(40))
    ]
    assert np.mean(hits) > 0.95


def test_without_jitter_the_click_is_the_centre(sampler, source):
    sampler = sampler(OneObject(source.image, source.labels), jitter=0.0)
    for seed in range(5):
        sample = sampler.draw(np.random.default_rng(seed), focus_only=True)
        middle = np.argwhere(sample.truth).mean(axis=0)
        touches = sample.truth[[0, -1]].any() or sample.truth[:, [0, -1]].any()
        assert touches or (sample.click.row, sample.click.col) == pytest.approx(middle, abs=2)


def test_the_focused_object_fills_a_sensible_part(sampler):
    sampler = sampler()
    shares = [
        sampler.draw(np.random.default_rng(seed), focus_only=True).truth.mean()
        for seed in range(20)
    ]
    assert 0.08 < np.median(shares) < 0.5


@pytest.mark.parametrize("search_share", [0.0, 1.0])
def test_only_a_coarse_window_cuts_the_object_off(sampler, source, search_share):
    """The window keeps its side, centred on the click; a fine one grows with the object."""
    windows = WindowDrawConfig(
        search_share=search_share, search_side=30, search_spread=0, focus_shift=0
    )
    sampler = sampler(OneObject(source.image, source.labels, 2), 0.0, windows, rotation=0)
    for seed in range(4):
        sample = sampler.draw(np.random.default_rng(seed))
        is_cut = sample.truth[[0, -1]].any() or sample.truth[:, [0, -1]].any()
        assert is_cut == (search_share == 1)
        assert (sample.pixel_size == pytest.approx(64 / 30)) == is_cut
    fine = sampler.draw(np.random.default_rng(0), focus_only=True)
    assert fine.pixel_size < 64 / 41


def test_image_and_truth_belong_together(sampler, source):
    sampler = sampler(noise=0, blur=0, gamma=0, contrast=0, invert=0)
    for seed in range(5):
        sample = sampler.draw(np.random.default_rng(seed))
        assert sample.image[sample.truth].mean() > 0.6
        assert sample.image[sample.valid & ~sample.truth].min() < 0.35


def test_ignored_pixels_and_those_beyond_the_image_do_not_count(sampler, source):
    labels = source.labels.copy()
    labels[:, 60:] = IGNORE_LABEL
    sample = sampler(OneObject(source.image, labels), rotation=0).draw(np.random.default_rng(0))
    whole = sampler(OneObject(source.image, source.labels), rotation=0).draw(
        np.random.default_rng(0)
    )
    np.testing.assert_array_equal(sample.truth, whole.truth)
    assert sample.valid.sum() < whole.valid.sum() <= 64 * 64


def test_windows_without_contrast_are_drawn_again(sampler, source):
    class Mixed(OneObject):
        def draw(self, rng):
            scene = super().draw(rng)
            return scene._replace(image=np.zeros_like(scene.image)) if self.draws == 1 else scene

    mixed = Mixed(source.image, source.labels)
    sampler(mixed).draw(np.random.default_rng(0))
    assert mixed.draws == 2


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_channels(sampler, source, channels):
    image = np.stack([source.image] * channels, axis=-1).astype(np.uint16)
    sample = sampler(OneObject(image, source.labels)).draw(np.random.default_rng(0))
    assert sample.image.shape == (64, 64, 3)


def test_the_seed_decides(sampler):
    first, again, other = (sampler().draw(np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.truth, again.truth)
    assert first.click == again.click != other.click
