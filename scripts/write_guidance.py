"""Write the tables of docs/guidance.md from the reports in docs/benchmarks/.

    boundary-click maps --data DATA/dev/dsb2018 --json docs/benchmarks/maps/dsb2018.json
    boundary-click benchmark guidance CONFIG.toml ... --output docs/benchmarks/guidance
    boundary-click evaluate --model guidance ... --json docs/benchmarks/families/NAME.json
    python scripts/write_guidance.py

Every number comes from a report, and so do the curves of the guidance benchmark: variants measured
at different times share a plot.
"""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path

from blocks import replace_block
from PIL import Image
from reports import Report, by_set, caption, reached, table

from boundary_click.cli.benchmark.guidance import SUPERPIXELS, TOLERANCES, VARIANTS
from boundary_click.io.report import plot_curves, read_report

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "benchmarks"
PAGE = ROOT / "docs" / "guidance.md"
DEFAULT = ("dsb2018-boundary", "dsb2018-signed", "usiigaci-boundary", "usiigaci-signed", "speed")
COLUMNS = ("IoU@1", "IoU@3", "IoU@5", "clicks@85", "fail", "clicks@90", "fail", "ever worse")
SHORT = ("IoU@1", "clicks@85", "fail", "clicks@90", "fail", "sooner, later")
MILLISECONDS = ("ms, first click", "ms, further click")
SCALES = ("none", *(f"f2={f2:g}{known}" for known in ("", "-true") for f2 in TOLERANCES))
ORDER = {"maps": VARIANTS, "superpixels": tuple(SUPERPIXELS), "scale": SCALES}
COLOURS = 64


def main() -> None:
    maps = read("maps")
    replace_block(PAGE, "maps", "\n\n".join([fits(maps), times(maps), caption(maps)]))
    ablations = read("guidance")
    replace_block(PAGE, "variants", variants(ablations))
    replace_block(PAGE, "superpixels", superpixels(ablations))
    replace_block(PAGE, "scale", scales(ablations))
    two_in_one = [read_report(REPORTS / f"{name}.json") for name in DEFAULT]
    replace_block(PAGE, "families", families([*two_in_one, *read("families")]))


def read(folder: str) -> list[Report]:
    reports = [read_report(path) for path in sorted((REPORTS / folder).glob("*.json"))]
    if not reports:
        sys.exit(f"no report in {REPORTS / folder}; the head of this script says what writes them")
    return reports


def variants(reports: list[Report]) -> str:
    groups = of_part("maps", reports)
    rows = [["set", "objects", "guidance", *COLUMNS]]
    for name, group in groups.items():
        rows += [[name, objects(r), r["variant"], *figures(r)] for r in group]
    return study("maps", rows, groups)


def superpixels(reports: list[Report]) -> str:
    groups = of_part("superpixels", reports)
    rows = [["set", "objects", "superpixels", "number", *SHORT, *MILLISECONDS]]
    for name, group in groups.items():
        for report in group:
            method, count = report["variant"].rsplit("-", 1)
            rows.append([name, objects(report), method, count, *short(report, group[0])])
    return study("superpixels", rows, groups)


def scales(reports: list[Report]) -> str:
    groups = of_part("scale", reports)
    rows = [["set", "objects", "scale", "f2", *SHORT, *MILLISECONDS]]
    for name, group in groups.items():
        for report in group:
            limit, _, known = report["variant"].removeprefix("f2=").partition("-")
            setting = ("none", "∞") if limit == "none" else (known or "estimated", limit)
            rows.append([name, objects(report), *setting, *short(report, group[0])])
    return study("scale", rows, groups)


def of_part(part: str, reports: list[Report]) -> dict[str, list[Report]]:
    """Reports of one study for each data set, in the order of its variants."""
    chosen = [report for report in reports if report["ablation"] == part]
    return {
        name: sorted(group, key=lambda report: ORDER[part].index(report["variant"]))
        for name, group in by_set(chosen)
    }


def study(part: str, rows: list[list[str]], groups: dict[str, list[Report]]) -> str:
    """A table, the curves of each data set, and where the figures come from."""
    plots = []
    for name, group in groups.items():
        file = f"benchmarks/guidance/{name}-{part}.png"
        draw(PAGE.parent / file, group)
        plots.append(f"![Mean IoU against clicks, {name}, {part}]({file})")
    return "\n\n".join([table(rows), *plots, caption(list(chain(*groups.values())))])


def draw(path: Path, reports: list[Report]) -> None:
    """Draw the curves of all variants, in few colours, which makes the file small."""
    plot_curves(path, {report["variant"]: report["results"]["curve"] for report in reports})
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS)
    small.save(path, optimize=True)


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


def short(report: Report, first: Report) -> list[str]:
    """Figures of one variant, some of them beside those of the first variant."""
    spent = (report["results"]["milliseconds"][kind]["median"] for kind in ("first", "further"))
    return [
        f"{report['results']['iou']['1']:.3f}",
        *reached(report),
        "" if report is first else ", ".join(map(str, sooner_later(report, first))),
        *(f"{milliseconds:.0f}" for milliseconds in spent),
    ]


def sooner_later(report: Report, first: Report) -> tuple[int, int]:
    """How many objects reach 85 % with fewer, and with more, clicks than in another report."""
    now, before = clicks_to_85(report), clicks_to_85(first)
    steps = [now[key] - before[key] for key in before]
    return sum(step < 0 for step in steps), sum(step > 0 for step in steps)


def clicks_to_85(report: Report) -> dict[tuple[str, int], int]:
    """Clicks for each object; the cap for one that never gets there."""
    cap = report["results"]["cap"]
    return {
        (one["image"], one["id"]): next((n for n, v in enumerate(one["iou"], 1) if v >= 0.85), cap)
        for one in report["details"]
    }


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
