from __future__ import annotations

import numpy as np
import pytest
import torch

from boundary_click.core.clicks import Click
from boundary_click.engine.guided import GuidedPredictor
from boundary_click.engine.session import Session
from boundary_click.engine.state import Patch

PLACES = ((60, 80, "negative"), (52, 74, "positive"), (75, 70, "negative"))


@pytest.fixture(scope="module")
def guided(guided_architecture, build) -> GuidedPredictor:
    """A model that sees little more than what the clicks say by themselves."""
    model = build(guided_architecture)
    torch.nn.init.constant_(model.network.classifier.bias, -1.5)
    return GuidedPredictor(model.eval(), name="tiny")


def test_clicks_are_obeyed(guided, image):
    assert guided.click_kinds == ("positive", "negative")
    session = Session(image, guided)
    assert session.add_click(60, 70)[60, 70]
    for row, col, kind in PLACES:
        assert session.add_click(row, col, kind)[row, col] == (kind == "positive")
    assert session.mask[60, 70]


def test_regions_are_found_once_for_a_window(guided, image, monkeypatch):
    session = Session(image, guided)
    session.add_click(60, 70)
    found = []
    monkeypatch.setattr(
        "boundary_click.engine.guided.find_regions", lambda *args: found.append(args)
    )
    session.add_click(60, 76, "positive")
    assert not found


def test_a_click_outside_the_window_moves_it(guided):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (400, 500)).astype(np.uint8)
    state = guided.select(image, Click(60, 70))
    clicks = (Click(60, 70), Click(350, 460))
    assert not state.crop.box.holds(clicks[1])
    moved = guided.refine(image, state, clicks)
    assert all(moved.crop.box.holds(click) for click in clicks)
    third = (*clicks, Click(60, 300))
    mask = guided.refine(image, moved, third).render(image.shape)
    assert all(
        mask.mask[int(c.row) - mask.where[0].start, int(c.col) - mask.where[1].start] for c in third
    )
    far = guided.refine(image, state, (clicks[0], Click(350, 460, "negative")))
    assert far.crop == state.crop


def test_a_mask_from_elsewhere_is_corrected(guided, predictor, image):
    rows, cols = np.ogrid[:120, :150]
    mask = (rows - 60) ** 2 + (cols - 75) ** 2 <= 225
    for model, kind in ((guided, "negative"), (predictor, "boundary")):
        session = Session(image, model, mask=mask)
        assert np.array_equal(session.mask, mask)
        state, clicks = session.latest
        assert [click.kind for click in clicks] == ["positive"]
        assert mask[int(clicks[0].row), int(clicks[0].col)]
        changed = session.add_click(60, 86, kind)
        if kind == "negative":
            assert not changed[60, 86]
        assert not np.array_equal(changed, mask)
        assert session.latest[0] is not state
        assert session.latest[1] == (*clicks, *session.clicks)
        assert np.array_equal(session.undo(), mask)
        session.redo()
        assert np.array_equal(session.reset(), mask)


def test_a_mask_that_cannot_be_corrected(guided, image):
    with pytest.raises(ValueError, match="mask is empty; give one that holds an object"):
        Session(image, guided, mask=np.zeros(image.shape, dtype=bool))
    with pytest.raises(ValueError, match=r"as large as the image, 120 x 150 pixels, got.*\(5, 5\)"):
        Session(image, guided, mask=np.ones((5, 5), dtype=bool))
    patch = Patch((slice(100, 130), slice(0, 20)), np.ones((30, 20), dtype=np.float32))
    with pytest.raises(ValueError, match="mask reaches to row 130, column 20, but the image has"):
        Session(image, guided, mask=patch)


def test_the_previous_mask_and_all_clicks_reach_the_network(guided, image):
    state = guided.select(image, Click(60, 70))
    view = guided.show_guidance(state, (Click(60, 70), Click(52, 62, "negative")))
    assert tuple(view.maps) == guided.guidance.maps
    row, col = (round(x) for x in view.window.forward(60, 70))
    assert view.maps["superpixel-positive"][row, col] == 0
    row, col = (round(x) for x in view.window.forward(52, 62))
    assert view.maps["superpixel-negative"][row, col] == 0
    np.testing.assert_array_equal(view.maps["previous"] == 0, state.logits > 0)
    assert view.superpixels.shape == state.logits.shape


def test_other_settings(guided, image):
    fine = guided.with_guidance(superpixel_count=300)
    clicks = (Click(60, 70),)
    many, few = (
        model.show_guidance(model.select(image, clicks[0]), clicks).superpixels.max()
        for model in (fine, guided)
    )
    assert many > 2 * few
    assert guided.guidance.superpixel_count == 60
    with pytest.raises(ValueError, match="superpixel_count"):
        guided.with_guidance(superpixel_count=0)
    with pytest.raises(ValueError, match="'tiny' was trained with the maps"):
        guided.with_guidance(maps=("gaussian-positive", "gaussian-negative"))


def test_a_state_of_other_settings_gets_regions_anew(guided, image):
    clicks = (Click(60, 70), Click(60, 74))
    state = guided.select(image, clicks[0])
    fine = guided.with_guidance(superpixel_count=300)
    few, many = (
        model.show_guidance(model.refine(image, state, clicks), clicks).superpixels.max()
        for model in (guided, fine)
    )
    assert many > 2 * few


def test_the_true_scale_counts_in_the_image(guided, image):
    """A scale in image pixels is drawn in pixels of the window."""
    aware = guided.with_guidance(superpixel_reach=0.5)
    clicks = (Click(60, 70), Click(60, 95, "negative"))
    state = aware.select(image, clicks[0])
    name = "superpixel-positive"
    told = aware.with_scale(np.sqrt(np.pi) * 25).show_guidance(state, clicks).maps[name]
    np.testing.assert_allclose(told, aware.show_guidance(state, clicks).maps[name], atol=1e-6)
    small = aware.with_scale(2.0).show_guidance(state, clicks).maps[name]
    assert (small == 1).sum() > (told == 1).sum()


def test_inference_is_repeatable(guided, image):
    first, again = (guided.select(image, Click(60, 70)).logits for _ in range(2))
    assert torch.equal(torch.from_numpy(first), torch.from_numpy(again))
