"""The formats that a model of the library can be written in."""

from __future__ import annotations

from pathlib import Path

from boundary_click.io.checkpoint import load_model
from boundary_click.io.library import find_model
from boundary_click.io.model_exports import SUFFIXES
from boundary_click.io.user_models import export_model


def format_of(path: Path) -> str:
    """Return the format that a file is to be written in.

    Raises
    ------
    ValueError
        If its name ends like none.
    """
    for name, suffix in SUFFIXES.items():
        if path.suffix.lower() == suffix:
            return name
    known = ", ".join(SUFFIXES.values())
    raise ValueError(f"{path} ends like no format; let it end in one of {known}")


def write_model(name: str, path: Path) -> tuple[Path, ...]:
    """Write a model of the library in the format that a file ends like; return the files.

    Raises
    ------
    CheckpointError
        If there is no such model, or it is damaged.
    ValueError
        If the file ends like no format.
    ImportError
        If what the format needs is not installed.
    OSError
        If it cannot be written.
    """
    form = format_of(path)
    if form == "safetensors":
        export_model(name, path)
        return (path,)
    loaded = load_model(find_model(name))
    if form == "onnx":
        from boundary_click.io.model_exports.onnx_file import export_onnx

        return export_onnx(loaded, path)
    from boundary_click.io.model_exports.bioimageio import export_bioimageio

    export_bioimageio(loaded, path)
    return (path,)
