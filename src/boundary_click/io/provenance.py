"""Where a result comes from: machine, versions, commit."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

import boundary_click


def provenance(device: str = "cpu") -> dict[str, Any]:
    """Return what a reader needs to repeat a measurement, ready for JSON.

    Parameters
    ----------
    device : str
        Where the model ran.
    """
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "version": boundary_click.__version__,
        "commit": commit(),
        "machine": {
            "cpu": cpu_name(),
            "cores": os.cpu_count(),
            "threads": torch.get_num_threads(),
            "device": device_name(device),
            "system": platform.system(),
            "python": platform.python_version(),
            "torch": torch.__version__,
        },
    }


def commit() -> str | None:
    """Return the git commit of the checkout this package runs from, with ``-dirty`` if changed.

    None outside a checkout.
    """
    home = Path(boundary_click.__file__)
    known = _git(home.parent, "ls-files", "--error-unmatch", home.name)
    if known is None:
        return None
    return _git(home.parent, "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12")


def cpu_name() -> str:
    """Return the name of the processor as the system gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def device_name(device: str) -> str:
    """Return a device with the name of the graphics card if it is one."""
    if device.startswith("cuda"):
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return device


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
