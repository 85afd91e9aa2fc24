"""Work is kept without being asked for, and offered again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from napari.layers import Labels

from boundary_click.widgets.offer_card import in_words
from boundary_click.widgets.preferences import preferences

gui = pytest.mark.gui
ZONE = timezone(timedelta(hours=1))
NOW = datetime(2026, 3, 1, 0, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 3, 1, 0, 5, tzinfo=ZONE), "today at 00:05"),
        (datetime(2026, 2, 28, 23, 50, tzinfo=ZONE), "yesterday at 23:50"),
        (datetime(2026, 2, 28, 23, 10, tzinfo=UTC), "today at 00:10"),
        (datetime(2025, 12, 24, 8, 0, tzinfo=ZONE), "on 24 December 2025"),
    ],
)
def test_moments_in_words(moment, words):
    assert in_words(moment, NOW) == words


def cells():
    return np.random.default_rng(0).integers(0, 200, (3, 100, 120), dtype=np.uint8)


def settled(desk):
    projects, automatic = desk.widget.projects, desk.widget.automatic
    desk.wait()
    desk.qtbot.waitUntil(
        lambda: projects.info.is_saved and not projects.info.is_busy and not automatic.is_busy,
        timeout=20000,
    )


def again(make_desk, viewer):
    """Close the widget and the image, and open both anew, as another day."""
    viewer.layers.clear()
    viewer.add_image(cells(), name="the same cells")
    viewer.dims.set_point(0, 1)
    made = make_desk()
    settled(made)
    return made


@pytest.fixture
def worked(viewer, make_desk):
    viewer.add_image(cells(), name="cells")
    viewer.dims.set_point(0, 1)
    desk = make_desk()
    settled(desk)
    assert desk.widget.offer.isHidden()
    desk.click(1, 30, 30)
    desk.click(1, 30, 40)
    desk.does.accept()
    settled(desk)
    desk.click(1, 70, 70)
    desk.does.accept()
    settled(desk)
    assert "Kept for a while: saved" in desk.widget.project_box.state.text()
    assert desk.widget.project_box.keep.isEnabled()
    labels = desk.data.copy()
    desk.widget.release()
    return labels


@gui
def test_work_is_offered_again_and_goes_on(worked, viewer, make_desk, automatic_projects):
    desk = again(make_desk, viewer)
    assert not desk.widget.offer.isHidden()
    assert "<b>2 objects</b> on this image today at" in desk.widget.offer._text.text()
    desk.widget.offer.go_on.click()
    settled(desk)
    assert desk.widget.offer.isHidden()
    np.testing.assert_array_equal(desk.data, worked)
    assert desk.now.records[1].clicks == 2
    assert sum(isinstance(layer, Labels) for layer in viewer.layers) == 1
    desk.viewer.dims.set_point(0, 1)
    desk.click(1, 70, 20)
    desk.does.accept()
    settled(desk)
    desk.widget.release()
    assert len(list(automatic_projects.iterdir())) == 1
    third = again(make_desk, viewer)
    assert "<b>3 objects</b>" in third.widget.offer._text.text()


@gui
def test_work_that_is_begun_anew_leaves_the_earlier_alone(
    worked, viewer, make_desk, automatic_projects
):
    desk = again(make_desk, viewer)
    desk.click(1, 70, 20)
    assert not desk.widget.offer.isHidden()
    desk.does.accept()
    settled(desk)
    assert desk.widget.offer.isHidden()
    assert len(list(automatic_projects.iterdir())) == 2


@gui
def test_an_offer_can_be_declined(worked, viewer, make_desk, automatic_projects):
    desk = again(make_desk, viewer)
    desk.widget.offer.anew.click()
    assert desk.widget.offer.isHidden()
    assert len(list(automatic_projects.iterdir())) == 1


@gui
def test_a_chosen_project_takes_over(worked, viewer, make_desk, automatic_projects, tmp_path):
    desk = again(make_desk, viewer)
    desk.click(1, 70, 20)
    desk.widget.projects.create(tmp_path / "mine.bclick")
    settled(desk)
    desk.does.accept()
    settled(desk)
    assert desk.widget.project_box.state.text() == "mine.bclick: saved"
    assert len(list(automatic_projects.iterdir())) == 1


@gui
def test_nobody_has_to_want_it(desk, automatic_projects):
    told = preferences("projects")
    told.automatic = False
    try:
        desk.click(1, 30, 30)
        desk.does.accept()
        settled(desk)
        assert not automatic_projects.exists()
        assert "Not kept" in desk.widget.project_box.state.text()
    finally:
        told.automatic = True
