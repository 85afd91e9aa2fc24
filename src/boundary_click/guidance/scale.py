"""How large the object is, from the first two clicks on it."""

from __future__ import annotations

import math

from boundary_click.core.clicks import Click, of_kind


def object_scale(clicks: tuple[Click, ...]) -> float | None:
    """Estimate the square root of the object's area, in pixels.

    A positive click in the middle and a negative one just outside are a radius apart.

    Parameters
    ----------
    clicks : tuple of Click
        In the order they were made.

    Returns
    -------
    float or None
        ``sqrt(pi)`` times the distance of the first positive and the first negative click;
        None before there are both, or if they coincide.

    References
    ----------
    .. [1] S. Majumder and A. Yao, "Content-Aware Multi-Level Guidance for Interactive Instance
       Segmentation", CVPR 2019, section 3.3.
    """
    positive, negative = of_kind(clicks, "positive"), of_kind(clicks, "negative")
    if not positive or not negative:
        return None
    first, other = positive[0], negative[0]
    apart = math.hypot(first.row - other.row, first.col - other.col)
    return math.sqrt(math.pi) * apart or None
