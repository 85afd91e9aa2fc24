"""Write the tables of docs/day.md and docs/train-widget.md from docs/benchmarks/session/.

    xvfb-run -a -s '-screen 0 1600x1200x24' python scripts/measure_session.py
    xvfb-run -a -s '-screen 0 1600x1200x24' python scripts/measure_training.py
    python scripts/write_session.py

Every number comes from a report.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from blocks import replace_block
from reports import origin, table

from boundary_click.io.report import read_report

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REPORTS = DOCS / "benchmarks" / "session"


def main() -> None:
    report = read_report(REPORTS / "session.json")
    content = f"{times(report['results'])}\n\n*{note(report)}*"
    replace_block(DOCS / "day.md", "session", content)
    report = read_report(REPORTS / "training.json")
    content = f"{beside_training(report['results'])}\n\n*{training_note(report)}*"
    replace_block(DOCS / "train-widget.md", "training-session", content)


def times(results: dict[str, Any]) -> str:
    rows = [
        [
            "image",
            "first click, ms",
            "further click, ms",
            "longest stall, ms",
            "besides drawing, ms",
            "memory, MB",
        ]
    ]
    for image, told in results.items():
        clicks = [
            f"{told[f'{kind}_median']:.0f} ({told[f'{kind}_p95']:.0f}), "
            f"{told[f'{kind}_median'] / told['yardstick']:.1f} x"
            for kind in ("first", "further")
        ]
        stalls = [f"{told[key]:.0f}" for key in ("longest_stall", "longest_stall_undrawn")]
        rows.append(
            [image.replace("100000", "100 000"), *clicks, *stalls, f"{told['memory_mb']:.0f}"]
        )
    return table(rows)


def note(report: dict[str, Any]) -> str:
    clicks = [told["first_clicks"] for told in report["results"].values()]
    yardsticks = sorted(told["yardstick"] for told in report["results"].values())
    return (
        f"{min(clicks)} objects each. From the press of the mouse button to other pixels drawn: "
        "median (95th percentile), and the median over one pass of a ResNet-18 classifier "
        f"({yardsticks[0]:.0f} to {yardsticks[-1]:.0f} ms in the same runs). OpenGL in software. "
        f"{origin([report])}"
    )


def beside_training(results: dict[str, Any]) -> str:
    columns = {
        "first click, ms": "first_median",
        "further click, ms": "further_median",
        "longest stall, ms": "longest_stall",
        "besides drawing, ms": "longest_stall_undrawn",
        "memory of napari, MB": "memory_mb",
    }
    rows = [["", *columns]]
    for when, told in results.items():
        rows.append([when, *(f"{told[name]:.0f}" for name in columns.values())])
    return table(rows)


def training_note(report: dict[str, Any]) -> str:
    return (
        "10 coins of scikit-image each time, medians; the preset quick trains on the same CPU. "
        f"A pass of a ResNet-18 classifier takes {report['yardstick']:.0f} ms at rest. "
        f"{origin([report])}"
    )


if __name__ == "__main__":
    main()
