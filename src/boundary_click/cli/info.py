"""``boundary-click info``: what a bug report needs."""

from __future__ import annotations

import argparse
from importlib import metadata
from typing import TYPE_CHECKING

from boundary_click.cli.console import output

if TYPE_CHECKING:
    from boundary_click.cli.options import Subparsers

_PACKAGES = (
    "napari-boundary-click",
    "torch",
    "lightning-fabric",
    "numpy",
    "scipy",
    "scikit-image",
    "tifffile",
    "safetensors",
    "napari",
    "npe2",
    "qtpy",
    "PyQt6",
    "PySide6",
)


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "info",
        help="print versions, devices and paths, for a bug report",
        description="Print versions, devices and paths, for a bug report.",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    from rich.table import Table

    table = Table(show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    for name, value in {**_system(), **_devices(), **_versions(), **_models()}.items():
        table.add_row(name, value)
    output().print(table)
    return 0


def _system() -> dict[str, str]:
    import platform

    from boundary_click.io.provenance import commit, cpu_name

    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "processor": cpu_name(),
        "commit": commit() or "not a checkout",
    }


def _devices() -> dict[str, str]:
    import torch

    from boundary_click.io.library import choose_device

    devices = ["cpu"]
    devices += [
        f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())
    ]
    devices += ["mps"] if torch.backends.mps.is_available() else []
    return {
        "devices": ", ".join(devices),
        "device taken": str(choose_device("auto")),
        "torch threads": str(torch.get_num_threads()),
    }


def _versions() -> dict[str, str]:
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return versions


def _models() -> dict[str, str]:
    from boundary_click.io.library import known_models

    return {f"model {name}": str(path) for name, path in known_models().items()}
