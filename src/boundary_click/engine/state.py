"""What a predictor knows after a click: a frozen value, so that undo is a step back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from torch import Tensor

from boundary_click.core.arrays import inner_point
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import BoolArray, Box, FloatArray, Window
from boundary_click.core.pieces import HasMask


@dataclass(frozen=True, slots=True)
class Patch:
    """A mask where it is not empty: a rectangle of the image.

    Attributes
    ----------
    where : tuple of slice
        Rows and columns of the image.
    probability : ndarray of float32
        Of the shape of ``where``; elsewhere it is 0.
    threshold : float
        Probability from which on pixels belong to the mask.
    """

    where: tuple[slice, slice]
    probability: FloatArray
    threshold: float = 0.5

    @classmethod
    def of(cls, mask: BoolArray) -> Patch:
        """Make a patch of a mask, shape (H, W).

        Raises
        ------
        ValueError
            If it is empty.
        """
        box = Box.of_mask(mask)
        if box is None:
            raise ValueError("mask is empty; give one that holds an object, or click inside one")
        where = box.pixels(mask.shape)
        return cls(where, mask[where].astype(np.float32))

    @classmethod
    def of_piece(cls, piece: HasMask) -> Patch:
        """Make a patch of a mask in a rectangle."""
        return cls(piece.where, piece.mask.astype(np.float32))

    @property
    def mask(self) -> BoolArray:
        """Pixels more probable than the threshold."""
        return self.probability > self.threshold

    @property
    def box(self) -> Box:
        """Tight box of the mask in the image, that of the whole patch if it is empty."""
        rows, cols = self.where
        box = Box.of_mask(self.mask) or Box.of_image(self.probability.shape)
        return box.shifted(rows.start, cols.start)

    @property
    def centre(self) -> Click:
        """A positive click in the middle of the mask.

        Raises
        ------
        ValueError
            If it is empty.
        """
        rows, cols = self.where
        row, col = inner_point(self.mask)
        return Click(row + rows.start, col + cols.start)


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

    def render(self, shape: tuple[int, int], threshold: float = 0.5) -> Patch:
        """Return the mask on the pixels of an ``(H, W)`` image."""
        where, values = self.crop.write(self.logits, shape)
        return Patch(where, sigmoid(values), threshold)

    def cut_at(self, threshold: float) -> MaskState:
        """Return the state whose logits are positive where the probability is above this."""
        if threshold == 0.5:
            return self
        return replace(self, logits=self.logits - np.float32(np.log(threshold / (1 - threshold))))


def sigmoid(logits: FloatArray) -> FloatArray:
    """Return probabilities of logits."""
    probability: FloatArray = (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
    return probability


def as_array(tensor: Tensor) -> FloatArray:
    """Return a (1, C, H, W) tensor as (H, W), or (C, H, W) if there are several channels."""
    array: FloatArray = tensor[0].float().cpu().numpy()
    return array[0] if array.shape[0] == 1 else array
