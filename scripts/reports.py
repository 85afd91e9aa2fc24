"""Parts of the pages that are written from reports."""

from __future__ import annotations

from itertools import groupby
from typing import Any

Report = dict[str, Any]


def table(rows: list[list[str]]) -> str:
    """A Markdown table; the first row is the head."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "| --- " * len(rows[0]) + "|", *lines[1:]])


def threads(count: int) -> str:
    return f"{count} thread{'s' if count > 1 else ''}"


def origin(reports: list[Report]) -> str:
    """A sentence that says which models, machine and commit figures come from."""
    machines = {
        f"{m['cpu']}, {threads(m['threads'])}, {m['device']}, torch {m['torch']}"
        for m in (r["machine"] for r in reports)
    }
    commits = {f"{r['commit'] or r['version']} of {r['date']}" for r in reports}
    models = {
        f"{r['model']['name']} ({r['model']['sha256'][:12]})" for r in reports if "model" in r
    }
    listed = (", ".join(sorted(values)) for values in (models, machines, commits))
    model, machine, commit = listed
    return f"{f'Model {model}; ' if model else ''}{machine}; commit {commit}."


def by_set(reports: list[Report]) -> groupby[str, Report]:
    """Reports in the order of their data sets, those of one set together."""

    def data(report: Report) -> str:
        return str(report["data"]["name"])

    return groupby(sorted(reports, key=data), key=data)


def reached(report: Report) -> list[str]:
    """Mean clicks and failures at 85 and at 90 % IoU."""
    clicks = (report["results"]["clicks"][percent] for percent in ("85", "90"))
    return [v for c in clicks for v in (f"{c['mean']:.2f}", f"{c['failure_share']:.1%}")]


def caption(reports: list[Report]) -> str:
    seeds = ", ".join(sorted({str(r["robot"]["seed"]) for r in reports}))
    return f"*Seed {seeds}. {origin(reports)}*"
