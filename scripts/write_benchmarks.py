"""Write docs/benchmarks.md and the README's table from the reports in docs/benchmarks/.

    boundary-click evaluate --data DATA/dev/dsb2018 --objects 200 --json docs/benchmarks/NAME.json
    boundary-click evaluate --speed --device cpu --json docs/benchmarks/speed.json
    python scripts/write_benchmarks.py

Every number comes from a report; a report of another model than the bundled one is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from blocks import replace_block
from reports import Report, origin, threads

from boundary_click.io.bundled import bundled_models
from boundary_click.io.checkpoint import file_digest
from boundary_click.io.report import plot_curves, read_report

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "benchmarks"
PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "images" / "iou-clicks.png"
README = ROOT / "README.md"
BLOCK = "benchmark"

HEADERS = (
    *("set", "objects", "seed", "IoU@1", "IoU@2", "IoU@3", "IoU@5"),
    *("clicks@85", "fail", "clicks@90", "fail", "ever worse", "ms, first", "ms, further"),
)


def main() -> None:
    paths = sorted(REPORTS.glob("*.json"))
    reports = [read_report(path) for path in paths]
    if not reports:
        sys.exit(f"no report in {REPORTS}; write some with boundary-click evaluate")
    check_model(zip(paths, reports, strict=True))
    clicks = sorted((r for r in reports if r["kind"] == "clicks"), key=sample)
    exact = [r for r in clicks if not noise(r)]
    speed = [r for r in reports if r["kind"] == "speed"]
    # Of several samples of a set the smallest comes last: all styles of click have that one.
    curves = [r for r in reversed(exact) if is_main(r) and seed(r) == 0]
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    plot_curves(PLOT, {title(r): r["results"]["curve"] for r in curves})
    replace_block(PAGE, BLOCK, page(exact, with_noise(clicks), speed))
    replace_block(README, BLOCK, summary(exact, speed))


def check_model(reports: Iterable[tuple[Path, Report]]) -> None:
    digest = file_digest(bundled_models()["default"])
    old = [path.name for path, report in reports if report["model"]["sha256"] != digest]
    if old:
        sys.exit(f"reports of another model than the bundled one, measure again: {', '.join(old)}")


def page(exact: list[Report], shaken: list[Report], speed: list[Report]) -> str:
    parts = []
    for name, group in grouped(exact):
        parts.append(f"## {name}\n\n{click_table(group)}\n\n{caption(group)}\n")
    if shaken:
        parts.append(f"## Click noise\n\n{noise_table(shaken)}\n\n{caption(shaken)}\n")
    parts.append("## IoU against clicks\n\n![Mean IoU against clicks](images/iou-clicks.png)\n")
    for report in speed:
        parts.append(f"## Milliseconds\n\n{speed_table(report)}\n\n{speed_caption(report)}\n")
    return "\n".join(parts)


def summary(clicks: list[Report], speed: list[Report]) -> str:
    """The README's table: boundary clicks, and one line on speed."""
    main_reports = [
        r for r in clicks if is_main(r) and r["robot"]["style"] == "boundary" and not noise(r)
    ]
    lines = [
        "| set | objects | seed | IoU after 1 click | clicks to 85 % | clicks to 90 % "
        "| fail at 85 % |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for report in main_reports:
        results = report["results"]
        reached = results["clicks"]
        lines.append(
            f"| {report['data']['name']} | {results['objects']} | {seed(report)} "
            f"| {results['iou']['1']:.3f} "
            f"| {reached['85']['mean']:.2f} | {reached['90']['mean']:.2f} "
            f"| {reached['85']['failure_share']:.1%} |"
        )
    lines += ["", caption(main_reports)] if main_reports else []
    for report in speed:
        results = report["results"]
        first, further = (list(results[k].values())[-1] for k in ("first", "further"))
        side = list(results["first"])[-1]
        lines += [
            "",
            f"On {report['threads']} CPU threads ({report['machine']['cpu']}) a first click takes "
            f"{first['median']:.0f} ms and a further one {further['median']:.0f} ms in an image of "
            f"{side} x {side} pixels: {first['ratio']:.2f} and {further['ratio']:.2f} times one "
            "pass of a ResNet-18 classifier.",
        ]
    return "\n".join(lines)


def grouped(clicks: list[Report]) -> list[tuple[str, list[Report]]]:
    groups: dict[str, list[Report]] = {}
    for report in sorted(clicks, key=lambda r: (r["robot"]["style"], r["robot"]["fp_rule"])):
        groups.setdefault(style(report), []).append(report)
    return list(groups.items())


def style(report: Report) -> str:
    robot = report["robot"]
    if robot["style"] == "signed":
        return "Signed clicks"
    return "Boundary clicks" if is_main(report) else "Boundary clicks, rule nearest"


def title(report: Report) -> str:
    return f"{report['data']['name']}, {report['robot']['style']}"


def seed(report: Report) -> int:
    return int(report["robot"]["seed"])


def sample(report: Report) -> tuple[str, int, int]:
    """What was measured: data set, seed, number of objects."""
    return report["data"]["name"], seed(report), report["results"]["objects"]


def noise(report: Report) -> float:
    return float(report["robot"]["jitter"])


def with_noise(clicks: list[Report]) -> list[Report]:
    """The noisy reports, each group after its own without noise."""

    def group(report: Report) -> tuple[str, tuple[str, int, int]]:
        return style(report), sample(report)

    shaken = {group(r) for r in clicks if noise(r)}
    return sorted((r for r in clicks if group(r) in shaken), key=lambda r: (group(r), noise(r)))


def is_main(report: Report) -> bool:
    return bool(report["robot"]["style"] == "signed" or report["robot"]["fp_rule"] == "farthest")


def click_table(reports: list[Report]) -> str:
    lines = [f"| {' | '.join(HEADERS)} |", "| --- " * len(HEADERS) + "|"]
    for report in reports:
        results = report["results"]
        ious = " | ".join(f"{results['iou'][k]:.3f}" for k in ("1", "2", "3", "5"))
        reached = " | ".join(
            f"{r['mean']:.2f} | {r['failures']} ({r['failure_share']:.1%})"
            for r in (results["clicks"]["85"], results["clicks"]["90"])
        )
        drops = f"{results['drops']['share']:.1%}, {results['drops']['largest']:.3f}"
        times = " | ".join(milliseconds(results["milliseconds"][k]) for k in ("first", "further"))
        name = f"{report['data']['name']} | {results['objects']} | {seed(report)}"
        lines.append(f"| {name} | {ious} | {reached} | {drops} | {times} |")
    return "\n".join(lines)


def noise_table(reports: list[Report]) -> str:
    columns = ("set", "clicks", "noise", "IoU@1", "IoU@5", "clicks@85", "fail", "ever worse")
    lines = [f"| {' | '.join(columns)} |", "| --- " * len(columns) + "|"]
    for report in reports:
        results = report["results"]
        reached, drops = results["clicks"]["85"], results["drops"]
        lines.append(
            f"| {report['data']['name']} | {report['robot']['style']} | {noise(report):.0%} "
            f"| {results['iou']['1']:.3f} | {results['iou']['5']:.3f} "
            f"| {reached['mean']:.2f} | {reached['failures']} ({reached['failure_share']:.1%}) "
            f"| {drops['share']:.1%}, {drops['largest']:.3f} |"
        )
    return "\n".join(lines)


def milliseconds(spread: dict[str, float] | None) -> str:
    return "" if spread is None else f"{spread['median']:.0f} ({spread['p95']:.0f})"


def caption(reports: list[Report]) -> str:
    sets = (
        f"{r['data']['name']}: {r['results']['objects']} objects of {r['data']['images']} images"
        for r in reports
    )
    return f"*{'; '.join(dict.fromkeys(sets))}. {origin(reports)}*"


def speed_table(report: Report) -> str:
    results = report["results"]
    lines = [
        "| | image | median, ms | 95th percentile, ms | median over ResNet-18's |",
        "| --- | --- | --- | --- | --- |",
    ]
    for kind in ("first", "further"):
        for side, t in results[kind].items():
            times = f"{t['median']:.1f} | {t['p95']:.1f} | {t['ratio']:.2f}"
            lines.append(f"| {kind} click | {side} x {side} | {times} |")
    t = results["yardstick"]
    lines.append(f"| ResNet-18 classifier | 256 x 256 | {t['median']:.1f} | {t['p95']:.1f} | 1 |")
    return "\n".join(lines)


def speed_caption(report: Report) -> str:
    return (
        f"*Engine only, {threads(report['threads'])} of the CPU, {report['results']['objects']} "
        f"objects of scikit-image's coins, seed {report['robot']['seed']}; the classifier (eager "
        f"PyTorch, float32, one image) runs in turn with the clicks. {origin([report])}*"
    )


if __name__ == "__main__":
    main()
