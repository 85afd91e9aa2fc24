from __future__ import annotations

from dataclasses import replace

import pytest

from boundary_click.widgets.hints import hint, status, too_early
from boundary_click.widgets.situations import Situation

READY = Situation(has_image=True, is_open=True, is_active=True, device="cpu")
WORKING = replace(READY, clicks=1, has_mask=True, object_id=3, milliseconds=41.6)
SIGNED = replace(WORKING, kind="positive", kinds=("positive", "negative"))
GIVEN = replace(WORKING, clicks=0, is_given=True)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Situation(), "Open an image"),
        (Situation(has_image=True), "Start"),
        (replace(READY, is_flat=False), "2D view"),
        (replace(READY, is_active=False), "Back to clicking"),
        (READY, "inside an object"),
        (replace(READY, clicks=1, is_predicting=True), "Looking for the object"),
        (replace(READY, clicks=1, is_predicting=True, is_loading=True), "Loading the model"),
        (replace(READY, clicks=1), "No object found there"),
        (WORKING, "outline"),
        (replace(WORKING, kind="positive"), "<b>inside</b> the object"),
        (replace(WORKING, kind="negative"), "<b>outside</b> the object"),
        (replace(WORKING, is_elsewhere=True), "another plane"),
        (READY, "press <b>W</b> to correct one that is there"),
        (replace(READY, is_picking=True), "the object to correct"),
        (replace(GIVEN), "<b>Object 3</b> is open. Click on its <b>outline</b>"),
        (replace(GIVEN, clicks=1), "Click on its <b>outline</b>"),
        (replace(SIGNED, kind="positive"), "<b>Shift</b>-click where it covers too much"),
        (replace(SIGNED, kind="negative"), "<b>Shift</b>-click where it misses some"),
    ],
)
def test_hint_says_what_to_do_next(now, words):
    assert words in hint(now)


@pytest.mark.parametrize("kind", ["positive", "negative"])
def test_a_model_without_outline_clicks_is_never_told_of_outlines(kind):
    now = replace(SIGNED, kind=kind)
    for each in (now, replace(now, clicks=0), replace(now, clicks=0, is_given=True)):
        assert "outline" not in hint(each) + too_early(each.kind)
    assert "Shift" not in hint(replace(now, kinds=(kind,)))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (Situation(), "no model"),
        (Situation(is_loading=True), "loading the model…"),
        (READY, "cpu  ·  ready"),
        (WORKING, "cpu  ·  42 ms  ·  1 click  ·  object 3"),
        (replace(WORKING, clicks=2, is_predicting=True), "cpu  ·  …  ·  2 clicks  ·  object 3"),
    ],
)
def test_status_line(now, expected):
    assert status(now) == expected
