"""Write the tables of docs/guidance.md from the reports in docs/benchmarks/.

    boundary-click maps --data DATA/dev/dsb2018 --json docs/benchmarks/maps/dsb2018.json
    boundary-click benchmark guidance CONFIG.toml ... --output docs/benchmarks/guidance
    boundary-click evaluate --model guidance ... --json docs/benchmarks/families/NAME.json
    python scripts/write_guidance.py

Every number comes from a report.
"""

from __future__ import annotations

import sys
from pathlib import Path

from blocks import replace_block
from reports import Report, by_set, caption, reached, table

from boundary_click.cli.benchmark.guidance import VARIANTS
from boundary_click.io.report import read_report

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "benchmarks"
PAGE = ROOT / "docs" / "guidance.md"
DEFAULT = ("dsb2018-boundary", "dsb2018-signed", "usiigaci-boundary", "usiigaci-signed", "speed")
COLUMNS = ("IoU@1", "IoU@3", "IoU@5", "clicks@85", "fail", "clicks@90", "fail", "ever worse")


def main() -> None:
    maps = read("maps")
    replace_block(PAGE, "maps", "\n\n".join([fits(maps), times(maps), caption(maps)]))
    ablations = read("guidance")
    replace_block(PAGE, "variants", variants(ablations))
    two_in_one = [read_report(REPORTS / f"{name}.json") for name in DEFAULT]
    replace_block(PAGE, "families", families([*two_in_one, *read("families")]))


def read(folder: str) -> list[Report]:
    reports = [read_report(path) for path in sorted((REPORTS / folder).glob("*.json"))]
    if not reports:
        sys.exit(f"no report in {REPORTS / folder}; the head of this script says what writes them")
    return reports


def variants(reports: list[Report]) -> str:
    rows = [["set", "objects", "guidance", *COLUMNS]]
    for name, group in by_set(reports):
        for report in sorted(group, key=lambda r: VARIANTS.index(r["variant"])):
            rows.append([name, objects(report), report["variant"], *figures(report)])
    sets = (name for name, _ in by_set(reports))
    plots = [f"![Mean IoU against clicks, {n}](benchmarks/guidance/{n}-maps.png)" for n in sets]
    return "\n\n".join([table(rows), *plots, caption(reports)])


def families(reports: list[Report]) -> str:
    rows = [["set", "objects", "model", "clicks", *COLUMNS]]
    for name, group in by_set([r for r in reports if r["kind"] == "clicks"]):
        for report in group:
            row = (name, objects(report), report["model"]["name"], report["robot"]["style"])
            rows.append([*row, *figures(report)])
    speed = [["model", "ms, first click", "ms, further click", "over ResNet-18"]]
    for report in (r for r in reports if r["kind"] == "speed"):
        first, further = (report["results"][kind]["512"] for kind in ("first", "further"))
        spent = (f"{t['median']:.1f} ({t['p95']:.1f})" for t in (first, further))
        ratio = f"{first['ratio']:.2f}, {further['ratio']:.2f}"
        speed.append([report["model"]["name"], *spent, ratio])
    return "\n\n".join([table(rows), table(speed), caption(reports)])


def figures(report: Report) -> list[str]:
    results = report["results"]
    return [
        *(f"{results['iou'][k]:.3f}" for k in ("1", "3", "5")),
        *reached(report),
        f"{results['drops']['share']:.1%}",
    ]


def objects(report: Report) -> str:
    return str(report["results"]["objects"])


def fits(reports: list[Report]) -> str:
    rows = [["set", "window", "objects", "regions", "number", "IoU", "IoU above 0.7"]]
    for report in reports:
        for name, fit in report["results"]["regions"].items():
            found = f"{fit['count']:.0f}", f"{fit['iou']:.3f}", f"{fit['over70']:.1%}"
            rows.append(
                [report["data"]["name"], str(report["side"]), objects(report), name, *found]
            )
    return table(rows)


def times(reports: list[Report]) -> str:
    names = list(reports[0]["results"]["milliseconds"])
    heads = (f"{r['data']['name']}, {r['side']} px" for r in reports)
    rows = [["median ms (95th percentile)", *heads]]
    for name in names:
        spreads = (r["results"]["milliseconds"][name] for r in reports)
        rows.append([name, *(f"{s['median']:.1f} ({s['p95']:.1f})" for s in spreads)])
    return table(rows)


if __name__ == "__main__":
    main()
