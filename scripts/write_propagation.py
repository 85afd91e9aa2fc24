"""Write the tables of docs/propagation.md from docs/benchmarks/propagation/fibsem.json.

    boundary-click benchmark propagation --image DATA/stacks/fibsem/image.tif \
        --labels DATA/stacks/fibsem/labels.tif --json docs/benchmarks/propagation/fibsem.json
    python scripts/write_propagation.py

Every number comes from the report.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from blocks import replace_block
from reports import caption, table

from boundary_click.io.report import read_report

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "benchmarks" / "propagation" / "fibsem.json"
PAGE = ROOT / "docs" / "propagation.md"


def main() -> None:
    report = read_report(REPORT)
    results = report["results"]
    groups = {"all": results["all"]} | ({"simple": results["simple"]} if results["simple"] else {})
    head = (
        f"{results['bodies']} bodies of {report['data']['bodies']}, drawn at random; "
        f"{results['failures']} failed. {groups['all']['planes']:.0f} planes a body on average."
    )
    parts = [head, methods(groups), listings(groups), stops(groups["all"]), caption([report])]
    replace_block(PAGE, "propagation", "\n\n".join(parts))


def methods(groups: dict[str, Any]) -> str:
    rows = [["masks", *(f"IoU, {name} ({g['bodies']})" for name, g in groups.items())]]
    rows[0] += [f"clicks, {name}" for name in groups]
    for method in groups["all"]["iou"]:
        ious = [f"{group['iou'][method]:.3f}" for group in groups.values()]
        clicks = [group["clicks"].get(method) for group in groups.values()]
        rows.append([method, *ious, *("" if c is None else f"{c:.1f}" for c in clicks)])
    return table(rows)


def listings(groups: dict[str, Any]) -> str:
    rows = [["bodies", "masks", "planes", "listed", "bad", "precision", "recall", "not reached"]]
    for name, group in groups.items():
        for method, passed in group["passes"].items():
            listing = passed["listing"]
            counts = [str(listing[key]) for key in ("planes", "listed", "bad")]
            shares = [share(listing["precision"]), share(listing["recall"])]
            rows.append([name, method, *counts, *shares, share(passed["unreached"])])
    return table(rows)


def stops(group: dict[str, Any]) -> str:
    rows = [["masks", "stops", "of them too early", "ms a plane, median (95th percentile)"]]
    for method, passed in group["passes"].items():
        found = sorted(passed["stops"].items(), key=lambda item: -item[1])
        reasons = ", ".join(f"{reason} {count}" for reason, count in found)
        spent = passed["milliseconds"]
        times = f"{spent['median']:.1f} ({spent['p95']:.1f})"
        rows.append([method, reasons or "none", str(passed["early_stops"]), times])
    looked = sorted(group["reasons"].items(), key=lambda item: -item[1])
    reasons = ", ".join(f"{reason} {count}" for reason, count in looked)
    return f"{table(rows)}\n\nPlanes looked at, {group['looks']:.1f} a body: {reasons}."


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


if __name__ == "__main__":
    main()
