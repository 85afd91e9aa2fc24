"""``python -m boundary_click.cli``: the command, wherever its script was installed."""

from __future__ import annotations

import sys

from boundary_click.cli import main

if __name__ == "__main__":
    sys.exit(main())
