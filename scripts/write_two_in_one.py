"""Write the tables of docs/two-in-one.md from the reports in docs/benchmarks/two-in-one/.

    boundary-click benchmark two-in-one CONFIG.toml ... --output docs/benchmarks/two-in-one
    python scripts/write_two_in_one.py

Every number comes from a report.
"""

from __future__ import annotations

import sys
from pathlib import Path

from blocks import replace_block
from reports import Report, by_set, caption, reached, table

from boundary_click.io.report import read_report

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "benchmarks" / "two-in-one"
PAGE = ROOT / "docs" / "two-in-one.md"
PADDING = 0.25
LOSSES, HEADS = ("cb-ce", "ba-ce"), ("brc", "pnr", "both")


def main() -> None:
    reports = [read_report(path) for path in sorted(REPORTS.glob("*.json"))]
    if not reports:
        sys.exit(f"no report in {REPORTS}; write some with boundary-click benchmark two-in-one")
    replace_block(PAGE, "losses", losses(reports))
    replace_block(PAGE, "heads", heads(reports))


def losses(reports: list[Report]) -> str:
    clicks = [r for r in reports if r["kind"] == "clicks" and ablation(r) in LOSSES]
    studies = {r["data"]["name"]: r for r in reports if r["kind"] == "crops"}
    rows = [["set", "objects", "loss", "IoU@1", "objects wholly in the crop", "image left out"]]
    for name, group in by_set(clicks):
        for report in sorted(group, key=lambda r: LOSSES.index(ablation(r))):
            model = report["model"]["name"]
            study = next(s for s in studies[name]["results"] if s["model"] == model)
            at = study["paddings"].index(PADDING)
            rows.append(
                [
                    *(name, str(report["results"]["objects"]), ablation(report).upper()),
                    f"{report['results']['iou']['1']:.3f}",
                    *(f"{study[key][at]:.1%}" for key in ("recall", "reduction")),
                ]
            )
    plots = [plot(name, "crops", "Recall and area against padding") for name in studies]
    return "\n\n".join([table(rows), *plots, caption(clicks)])


def heads(reports: list[Report]) -> str:
    clicks = [r for r in reports if r["kind"] == "clicks" and ablation(r) in HEADS]
    columns = ("IoU@1", "IoU@2", "IoU@5", "clicks@85", "fail", "clicks@90", "fail", "ever worse")
    rows = [["set", "objects", "head", "clicks", *columns]]
    sets = [(name, list(group)) for name, group in by_set(clicks)]
    for name, group in sets:
        for report in sorted(group, key=lambda r: HEADS.index(ablation(r))):
            results = report["results"]
            rows.append(
                [
                    *(name, str(results["objects"]), ablation(report).upper()),
                    report["robot"]["style"],
                    *(f"{results['iou'][k]:.3f}" for k in ("1", "2", "5")),
                    *reached(report),
                    f"{results['drops']['share']:.1%}, {results['drops']['largest']:.3f}",
                ]
            )
    plots = [plot(name, "heads", "Mean IoU against clicks") for name, _ in sets]
    return "\n\n".join([table(rows), *plots, caption(clicks)])


def ablation(report: Report) -> str:
    """The last part of the model's name, such as ``ba-ce``."""
    name = report["model"]["name"]
    return next((known for known in (*LOSSES, *HEADS) if name.endswith(f"-{known}")), "")


def plot(data: str, what: str, title: str) -> str:
    return f"![{title}, {data}](benchmarks/two-in-one/{data}-{what}.png)"


if __name__ == "__main__":
    main()
