"""Write the table of docs/day.md from docs/benchmarks/session/session.json.

    xvfb-run -a -s '-screen 0 1600x1200x24' python scripts/measure_session.py
    python scripts/write_session.py

Every number comes from the report.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from blocks import replace_block
from reports import origin, table

from boundary_click.io.report import read_report

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "benchmarks" / "session" / "session.json"
PAGE = ROOT / "docs" / "day.md"


def main() -> None:
    report = read_report(REPORT)
    replace_block(PAGE, "session", f"{times(report['results'])}\n\n*{note(report)}*")


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


if __name__ == "__main__":
    main()
