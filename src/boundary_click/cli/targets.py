"""Labelled images of a folder, and the objects of them that are measured."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from boundary_click.benchmark.protocol import (
    MIN_AREA,
    Plane,
    Target,
    find_targets,
    sample_targets,
)
from boundary_click.io.datasets import find_pairs, read_pair


def labelled_planes(folder: Path) -> tuple[Plane, ...]:
    """Return the labelled images of a data set, unread.

    Raises
    ------
    FileNotFoundError
        If the folder is no data set.
    """
    return tuple(Plane(pair.name, partial(read_pair, pair)) for pair in find_pairs(folder))


def draw_targets(
    planes: tuple[Plane, ...], folder: Path, *, count: int | None, seed: int
) -> tuple[Target, ...]:
    """Draw objects, all if no count is given.

    Raises
    ------
    ValueError
        If the labels, those of ``folder``, hold no object.
    """
    targets = sample_targets(find_targets(planes), count, seed)
    if not targets:
        raise ValueError(
            f"the labels of {folder} hold no object of {MIN_AREA} pixels or more; label images "
            "hold one integer an object and 0 for background"
        )
    return targets
