from __future__ import annotations

import subprocess
import sys

import pytest

from boundary_click.io.runs.messages import Failed, Left, Tried, Untried, read_message
from boundary_click.io.runs.pace import Pace


@pytest.mark.parametrize(
    "message",
    [
        Tried(stage="selection", step=3, metrics={"iou@1": 0.5}, is_best=True),
        Untried(stage="selection", step=3, problem="not enough memory"),
        Failed(message="the disk is full\nfree some"),
        Left(),
    ],
)
def test_a_message_is_one_line_and_comes_back(message):
    line = message.model_dump_json()
    assert "\n" not in line
    assert read_message(line) == message


def test_fields_of_a_later_version_are_passed_over():
    assert read_message('{"event": "left", "mood": "sad"}') == Left()


@pytest.mark.parametrize("line", ["", "hello", '{"event": "danced"}', '{"event": "failed"}'])
def test_what_is_no_message(line):
    with pytest.raises(ValueError, match="not a message of a training run"):
        read_message(line)


def test_reading_needs_no_torch():
    code = (
        "import sys; from boundary_click.io.runs import control, messages, record; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


class TestPace:
    def test_what_is_left_takes_as_long_as_what_was(self):
        pace = Pace({"selection": 10, "refinement": 20}, interval=5)
        pace.stepped("selection", 1.0)
        pace.stepped("selection", 3.0)
        assert pace.seconds_left("selection", 2) == 2.0 * 28
        pace.validated(10.0)
        assert pace.seconds_left("selection", 2) == 2.0 * 28 + 10.0 * (2 + 4)
        pace.stepped("refinement", 0.5)
        assert pace.seconds_left("refinement", 20) == 0.0
