"""What a run of clicks says of a model. Pure functions of IoUs and times.

``ious`` always has the shape (objects, clicks): the IoU of each object after each click.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

CLICK_CAP = 20
"""Most clicks an object gets; one that has not reached the IoU by then counts as this many."""

DROP_TOLERANCE = 0.02
"""A click may cost this much IoU before the object counts as made worse."""

_EPSILON = 1e-9  # a threshold is reached in spite of rounding


@dataclass(frozen=True, slots=True)
class ClicksToReach:
    """Clicks@IoU.

    Attributes
    ----------
    mean : float
        Mean number of clicks; an object that fails counts as the cap.
    failures : int
        Objects that never reach the IoU.
    failure_share : float
    """

    mean: float
    failures: int
    failure_share: float


@dataclass(frozen=True, slots=True)
class Drops:
    """How often and how far a further click made a mask worse.

    Attributes
    ----------
    share : float
        Share of objects whose IoU ever falls by more than `DROP_TOLERANCE` at one click.
    largest : float
        The largest fall at one click, 0 if there is none.
    """

    share: float
    largest: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 95th percentile."""

    median: float
    p95: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Return the spread of values, None if there are none."""
        if not len(values):
            return None
        median, p95 = np.percentile(np.asarray(values, dtype=float), (50, 95))
        return cls(float(median), float(p95))


def clicks_to_reach(ious: ArrayLike, threshold: float) -> NDArray[np.int64]:
    """Return the number of clicks after which each object first has an IoU.

    Parameters
    ----------
    ious : array-like, shape (N, K)
    threshold : float
        In [0, 1].

    Returns
    -------
    ndarray of int, shape (N,)
        From 1 to K; 0 for an object that never gets there.
    """
    reached = _table(ious) >= threshold - _EPSILON
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, 0)


def clicks_at_iou(ious: ArrayLike, threshold: float) -> ClicksToReach:
    """Return clicks@IoU: the mean number of clicks to a fixed IoU.

    Parameters
    ----------
    ious : array-like, shape (N, K)
        K is the cap.
    threshold : float
        In [0, 1].

    Raises
    ------
    ValueError
        If there is no object or no click.

    References
    ----------
    .. [1] S. Majumder et al., "Two-in-One Refinement for Interactive Segmentation",
       BMVC 2020, section 4.

    Examples
    --------
    >>> clicks_at_iou([[0.8, 0.9], [0.5, 0.6]], 0.85)
    ClicksToReach(mean=2.0, failures=1, failure_share=0.5)
    """
    table = _table(ious)
    clicks = clicks_to_reach(table, threshold)
    failures = int(np.count_nonzero(clicks == 0))
    mean = float(np.where(clicks == 0, table.shape[1], clicks).mean())
    return ClicksToReach(mean, failures, failures / len(table))


def iou_at_clicks(ious: ArrayLike) -> NDArray[np.float64]:
    """Return IoU@clicks: the mean IoU after 1, 2, ... K clicks, shape (K,).

    Raises
    ------
    ValueError
        If there is no object or no click.
    """
    curve: NDArray[np.float64] = _table(ious).mean(axis=0)
    return curve


def drops(ious: ArrayLike, tolerance: float = DROP_TOLERANCE) -> Drops:
    """Return how often and how far a further click made a mask worse.

    Raises
    ------
    ValueError
        If there is no object or no click.
    """
    table = _table(ious)
    if table.shape[1] < 2:
        return Drops(0.0, 0.0)
    worst = (table[:, :-1] - table[:, 1:]).max(axis=1)
    share = float(np.mean(worst > tolerance + _EPSILON))
    return Drops(share, max(0.0, float(worst.max())))


def _table(ious: ArrayLike) -> NDArray[np.float64]:
    table = np.asarray(ious, dtype=float)
    if table.ndim != 2 or table.size == 0:
        raise ValueError(
            f"ious must have the shape (objects, clicks), at least one of each, got {table.shape}"
        )
    return table
