"""Random changes of a training sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional

from boundary_click.core.geometry import FloatArray
from boundary_click.training.config import AugmentationConfig


@dataclass(frozen=True)
class Augmenter:
    """Turns, flips and changes of brightness, colour and sharpness.

    Parameters
    ----------
    config : AugmentationConfig
    """

    config: AugmentationConfig

    def __call__(
        self,
        image: FloatArray,
        masks: FloatArray,
        click: tuple[float, float],
        margin: int,
        rng: np.random.Generator,
    ) -> tuple[FloatArray, FloatArray, tuple[float, float]]:
        """Change a sample and cut its margin off.

        Parameters
        ----------
        image : ndarray of float32, shape (S, S, 3)
            In [0, 1].
        masks : ndarray of float32, shape (K, S, S)
            Turned and flipped with the image; zero outside.
        click : tuple of float
            (row, col), moves along.
        margin : int
            Pixels to cut off on each side after the turn.
        rng : numpy.random.Generator

        Returns
        -------
        tuple
            Image (s, s, 3), masks (K, s, s) and click for ``s = S - 2 * margin``.
        """
        image, masks, click = _turned(image, masks, click, margin, self._angle(rng))
        image, masks, click = _flipped(image, masks, click, rng)
        return self._recoloured(image, rng), masks, click

    def _angle(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(-np.pi, np.pi)) if rng.random() < self.config.rotation else 0.0

    def _recoloured(self, image: FloatArray, rng: np.random.Generator) -> FloatArray:
        config = self.config
        if rng.random() < config.gray:
            image = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2)
        if rng.random() < config.invert:
            image = 1 - image
        image = image ** np.float32(np.exp(rng.normal(0, config.gamma)))
        gain = (1 + rng.uniform(-config.contrast, config.contrast)) * np.ones(3)
        if config.colour:
            gain *= 1 + rng.uniform(-config.colour, config.colour, 3)
        shift = rng.uniform(-config.contrast, config.contrast) / 2
        image = (image - 0.5) * gain.astype(np.float32) + np.float32(0.5 + shift)
        if rng.random() < 0.3:
            sigma = rng.uniform(0, config.blur)
            image = ndimage.gaussian_filter(image, (sigma, sigma, 0))
        if rng.random() < 0.5:
            noise = rng.standard_normal(image.shape, dtype=np.float32)
            image = image + noise * np.float32(rng.uniform(0, config.noise))
        clipped: FloatArray = np.clip(image, 0, 1, dtype=np.float32)
        return clipped


def _turned(
    image: FloatArray, masks: FloatArray, click: tuple[float, float], margin: int, angle: float
) -> tuple[FloatArray, FloatArray, tuple[float, float]]:
    """Rotate round the centre and cut the margin off."""
    size = image.shape[0]
    inner = slice(margin, size - margin)
    if angle == 0.0:
        return image[inner, inner], masks[:, inner, inner], (click[0] - margin, click[1] - margin)
    cos, sin = np.cos(angle), np.sin(angle)
    share = (size - 2 * margin) / size
    # Output (x, y) looks up the input at R (x, y); affine_grid takes x before y.
    matrix = torch.tensor([[[cos, -sin, 0.0], [sin, cos, 0.0]]], dtype=torch.float32) * share
    grid = functional.affine_grid(
        matrix, [1, 1, size - 2 * margin, size - 2 * margin], align_corners=False
    )
    planes = torch.from_numpy(np.concatenate([np.moveaxis(image, 2, 0), masks]))[None]
    turned = functional.grid_sample(planes, grid, align_corners=False)[0].numpy()
    middle = (size - 1) / 2
    row, col = click[0] - middle, click[1] - middle
    col, row = cos * col + sin * row, -sin * col + cos * row
    inner_middle = (size - 2 * margin - 1) / 2
    return np.moveaxis(turned[:3], 0, 2), turned[3:], (row + inner_middle, col + inner_middle)


def _flipped(
    image: FloatArray, masks: FloatArray, click: tuple[float, float], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, tuple[float, float]]:
    """Apply one of the eight symmetries of the square."""
    last = image.shape[0] - 1
    row, col = click
    if rng.random() < 0.5:
        image, masks, (row, col) = image.swapaxes(0, 1), masks.swapaxes(1, 2), (col, row)
    if rng.random() < 0.5:
        image, masks, row = image[::-1], masks[:, ::-1], last - row
    if rng.random() < 0.5:
        image, masks, col = image[:, ::-1], masks[:, :, ::-1], last - col
    return np.ascontiguousarray(image), np.ascontiguousarray(masks), (row, col)
