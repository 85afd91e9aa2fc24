"""Write the table of docs/train.md from the reports in docs/benchmarks/fine-tuning/.

    python scripts/measure_fine_tuning.py --target DATA/train/isbi2012 --kept DATA/dev/dsb2018 \\
        --output docs/benchmarks/fine-tuning
    python scripts/write_fine_tuning.py

Every number comes from a report.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np
from blocks import replace_block
from reports import Report, origin, table

from boundary_click.io.report import read_report

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "benchmarks" / "fine-tuning"
PAGE = ROOT / "docs" / "train.md"
METRICS = ("clicks@85", "clicks@90", "iou@1")
ROLES = {"target": "neurites", "kept": "nuclei"}


def main() -> None:
    reports = [read_report(path) for path in sorted(REPORTS.glob("*.json"))]
    reports.sort(key=lambda report: (report["objects"], report["seed"]))
    replace_block(PAGE, "fine-tuning", f"{results(reports)}\n\n*{note(reports)}*")


def results(reports: list[Report]) -> str:
    heads = [f"{role}: {metric}" for role in ROLES.values() for metric in METRICS]
    rows = [["objects", "seeds", "CPU minutes", *heads]]
    for objects, group in groupby(reports, key=lambda report: report["objects"]):
        runs = list(group)
        minutes = np.mean([run["cpu_minutes"] for run in runs])
        cells = [changed(runs, role, metric) for role in ROLES for metric in METRICS]
        rows.append([str(objects), str(len(runs)), f"{minutes:.1f}", *cells])
    return table(rows)


def changed(runs: list[Report], role: str, metric: str) -> str:
    """Mean over the seeds, before and after, and the change of a number of clicks."""
    before, after = (
        float(np.mean([run["results"][role][when][metric] for run in runs]))
        for when in ("before", "after")
    )
    if metric == "iou@1":
        return f"{before:.3f} → {after:.3f}"
    return f"{before:.2f} → {after:.2f} ({after / before - 1:+.0%})"


def note(reports: list[Report]) -> str:
    seeds = sorted({report["seed"] for report in reports})
    tried = {report["data"][role]["sampled"] for report in reports for role in ROLES}
    counts = ", ".join(str(count) for count in sorted(tried))
    return (
        f"Means over the seeds {', '.join(map(str, seeds))}, {counts} objects of each kind; a seed "
        f"draws other images and objects to learn. {origin(reports)}"
    )


if __name__ == "__main__":
    main()
