from __future__ import annotations

import pytest

from boundary_click.io.runs.place import new_run
from boundary_click.widgets.train.estimate import Pace, duration, in_words, measured_pace
from boundary_click.widgets.train.preparing import make_plan, prepare

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "about 5 s"),
        (88, "about 90 s"),
        (300, "about 5 min"),
        (7200, "about 2.0 h"),
        (500000, "about 6 days"),
    ],
)
def test_durations_are_as_rough_as_a_guess(seconds, words):
    assert duration(seconds) == words


def test_what_to_expect_names_its_basis():
    config = make_plan("tiny", "quick").config
    guess = in_words(config, None, "cpu")
    assert guess.startswith("250 steps, about ")
    assert "at a usual pace of a CPU" in guess
    assert "about 1.9 GB of memory" in guess
    assert "shows in its first run" in in_words(config, None, "cuda")
    assert "as fast as 'day 1'" in in_words(config, Pace(0.01, "day 1"), "cuda")


def test_the_pace_is_that_of_the_latest_run_on_the_device(source):
    config = make_plan("tiny", "quick").config
    folder = prepare(source, config, {}, name="day 1", device="cpu")
    assert measured_pace(folder.path.parent, "cpu") is None
    for number, seconds in enumerate((9.0, 0.8, 1.6, 0.8), start=1):
        folder.add_metrics(
            {"event": "step", "stage": "selection", "step": number, "seconds": seconds}
        )
    assert measured_pace(folder.path.parent, "cpu") == Pace(pytest.approx(0.1), "day 1")
    assert measured_pace(folder.path.parent, "cuda") is None
    assert measured_pace(new_run("none").path, "cpu") is None
