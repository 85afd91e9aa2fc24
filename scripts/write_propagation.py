"""Write the table of docs/propagation.md from docs/benchmarks/propagation-fibsem.json.

    boundary-click propagation --image IMAGE --labels LABELS --objects 40 \
        --json docs/benchmarks/propagation-fibsem.json
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
REPORT = ROOT / "docs" / "benchmarks" / "propagation-fibsem.json"
PAGE = ROOT / "docs" / "propagation.md"


def main() -> None:
    report = read_report(REPORT)
    figures = report["results"]
    blocks = [volumes(figures), facts(figures), caption([report])]
    replace_block(PAGE, "propagation", "\n\n".join(blocks))


def volumes(figures: dict[str, Any]) -> str:
    rows = [
        ("the middle plane, that plane alone", "iou_first", ""),
        ("its mask copied to all planes", "iou_copied", ""),
        ("carried", "iou_carried", ""),
        ("carried, listed planes corrected", "iou_corrected", f"{figures['clicks']:.1f}"),
        ("every 10th plane, as carried and corrected", "iou_each_covered", ""),
        (
            "every 10th plane, each clicked by itself",
            "iou_each",
            f"{figures['clicks_each']:.0f} for all planes",
        ),
    ]
    cells = [[name, f"{figures[key]:.3f}", clicks] for name, key, clicks in rows]
    return table([["of the body", "mean IoU", "clicks a body"], *cells])


def facts(figures: dict[str, Any]) -> str:
    ms = figures["milliseconds"]
    ends = ", ".join(f"{end}: {count}" for end, count in figures["ends"].items())
    return (
        f"{figures['objects']} bodies of {figures['planes']:.0f} planes on average. "
        f"{figures['listed']} planes were listed, {figures['precision']:.0%} of them with an IoU "
        f"below 0.7, {figures['recall']:.0%} of all such planes. A plane took {ms['median']:.0f} "
        f"ms (95 %: {ms['p95']:.0f}). Ends: {ends}. {figures['failures']} bodies stay below an "
        "IoU of 0.5."
    )


if __name__ == "__main__":
    main()
