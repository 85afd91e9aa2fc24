"""The results of a benchmark as plain values, ready for a table and for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from boundary_click.benchmark import metrics
from boundary_click.benchmark.protocol import ObjectResult

THRESHOLDS = (0.80, 0.85, 0.90, 0.95)
"""IoUs to count clicks to."""

CLICK_COUNTS = (1, 2, 3, 5, 10, 20)
"""Clicks to give the mean IoU after."""


def summary(results: Sequence[ObjectResult]) -> dict[str, Any]:
    """Sum up a benchmark.

    Parameters
    ----------
    results : sequence of ObjectResult
        All with the same cap.

    Returns
    -------
    dict
        ``objects``, ``cap``; ``clicks`` by IoU in percent (mean, failures, failure_share);
        ``iou`` by number of clicks; ``curve``, the mean IoU after every click; ``drops``
        (share, largest); ``milliseconds`` of the ``first`` and of a ``further`` click
        (median, p95; None if there was none); ``errors``, the number of objects whose
        session raised.

    Raises
    ------
    ValueError
        If there is no result.
    """
    ious = [result.ious for result in results]
    curve = metrics.iou_at_clicks(ious)
    return {
        "objects": len(results),
        "cap": len(curve),
        "clicks": {
            f"{100 * threshold:.0f}": asdict(metrics.clicks_at_iou(ious, threshold))
            for threshold in THRESHOLDS
        },
        "iou": {str(k): float(curve[k - 1]) for k in CLICK_COUNTS if k <= len(curve)},
        "curve": [round(float(value), 4) for value in curve],
        "drops": asdict(metrics.drops(ious)),
        "milliseconds": {
            "first": _spread([t for r in results for t in r.milliseconds[:1]]),
            "further": _spread([t for r in results for t in r.milliseconds[1:]]),
        },
        "errors": sum(bool(result.error) for result in results),
    }


def details(results: Sequence[ObjectResult]) -> list[dict[str, Any]]:
    """Return one entry an object: where it is, its IoUs, and the error if there was one."""
    return [
        {
            "image": result.image,
            "id": result.object_id,
            "area": result.area,
            "clicks": len(result.clicks),
            "iou": [round(value, 4) for value in result.ious],
            **({"error": result.error} if result.error else {}),
        }
        for result in results
    ]


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    spread = metrics.Spread.of(values)
    return None if spread is None else asdict(spread)
