"""A run in a process of its own, as the widget starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from boundary_click.io.checkpoint import load_model
from boundary_click.io.runs.control import tell
from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.messages import Message, read_message
from boundary_click.io.runs.record import summarise

pytestmark = pytest.mark.slow

CONFIG = """
name = "child"
pretrained = false
validation_share = 0.5
validation_objects = 2
validation_clicks = 3
validation_interval = {validation_interval}
checkpoint_interval = 3

[[data]]
path = "disks"

[model]
window_size = 64
windows = {{ search_side = 64, min_side = 32 }}
selection = {{ pyramid_channels = 16, feature_channels = 8 }}
refinement = {{ channels = [4, 8, 8, 8], roi_size = 32 }}

[selection]
steps = {steps}
batch_size = 2
warmup_steps = 0

[refinement]
steps = 0
"""


class Child:
    """The process, and what it says."""

    def __init__(self, config: Path, folder: RunFolder, *options: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "boundary_click.cli", "train", str(config), "--events"),
                *("--output", str(folder.path), "--device", "cpu", *options),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )

    def until(self, event: str, step: int = 0) -> list[Message]:
        """Read up to a message."""
        found = []
        for line in self.process.stdout:
            found.append(read_message(line))
            if found[-1].event == event and getattr(found[-1], "step", step) >= step:
                return found
        raise AssertionError(f"no {event} in {found}")

    def rest(self) -> list[Message]:
        found = [read_message(line) for line in self.process.stdout]
        self.process.wait(60)
        return found


@pytest.fixture
def start(root, request):
    children = []

    def start(name: str = "run", *options: str, steps: int = 9, validation_interval: int = 4):
        config = root / f"{name}.toml"
        config.write_text(CONFIG.format(steps=steps, validation_interval=validation_interval))
        children.append(Child(config, RunFolder(root / name), *options))
        return children[-1]

    yield start
    for child in children:
        child.process.kill()
        child.process.stdin.close()
        child.process.stdout.close()
        child.process.wait(30)


def losses(folder: RunFolder) -> list[float]:
    return [line["loss"] for line in folder.read_metrics() if line["event"] == "step"]


def test_a_run_that_was_killed_goes_on_as_if_it_had_not_been(start):
    whole = start("whole")
    said = whole.until("finished")
    assert [m.event for m in said[:2]] == ["started", "step"]
    assert {"step", "validated", "preview", "checkpoint"} <= {m.event for m in said}
    assert summarise(whole.folder).state == "finished"

    killed = start("killed")
    killed.until("step", int(np.random.default_rng().integers(2, 8)))
    killed.process.kill()
    killed.process.wait(30)
    assert summarise(killed.folder).state == "stopped"

    again = start("killed")
    again.until("finished")
    assert losses(again.folder) == pytest.approx(losses(whole.folder), abs=1e-7)
    first, second = (load_model(c.folder.model).model.state_dict() for c in (whole, again))
    assert all(value.equal(second[name]) for name, value in first.items())


def test_pause_go_on_and_stop(start):
    child = start(steps=1000, validation_interval=2)
    child.until("validated")
    tell(child.folder, "pause")
    child.until("paused")
    assert summarise(child.folder).state == "paused"
    assert child.folder.state.is_file()
    tell(child.folder, "go on")
    child.until("went_on")
    child.until("step")
    tell(child.folder, "stop")
    last = child.rest()[-1]
    assert (last.event, last.is_early) == ("finished", True)
    assert child.process.returncode == 0
    assert summarise(child.folder).can_resume
    card = load_model(child.folder.model).card
    assert card.training["is_early"]
    assert card.metrics == last.after


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_sigterm_leaves_a_checkpoint(start):
    child = start(steps=1000, validation_interval=500)
    child.until("step", 2)
    child.process.send_signal(signal.SIGTERM)
    assert child.rest()[-1].event == "left"
    assert child.process.returncode == 143
    found = summarise(child.folder)
    assert (found.state, found.can_resume, found.model) == ("stopped", True, None)


def test_a_child_ends_with_its_parent(start):
    child = start(steps=1000, validation_interval=500)
    child.until("step")
    child.process.stdin.close()
    assert child.rest()[-1].event == "left"


def test_a_child_whose_parent_is_gone_leaves_in_order(start):
    """As when a parent is killed: nobody reads what it says, and its input ends."""
    child = start(steps=1000, validation_interval=500)
    child.until("step", 4)
    child.process.stdout.close()
    child.process.stdin.close()
    assert child.process.wait(60) == 143
    assert summarise(child.folder).can_resume
    last = losses(child.folder)
    again = start(steps=1000, validation_interval=500)
    again.until("step", len(last) + 1)
    assert losses(again.folder)[: len(last)] == last  # nothing was learned twice


def test_a_detached_run_lives_on(start):
    child = start("run", "--detached", steps=1000, validation_interval=500)
    child.until("step")
    child.process.stdin.close()
    child.until("checkpoint", 6)
    time.sleep(0.1)
    assert child.process.poll() is None


def test_a_failure_is_the_last_message(start, root):
    labels = root / "disks" / "labels"
    for path in labels.iterdir():
        path.unlink()
    child = start()
    (failed,) = child.rest()
    assert failed.event == "failed"
    assert "have no file in labels/" in failed.message
    assert child.process.returncode == 1
    assert json.loads(failed.model_dump_json())["event"] == "failed"
