"""Benchmark results as JSON files and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boundary_click.io.atomic import written_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA_VERSION = 1
"""Version of the JSON files; a reader refuses newer ones."""


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write a report, one object a line in its list ``details``.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    head = {"schema": SCHEMA_VERSION, **report}
    lines = [json.dumps(entry) for entry in head.pop("details", [])]
    text = json.dumps(head, indent=2)
    if lines:
        text = (
            text.removesuffix("\n}")
            + ',\n  "details": [\n    '
            + ",\n    ".join(lines)
            + "\n  ]\n}"
        )
    with written_whole(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def read_report(path: Path) -> dict[str, Any]:
    """Read a report.

    Raises
    ------
    ValueError
        If the file is no report, or one of a newer version.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(report, dict) or not 1 <= report.get("schema", 0) <= SCHEMA_VERSION:
        raise ValueError(
            f"{path} is no report that this version of boundary_click can read; write it again "
            "with boundary-click evaluate"
        )
    return report


def plot_crops(path: Path, studies: list[dict[str, Any]]) -> None:
    """Draw instance recall and area reduction against the padding, one colour a model.

    Parameters
    ----------
    path : Path
        PNG, SVG or PDF.
    studies : list of dict
        Each a summary of `boundary_click.benchmark.crops` with the name of its ``model``.

    Raises
    ------
    OSError
        If it cannot be written.
    ValueError
        If matplotlib cannot write files of this suffix.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.5), layout="constrained")
    panels = zip(
        figure.subplots(1, 2),
        ("recall", "reduction"),
        ("Objects wholly inside, %", "Image left out, %"),
        strict=True,
    )
    for axes, value, label in panels:
        for study in studies:
            paddings, values = ([100 * v for v in study[key]] for key in ("paddings", value))
            axes.plot(paddings, values, marker="o", markersize=3, label=study["model"])
        axes.set(xlabel="Padding, % of the longer side", ylabel=label)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    _save(path, figure)


def plot_curves(path: Path, curves: dict[str, list[float]]) -> None:
    """Draw mean IoU against clicks, one line a name, as PNG, SVG or PDF.

    Raises
    ------
    OSError
        If it cannot be written.
    ValueError
        If matplotlib cannot write files of this suffix.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.5), layout="constrained")
    axes = figure.subplots()
    for name, curve in curves.items():
        axes.plot(range(1, len(curve) + 1), curve, marker="o", markersize=3, label=name)
    ticks = [1, *range(5, max(map(len, curves.values())) + 1, 5)]
    axes.set(xlabel="Clicks", ylabel="Mean IoU", xticks=ticks, ylim=(None, 1))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="lower right")
    _save(path, figure)


def _save(path: Path, figure: Figure) -> None:
    with written_whole(path) as partial:
        figure.savefig(partial, dpi=150)
