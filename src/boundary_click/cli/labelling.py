"""From a stack and clicks to labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from boundary_click.engine.session import Session

if TYPE_CHECKING:
    from boundary_click.engine.predictor import Predictor
    from boundary_click.io.clicks_csv import ClickedObject
    from boundary_click.io.stacks import Stack


@dataclass(frozen=True, slots=True)
class Labelled:
    """An object is in the labels.

    Attributes
    ----------
    clicked : ClickedObject
    pixels : int
        Pixels it got.
    taken : int
        Pixels of its mask that an earlier object has.
    """

    clicked: ClickedObject
    pixels: int
    taken: int


def label_objects(
    labels: np.ndarray, stack: Stack, objects: Iterable[ClickedObject], predictor: Predictor
) -> Iterator[Labelled]:
    r"""Segment objects by their clicks and write their ids into labels.

    Parameters
    ----------
    labels : ndarray of integers, shape (\*planes, H, W)
        Changed in place where it is 0: no object overwrites an earlier one.
    stack : Stack
    objects : iterable of ClickedObject
    predictor : Predictor

    Yields
    ------
    Labelled

    Raises
    ------
    ValueError
        If a plane does not exist or a click cannot be used; the message names its line.
    """
    for clicked in objects:
        mask = _mask(stack, clicked, predictor)
        plane = labels[clicked.plane]
        free = mask & (plane == 0)
        plane[free] = clicked.object_id
        pixels = int(np.count_nonzero(free))
        yield Labelled(clicked, pixels, int(np.count_nonzero(mask)) - pixels)


def _mask(stack: Stack, clicked: ClickedObject, predictor: Predictor) -> np.ndarray:
    lines = clicked.lines or (0,) * len(clicked.clicks)
    line = lines[0]
    try:
        stack.check_plane(clicked.plane)
        session = Session(stack.plane(clicked.plane), predictor)
        for click, line in zip(clicked.clicks, lines, strict=True):  # noqa: B007
            session.add_click(click.row, click.col, click.kind)
    except (ValueError, TypeError) as error:
        place = f"line {line}" if line else f"object {clicked.object_id}"
        raise ValueError(f"clicks, {place}: {error}") from error
    return session.mask
