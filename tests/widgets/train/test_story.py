from __future__ import annotations

import json

import pytest

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.messages import (
    Failed,
    Finished,
    Halved,
    Left,
    Paused,
    Preview,
    Started,
    Stepped,
    Tried,
    WentOn,
)
from boundary_click.widgets.train.story import RunStory, read_story
from boundary_click.widgets.train.texts import run_text, time_left

BEFORE = {"clicks@85": 6.0, "clicks@90": 8.0, "reached@85": 0.9, "iou@1": 0.5}
AFTER = BEFORE | {"clicks@85": 4.0, "iou@1": 0.7}


def started(**stages: int) -> Started:
    return Started(
        folder="run",
        device="cpu",
        stages=stages or {"selection": 6, "refinement": 4},
        parameters=9,
        training_objects=20,
        validation_objects=5,
    )


def step(number: int, stage: str = "selection", loss: float = 1.0) -> Stepped:
    return Stepped(
        stage=stage, step=number, loss=loss, learning_rate=1e-3, seconds=1, seconds_left=150
    )


@pytest.fixture
def story() -> RunStory:
    story = RunStory()
    story.take(started())
    story.take(Tried(stage="selection", step=0, metrics=BEFORE, is_best=False))
    story.take(Preview(stage="selection", step=0, paths=("before.png",)))
    return story


def test_a_run_is_followed(story):
    assert "Trying the model as it is" in run_text(story, None)
    for number in range(1, 7):
        story.take(step(number, loss=1 / number))
    story.take(Tried(stage="selection", step=6, metrics=AFTER, is_best=True))
    story.take(Preview(stage="selection", step=6, paths=("now.png",)))
    story.take(step(1, "refinement"))
    assert (story.done, story.total) == (7, 10)
    assert [place for place, _ in story.losses] == [1, 2, 3, 4, 5, 6, 7]
    assert story.trials == [(0, BEFORE), (6, AFTER)]
    assert (story.first_pictures, story.pictures) == (("before.png",), ("now.png",))
    assert (story.before, story.after) == (BEFORE, AFTER)
    assert time_left(story) == "2 min left"
    assert run_text(story, None) == "<b>Training</b>, corrections on cpu."


def test_what_was_asked_is_said_until_it_is_done(story):
    story.take(step(1))
    assert "Pausing after this step" in run_text(story, "pause")
    story.take(Paused())
    assert run_text(story, None) == "<b>Paused</b>. Press <b>Go on</b>."
    story.take(WentOn())
    assert story.state == "running"
    story.take(Halved(stage="selection", step=2, batch_size=4))
    assert "goes on with 4 objects at once" in run_text(story, None)


@pytest.mark.parametrize(
    ("message", "state", "said"),
    [
        (Left(), "stopped", "after 1 of 10 steps"),
        (Failed(message="the disk is full"), "failed", "Failed"),
    ],
)
def test_ends(story, message, state, said):
    story.take(step(1))
    story.take(message)
    assert story.state == state
    assert not story.is_going
    assert said in run_text(story, None)


def test_a_model_that_got_worse_is_told(story):
    story.take(
        Finished(model="m", before=AFTER, after=BEFORE, warning="more clicks", is_early=True)
    )
    assert (story.state, story.warning) == ("stopped", "more clicks")


def test_a_run_that_goes_on_from_a_checkpoint_has_no_step_twice(story):
    for number in range(1, 6):
        story.take(step(number))
    story.take(started())
    story.take(step(3, loss=0.5))
    assert [place for place, _ in story.losses] == [1, 2, 3]


def test_a_story_is_read_from_the_files_of_a_run(tmp_path):
    folder = RunFolder(tmp_path)
    config = {
        "data": [{"path": "d"}],
        "preset": "fast",
        "selection": {"steps": 6},
        "refinement": {"steps": 0},
    }
    folder.config.write_text(json.dumps(config), encoding="utf-8")
    folder.add_metrics({"event": "validated", "stage": "selection", "step": 0, **BEFORE})
    for number in (1, 2):
        folder.add_metrics(step(number).model_dump(exclude={"seconds_left"}))
    whole = folder.metrics.read_text(encoding="utf-8")
    folder.metrics.write_text(whole + '{"event": "st', encoding="utf-8")  # cut off by a crash
    folder.previews.mkdir()
    for name in ("selection-000000-0", "selection-000002-0", "selection-000002-1"):
        (folder.previews / f"{name}.png").touch()
    story = read_story(folder)
    assert (story.state, story.done, story.total) == ("stopped", 2, 6)
    assert (story.seconds_left, story.before) == (4.0, BEFORE)
    assert [path[-12:] for path in story.first_pictures] == ["000000-0.png"]
    assert [path[-12:] for path in story.pictures] == ["000002-0.png", "000002-1.png"]


def test_a_folder_without_anything_is_a_story_without_anything(tmp_path):
    story = read_story(RunFolder(tmp_path))
    assert (story.stages, story.losses, story.state) == ({}, [], "stopped")
