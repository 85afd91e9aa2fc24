"""Clicks, the only thing a user says to a model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

ClickKind = Literal["positive", "negative", "boundary"]
"""What a click says: inside the object, outside it, or on its outline."""

CLICK_KINDS: tuple[ClickKind, ...] = get_args(ClickKind)


@dataclass(frozen=True, slots=True)
class Click:
    """One click on an image plane.

    Parameters
    ----------
    row, col : float
        Position in pixels; integers are pixel centres, ``(0, 0)`` is the centre of
        the top-left pixel.
    kind : {"positive", "negative", "boundary"}
        A positive click lies in the object, a negative one outside it, a boundary
        click on the object's outermost pixels.
    threshold : float
        Probability from which on pixels belong to the mask that this click leads to. The next
        click starts from that mask.

    Raises
    ------
    ValueError
        If the position is not finite, the kind is unknown, or the threshold is not between
        0 and 1.
    """

    row: float
    col: float
    kind: ClickKind = "positive"
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if not (math.isfinite(self.row) and math.isfinite(self.col)):
            raise ValueError(
                f"click position must be finite, got row={self.row}, col={self.col}; "
                "click on a pixel of the image"
            )
        if self.kind not in CLICK_KINDS:
            raise ValueError(
                f"click kind must be one of {', '.join(CLICK_KINDS)}; got {self.kind!r}"
            )
        if not 0 < self.threshold < 1:
            raise ValueError(f"threshold must lie between 0 and 1, got {self.threshold}")

    def is_in(self, shape: tuple[int, int]) -> bool:
        """Whether the click falls on a pixel of an image of this ``(H, W)`` shape."""
        height, width = shape
        return -0.5 <= self.row < height - 0.5 and -0.5 <= self.col < width - 0.5


def of_kind(clicks: tuple[Click, ...], *kinds: ClickKind) -> tuple[Click, ...]:
    """Return the clicks of the given kinds, in their order."""
    return tuple(click for click in clicks if click.kind in kinds)


def common_start(first: tuple[Click, ...], second: tuple[Click, ...]) -> int:
    """Return how many predictions two sequences of clicks have in common at their beginning.

    What is predicted of a click depends on its place and kind and on all clicks before it;
    not on its own threshold, which only cuts the mask.
    """
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != replace(other, threshold=one.threshold):
            break
        count += 1
        if one.threshold != other.threshold:
            break
    return count
