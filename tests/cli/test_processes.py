"""Training in several processes: the course is that of one process with a larger batch."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch

from boundary_click.io.checkpoint import load_model

pytestmark = pytest.mark.slow

# No batch norm, no dropout, a mean over equal objects: nothing depends on how a batch is divided.
CONFIG = """
name = "dots"
pretrained = false
validation_share = 0.5
validation_objects = 1
validation_clicks = 2
validation_interval = 100

[[data]]
path = "dots"

[model]
family = "guidance"
window_size = 64
windows = {{ search_side = 64, min_side = 32 }}
guidance = {{ maps = ["gaussian-positive", "gaussian-negative"] }}
network = {{ widths = [4, 4, 8, 8, 8], fc_channels = 8, dropout = 0.0 }}

[augmentation]
rotation = 0.0

[windows]
search_share = 0.0

[guidance]
steps = 3
batch_size = {batch_size}
learning_rate = 1e-2
warmup_steps = 0
optimizer = "sgd"
loss = "{loss}"
reduction = "{reduction}"
clip_norm = {clip_norm}
"""


@pytest.fixture
def dots(tmp_path) -> Path:
    """Disks far from the edges, so that every pixel of every window counts."""
    rows, cols = np.ogrid[:320, :320]
    places = [(150, 150, 8), (150, 190, 10), (180, 160, 6), (190, 195, 9)]
    labels = np.zeros((320, 320), dtype=np.uint8)
    for number, (row, col, radius) in enumerate(places, start=1):
        labels[(rows - row) ** 2 + (cols - col) ** 2 <= radius**2] = number
    noise = np.random.default_rng(0).integers(0, 40, labels.shape)
    image = (np.where(labels, 150, 40) + noise).astype(np.uint8)
    for part, array in (("images", image), ("labels", labels)):
        (tmp_path / "dots" / part).mkdir(parents=True)
        for name in "ab":
            tifffile.imwrite(tmp_path / "dots" / part / f"{name}.tif", array)
    return tmp_path


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def trained(root: Path, processes: int, *, launcher: tuple[str, ...] = ("-m",), **options):
    """Train, and return losses and weights."""
    config, folder = root / f"{processes}.toml", root / "runs" / str(processes)
    config.write_text(CONFIG.format(batch_size=4 // processes, **options), encoding="utf-8")
    own = {"OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    done = subprocess.run(
        [
            *(sys.executable, *launcher, "boundary_click.cli", "train", str(config)),
            *("--output", str(folder), "--device", "cpu", "--devices", str(processes)),
        ],
        env=os.environ | own,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("model written to") == 1
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    losses = [line["loss"] for line in told if line["event"] == "step"]
    return losses, load_model(folder / "model.safetensors").model.state_dict()


TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m")


@pytest.mark.parametrize(
    ("options", "launcher"),
    [
        ({"loss": "cross-entropy-dice", "reduction": "mean", "clip_norm": 5.0}, ("-m",)),
        ({"loss": "cross-entropy", "reduction": "sum", "clip_norm": 1.0}, TORCHRUN),
    ],
    ids=["mean", "sum, by torchrun"],
)
def test_two_processes_learn_what_one_does(dots, options, launcher):
    alone, weights = trained(dots, 1, **options)
    together, theirs = trained(dots, 2, launcher=launcher, **options)
    assert len(alone) == 9  # three strides
    assert len(set(alone)) == 9
    assert together == pytest.approx(alone, rel=1e-4)
    for name, value in weights.items():
        torch.testing.assert_close(theirs[name], value, rtol=1e-3, atol=1e-3)
