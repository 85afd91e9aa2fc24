from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from boundary_click.training.augmentation import Augmenter
from boundary_click.training.config import AugmentationConfig

SIZE, MARGIN = 96, 16
INNER = SIZE - 2 * MARGIN
PLAIN = AugmentationConfig(rotation=0, gamma=0, contrast=0, invert=0, noise=0, blur=0, gray=0)


def sample() -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """A colour image and the mask of a small disk at the click."""
    click = 40.25, 53.5
    rows, cols = np.ogrid[:SIZE, :SIZE]
    mask = np.clip(6.5 - np.hypot(rows - click[0], cols - click[1]), 0, 1).astype(np.float32)
    image = np.random.default_rng(1).random((SIZE, SIZE, 3), dtype=np.float32)
    return image, np.stack([mask, np.ones_like(mask)]), click


def augmented(config: AugmentationConfig, seed: int):
    return Augmenter(config)(*sample(), MARGIN, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(16))
@pytest.mark.parametrize("rotation", [0.0, 1.0])
def test_the_click_moves_with_the_object(seed, rotation):
    config = AugmentationConfig(rotation=rotation)
    image, masks, click = augmented(config, seed)
    assert image.shape == (INNER, INNER, 3)
    assert masks.shape == (2, INNER, INNER)
    assert ndimage.center_of_mass(masks[0]) == pytest.approx(click, abs=0.1)
    assert masks[0].sum() == pytest.approx(sample()[1][0].sum(), rel=0.02)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("rotation", [0.0, 1.0])
def test_the_image_moves_with_the_object(seed, rotation):
    """An image that is the mask still is afterwards."""
    _, masks, click = sample()
    image = np.repeat(masks[0][..., None], 3, axis=2)
    config = PLAIN.model_copy(update={"rotation": rotation})
    seen, turned, _ = Augmenter(config)(image, masks, click, MARGIN, np.random.default_rng(seed))
    np.testing.assert_allclose(seen[..., 1], turned[0], atol=1e-5)


def test_all_eight_symmetries_are_drawn():
    image = np.arange(SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE, 1) / SIZE**2
    image = image.repeat(3, axis=2)
    seen = {
        Augmenter(PLAIN)(image, *sample()[1:], MARGIN, np.random.default_rng(seed))[0].tobytes()
        for seed in range(80)
    }
    assert len(seen) == 8


def test_angles_go_all_round():
    config = PLAIN.model_copy(update={"rotation": 1.0})
    middle = (INNER - 1) / 2
    angles = []
    for seed in range(60):
        row, col = augmented(config, seed)[2]
        angles.append(np.arctan2(row - middle, col - middle))
    assert np.histogram(angles, 4, (-np.pi, np.pi))[0].min() >= 6


@pytest.mark.parametrize("seed", range(12))
def test_images_stay_images(seed):
    strong = AugmentationConfig(gamma=1, contrast=1, invert=0.5, noise=0.5, blur=5, gray=0.5)
    image = augmented(strong, seed)[0]
    assert image.dtype == np.float32
    assert 0 <= image.min() <= image.max() <= 1
    assert np.isfinite(image).all()


def test_colour_is_lost_or_turned_on_demand():
    gray = augmented(PLAIN.model_copy(update={"gray": 1.0}), 0)[0]
    np.testing.assert_array_equal(gray[..., 0], gray[..., 2])
    plain, negative = (
        augmented(PLAIN, 0)[0],
        augmented(PLAIN.model_copy(update={"invert": 1}), 0)[0],
    )
    np.testing.assert_allclose(negative, 1 - plain, atol=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_colour_changes_each_channel_by_itself(seed):
    """By a factor round the middle, of at most the given share."""
    image = np.broadcast_to(np.float32(0.75), (SIZE, SIZE, 3))
    config = PLAIN.model_copy(update={"colour": 0.5})
    seen, _, _ = Augmenter(config)(image, *sample()[1:], MARGIN, np.random.default_rng(seed))
    channels = seen[0, 0]
    np.testing.assert_array_equal(seen, np.broadcast_to(channels, seen.shape))
    assert len(set(channels.tolist())) == 3
    assert 0.625 <= channels.min() <= channels.max() <= 0.875


@pytest.mark.parametrize("seed", range(8))
def test_without_colour_a_gray_image_stays_gray(seed):
    """However else it changes, but for noise."""
    image = sample()[0][..., :1].repeat(3, axis=2)
    config = AugmentationConfig(colour=0, noise=0, gray=0)
    seen, _, _ = Augmenter(config)(image, *sample()[1:], MARGIN, np.random.default_rng(seed))
    np.testing.assert_array_equal(seen[..., 0], seen[..., 1])
    np.testing.assert_array_equal(seen[..., 0], seen[..., 2])


def test_the_seed_decides():
    config = AugmentationConfig()
    first, again, other = (augmented(config, seed)[0] for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
