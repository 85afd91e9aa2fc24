from __future__ import annotations

from dataclasses import replace

import pytest

from boundary_click.widgets.guidance_box import (
    GuidanceBox,
    count_at,
    reach_at,
    step_of_count,
    step_of_reach,
)
from boundary_click.widgets.guiding import GuidanceInfo, GuidanceSettings
from boundary_click.widgets.situations import Situation

pytestmark = pytest.mark.gui

OWN = GuidanceSettings(500, None)
NOW = Situation(guidance=GuidanceInfo(OWN, has_superpixels=True), settings=OWN)


@pytest.fixture
def box(qtbot):
    made = GuidanceBox()
    qtbot.addWidget(made)
    made.show_situation(NOW)
    return made


@pytest.fixture
def told(box):
    heard = []
    box.changed.connect(heard.append)
    return heard


def test_steps_of_the_sliders():
    assert [count_at(step) for step in (0, 1, 14, 20, 40)] == [100, 110, 500, 1000, 10000]
    assert [step_of_count(count_at(step)) for step in range(41)] == list(range(41))
    assert (step_of_count(1), step_of_count(20000)) == (0, 40)
    assert [reach_at(step) for step in (0, 1, 18, 19)] == [1, 1.5, 10, None]
    assert [step_of_reach(reach_at(step)) for step in range(20)] == list(range(20))
    assert (step_of_reach(0.2), step_of_reach(99)) == (0, 18)


def test_the_settings_in_use_are_shown_and_told_to_nobody(box, told, qtbot):
    box.show_situation(replace(NOW, settings=GuidanceSettings(2000, 4.5), is_guidance_own=False))
    assert (box.count.value(), box._count_value.text()) == (26, "2000")
    assert box._reach_value.text().startswith("4.5")
    assert box.own.isEnabled()
    qtbot.wait(400)
    assert told == []


def test_of_several_moves_only_the_last_counts(box, told, qtbot):
    for step in (20, 30, 40):
        box.count.setValue(step)
        box.show_situation(NOW)  # whatever happens meanwhile, the slider stays
    box.reach.setValue(2)
    assert box.count.value() == 40
    assert told == []
    qtbot.waitUntil(lambda: bool(told))
    assert told == [GuidanceSettings(10000, 2.0)]


def test_settings_of_the_model_that_no_step_has_are_kept(box, told, qtbot):
    box.show_situation(replace(NOW, settings=GuidanceSettings(60, None)))
    box.reach.setValue(0)
    qtbot.waitUntil(lambda: bool(told))
    assert told == [GuidanceSettings(60, 1.0)]


def test_back_to_the_models_own(box, told, qtbot):
    assert not box.own.isEnabled()
    box.count.setValue(3)
    box.own.setEnabled(True)
    box.own.click()
    qtbot.wait(400)
    assert told == [None]


def test_folded_at_first_and_only_there_for_models_of_the_family(box):
    assert not box.maps.isVisibleTo(box)
    box.header.click()
    assert box.maps.isVisibleTo(box)
    assert box.count.isVisibleTo(box)
    box.show_situation(replace(NOW, guidance=GuidanceInfo(OWN, has_superpixels=False)))
    assert box.maps.isVisibleTo(box)
    assert not box.count.isVisibleTo(box)
    box.show_situation(Situation())
    assert box.isHidden()
