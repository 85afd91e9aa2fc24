"""What a predictor knows after a click: a frozen value, so that undo is a step back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from boundary_click.core.geometry import BoolArray, FloatArray, Window


@dataclass(frozen=True, slots=True)
class Patch:
    """A mask where it is not empty: a rectangle of the image.

    Attributes
    ----------
    where : tuple of slice
        Rows and columns of the image.
    probability : ndarray of float32
        Of the shape of ``where``; elsewhere it is 0.
    """

    where: tuple[slice, slice]
    probability: FloatArray

    @property
    def mask(self) -> BoolArray:
        """Pixels more probable than 1/2."""
        return self.probability > 0.5


@dataclass(frozen=True, slots=True)
class MaskState:
    """The mask of one object on the grid of its crop.

    Attributes
    ----------
    crop : Window
        Where the grid lies in the image.
    logits : ndarray of float32, shape (R, R)
        Positive inside the object.
    context : object
        What the predictor keeps for the next click, such as features; opaque.
    """

    crop: Window
    logits: FloatArray
    context: object = field(repr=False, compare=False, default=None)

    def render(self, shape: tuple[int, int]) -> Patch:
        """Return the mask on the pixels of an ``(H, W)`` image."""
        where, values = self.crop.write(self.logits, shape)
        return Patch(where, sigmoid(values))


def sigmoid(logits: FloatArray) -> FloatArray:
    """Return probabilities of logits."""
    probability: FloatArray = (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
    return probability
