"""A tiny random model, a tiny data set, and the command itself."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import tifffile
from skimage import io

from boundary_click.cli import main
from boundary_click.io.checkpoint import ModelCard, save_model

SIDE = 48


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command; a traceback would be an exception here."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Outcome:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as error:  # argparse
            code = int(error.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def model(tmp_path_factory, architecture, build) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    card = ModelCard(
        name="tiny", architecture=architecture, licence="CC0-1.0", data=("disks (CC0)",)
    )
    save_model(path, build(architecture), card)
    return path


@pytest.fixture(scope="session")
def disks() -> tuple[np.ndarray, np.ndarray]:
    """An image of two bright disks with noise, and its labels."""
    rows, cols = np.ogrid[:SIDE, :SIDE]
    labels = np.zeros((SIDE, SIDE), dtype=np.uint16)
    labels[(rows - 14) ** 2 + (cols - 14) ** 2 <= 64] = 1
    labels[(rows - 34) ** 2 + (cols - 30) ** 2 <= 81] = 2
    noise = np.random.default_rng(0).integers(0, 30, labels.shape)
    return np.where(labels, 200, 20).astype(np.uint8) + noise.astype(np.uint8), labels


@pytest.fixture
def data_set(tmp_path, disks) -> Path:
    folder = tmp_path / "disks"
    for part, array in zip(("images", "labels"), disks, strict=True):
        (folder / part).mkdir(parents=True)
        for name in ("a", "b"):
            io.imsave(folder / part / f"{name}.png", array, check_contrast=False)
    return folder


@pytest.fixture
def stack(tmp_path, disks) -> Path:
    """Three planes with a pixel size, as ImageJ writes them."""
    path = tmp_path / "stack.tif"
    tifffile.imwrite(
        path,
        np.stack([disks[0]] * 3),
        imagej=True,
        resolution=(4.0, 5.0),
        metadata={"axes": "ZYX", "spacing": 2.0, "unit": "um"},
    )
    return path


@pytest.fixture
def clicks(tmp_path) -> Path:
    path = tmp_path / "clicks.csv"
    path.write_text(
        "object,order,kind,row,col,plane\n"
        "7,1,positive,14,14,0\n"
        "7,2,boundary,6,14,0\n"
        "9,1,positive,34,30,2\n",
        encoding="utf-8",
    )
    return path
