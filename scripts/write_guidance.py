"""Write the tables of docs/guidance.md from the reports in docs/benchmarks/maps/.

    boundary-click maps --data DATA/dev/dsb2018 --json docs/benchmarks/maps/dsb2018.json
    python scripts/write_guidance.py

Every number comes from a report.
"""

from __future__ import annotations

import sys
from pathlib import Path

from blocks import replace_block
from reports import Report, origin, table

from boundary_click.io.report import read_report

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "benchmarks" / "maps"
PAGE = ROOT / "docs" / "guidance.md"


def main() -> None:
    reports = [read_report(path) for path in sorted(REPORTS.glob("*.json"))]
    if not reports:
        sys.exit(f"no report in {REPORTS}; write some with boundary-click maps")
    replace_block(PAGE, "maps", f"{fits(reports)}\n\n{times(reports)}\n\n{caption(reports)}")


def fits(reports: list[Report]) -> str:
    rows = [["set", "objects", "regions", "number", "IoU", "IoU above 0.7"]]
    for report in reports:
        results = report["results"]
        for name, fit in results["regions"].items():
            figures = f"{fit['count']:.0f}", f"{fit['iou']:.3f}", f"{fit['over70']:.1%}"
            rows.append([report["data"]["name"], str(results["objects"]), name, *figures])
    return table(rows)


def times(reports: list[Report]) -> str:
    names = list(reports[0]["results"]["milliseconds"])
    rows = [["median ms (95th percentile)", *(r["data"]["name"] for r in reports)]]
    for name in names:
        spreads = (r["results"]["milliseconds"][name] for r in reports)
        rows.append([name, *(f"{s['median']:.1f} ({s['p95']:.1f})" for s in spreads)])
    return table(rows)


def caption(reports: list[Report]) -> str:
    seeds = ", ".join(sorted({str(r["robot"]["seed"]) for r in reports}))
    return f"*Windows of 256 x 256 pixels; seed {seeds}. {origin(reports)}*"


if __name__ == "__main__":
    main()
