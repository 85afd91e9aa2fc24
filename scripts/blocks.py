"""Pages with a part that a script writes, between two marker comments."""

from __future__ import annotations

import sys
from pathlib import Path


def replace_block(page: Path, name: str, content: str) -> None:
    """Replace what stands between the comments ``name:begin`` and ``name:end`` of a page."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    text = page.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1:
        sys.exit(f"{page} must hold the lines {begin} and {end} once each")
    before, _, rest = text.partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n{content.strip()}\n{end}{after}", encoding="utf-8")
