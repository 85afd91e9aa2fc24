"""The part of ``boundary-click evaluate`` that measures milliseconds."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from boundary_click.cli.console import output, progress_bar

if TYPE_CHECKING:
    from rich.table import Table

    from boundary_click.cli.measuring import Subject

_OBJECTS = 40


def measure(args: argparse.Namespace, subject: Subject) -> dict[str, Any]:
    """Time clicks, print a table, and return a report."""
    from boundary_click.benchmark.latency import THREADS, latency_summary, run_latency
    from boundary_click.io.provenance import provenance

    predictor = subject.predictor
    objects = args.objects or _OBJECTS
    with progress_bar() as bar:
        rounds = list(
            bar.track(
                run_latency(predictor, objects=objects, seed=args.seed),
                total=objects,
                description="Objects",
            )
        )
    figures = latency_summary(rounds)
    output().print(_table(f"{predictor.name}, milliseconds, {THREADS} threads", figures))
    return {
        "model": subject.source,
        "kind": "speed",
        "data": {"name": "coins", "sampled": objects},
        "robot": {"seed": args.seed},
        "threads": THREADS,
        "results": figures,
        **provenance(predictor.device),
    }


def _table(title: str, figures: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table("", "image", "median", "95 %", "over ResNet-18", title=title)
    for name in ("first", "further"):
        for side, times in figures[name].items():
            table.add_row(
                f"{name} click",
                f"{side} x {side}",
                f"{times['median']:.1f}",
                f"{times['p95']:.1f}",
                f"{times['ratio']:.2f}",
            )
    yardstick = figures["yardstick"]
    table.add_row(
        "ResNet-18", "256 x 256", f"{yardstick['median']:.1f}", f"{yardstick['p95']:.1f}", "1"
    )
    return table
