"""The results of the propagation benchmark as plain values, ready for a table and for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from boundary_click.benchmark.bodies import Body
from boundary_click.benchmark.metrics import Spread
from boundary_click.benchmark.propagation import BodyResult, Failure
from boundary_click.benchmark.stack_user import (
    CLICKS_A_BODY,
    CLICKS_A_LOOK,
    EVERY,
    GOAL,
    PART_CAP,
    Pass,
)

SIMPLE = 0.9
"""A body hangs together from plane to plane if its parts that can be reached from the middle plane
have this IoU with it."""
BAD = 0.7
"""A plane of a smaller IoU should be listed as doubtful."""


def propagation_summary(results: Sequence[BodyResult | Failure]) -> dict[str, Any]:
    """Sum up the benchmark of propagation.

    Returns
    -------
    dict
        ``bodies``, ``failures``, ``settings``; ``all`` and ``simple``, see `_figures`: of all
        bodies, and of those that hang together from plane to plane by `SIMPLE`, None if no body
        does.

    Raises
    ------
    ValueError
        If no body was segmented.
    """
    done = [result for result in results if isinstance(result, BodyResult)]
    if not done:
        raise ValueError("no body was segmented")
    simple = [result for result in done if _ious(result)["reachable"] >= SIMPLE]
    return {
        "bodies": len(results),
        "failures": len(results) - len(done),
        "settings": {
            "goal": GOAL,
            "bad": BAD,
            "simple": SIMPLE,
            "clicks_a_look": CLICKS_A_LOOK,
            "clicks_a_body": CLICKS_A_BODY,
            "part_cap": PART_CAP,
            "every": EVERY,
        },
        "all": _figures(done),
        "simple": _figures(simple) if simple else None,
    }


def _figures(done: Sequence[BodyResult]) -> dict[str, Any]:
    """Sum up bodies.

    Returns
    -------
    dict
        ``bodies``; ``planes`` of one, the mean; ``iou``, the mean in three dimensions by method;
        ``clicks`` and ``looks`` a body; ``passes`` by name: how well doubtful planes are told
        (``listing``), planes that hold the body and were not reached (``unreached``),
        ``stops`` by reason and those where the body goes on (``early_stops``), ``milliseconds``
        a plane (median, p95); ``reasons`` that planes were looked at for.
    """
    ious = [_ious(result) for result in done]
    clicks = [_clicks(result) for result in done]
    return {
        "bodies": len(done),
        "planes": _mean(len(result.body.planes) for result in done),
        "iou": {name: _mean(values[name] for values in ious) for name in ious[0]},
        "clicks": {name: _mean(values[name] for values in clicks) for name in clicks[0]},
        "looks": _mean(result.corrected.looks for result in done),
        "passes": {
            name: _pass_summary([(result.body, result.passes[name]) for result in done])
            for name in done[0].passes
        },
        "reasons": dict(Counter(r for result in done for r in result.corrected.reasons)),
    }


def propagation_details(results: Sequence[BodyResult | Failure]) -> list[dict[str, Any]]:
    """Return one entry a body: its planes, its IoUs and clicks by method, or the error."""
    entries: list[dict[str, Any]] = []
    for result in results:
        entry: dict[str, Any] = {"id": result.body.object_id}
        if isinstance(result, Failure):
            entries.append(entry | {"error": result.error})
            continue
        rounded = {name: round(value, 4) for name, value in _ious(result).items()}
        entries.append(
            entry
            | {"planes": len(result.body.planes), "iou": rounded}
            | {"clicks": _clicks(result), "looks": result.corrected.looks}
        )
    return entries


def _ious(result: BodyResult) -> dict[str, float]:
    """Return the IoU in three dimensions by method."""
    body, each = result.body, result.plane_by_plane
    return {
        **{f"copy, {name}": body.iou(masks) for name, masks in result.copies.items()},
        **{name: body.iou(carried.masks) for name, carried in result.passes.items()},
        "corrected": body.iou(result.corrected.masks),
        "plane by plane": body.iou(each.masks, each.indices),
        "reachable": body.iou(body.traced()),
    }


def _clicks(result: BodyResult) -> dict[str, float]:
    """Return the clicks by method; plane by plane, those of the planes not measured are guessed."""
    a_plane = float(np.mean(result.plane_by_plane.clicks))
    return {
        "start corrected": result.start_clicks,
        "corrected": result.corrected.clicks,
        "plane by plane": round(a_plane * len(result.body.planes), 1),
    }


def _pass_summary(passes: Sequence[tuple[Body, Pass]]) -> dict[str, Any]:
    unreached = [
        sum(index not in carried.masks for index in body.planes) for body, carried in passes
    ]
    stops = [(body, stop) for body, carried in passes for stop in carried.stops]
    spread = Spread.of([spent for _, carried in passes for spent in carried.milliseconds])
    return {
        "listing": _listing(passes),
        "unreached": sum(unreached) / sum(len(body.planes) for body, _ in passes),
        "stops": dict(Counter(stop.reason for _, stop in stops)),
        "early_stops": sum(bool(body.on(stop.index).any()) for body, stop in stops),
        "milliseconds": None if spread is None else asdict(spread),
    }


def _listing(passes: Sequence[tuple[Body, Pass]]) -> dict[str, Any]:
    """Return how well the planes listed as doubtful are those that are bad."""
    planes = [
        (event.reason is not None, body.plane_iou(carried.masks, index) < BAD)
        for body, carried in passes
        for index, event in carried.events.items()
    ]
    listed, bad = (sum(flags) for flags in zip(*planes, strict=True)) if planes else (0, 0)
    both = sum(is_listed and is_bad for is_listed, is_bad in planes)
    return {
        "planes": len(planes),
        "listed": listed,
        "bad": bad,
        "precision": both / listed if listed else None,
        "recall": both / bad if bad else None,
    }


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
