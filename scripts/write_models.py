"""Write docs/models.md from the headers of the bundled models.

python scripts/write_models.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from blocks import replace_block

from boundary_click.io.bundled import bundled_models
from boundary_click.io.checkpoint import ModelCard, file_digest, read_card

PAGE = Path(__file__).parents[1] / "docs" / "models.md"


def main() -> None:
    models = bundled_models().items()
    replace_block(PAGE, "models", "\n".join(section(n, p, read_card(p)) for n, p in models))


def section(name: str, path: Path, card: ModelCard) -> str:
    training = dict(card.training)
    configuration = training.pop("configuration", None)
    rows = {
        "for": card.description,
        "licence of the weights": card.licence,
        "file": f"`{path.name}`, {path.stat().st_size / 1e6:.1f} MB, SHA-256 `{file_digest(path)}`",
        "trained on": "<br>".join(card.data),
        **{key.replace("_", " "): value for key, value in training.items()},
    }
    if configuration:
        rows["seed"] = configuration["seed"]
    parts = [f"## {name}\n", table(rows, ("", ""))]
    if card.metrics:
        metrics = {key: f"{value:.3f}" for key, value in card.metrics.items()}
        parts.append("\nOn images held out of the training data:\n")
        parts.append(table(metrics, ("metric", "value")))
    parts.append(details("Network configuration", card.architecture.model_dump(mode="json")))
    if configuration:
        parts.append(details("Training configuration", configuration))
    return "\n".join(parts) + "\n"


def table(rows: dict[str, Any], headers: tuple[str, str]) -> str:
    lines = [f"| {headers[0]} | {headers[1]} |", "| --- | --- |"]
    return "\n".join(lines + [f"| {key} | {value} |" for key, value in rows.items() if value != ""])


def details(title: str, fields: dict[str, Any]) -> str:
    return f"\n### {title}\n\n```json\n{json.dumps(fields, indent=2)}\n```"


if __name__ == "__main__":
    main()
