from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from boundary_click.core.clicks import of_kind
from boundary_click.engine.guidance_stack import guidance_stack
from boundary_click.training.config import GuidedStageConfig
from boundary_click.training.guided_task import GuidedTask, corrected, draw_maps, draw_scene


@pytest.fixture
def draw(sampler, guided_architecture):
    def draw(seed: int = 0, **options):
        config = GuidedStageConfig(**options)
        rng = np.random.default_rng(seed)
        return draw_scene(sampler, rng, guidance=guided_architecture.guidance, config=config)

    return draw


def test_the_loss_reaches_every_map(build, guided_architecture, sampler):
    task = GuidedTask(build(guided_architecture), GuidedStageConfig(iterative_share=0.5))
    source = task.source(sampler)
    scenes = [source.draw(np.random.default_rng(seed)) for seed in range(6)]
    assert {bool(scene.corrections) for scene in scenes} == {True, False}
    task.network.train()
    loss = task(source.collate(scenes))
    loss.backward()
    assert torch.isfinite(loss)
    assert task.network.training
    gradient = task.network.backbone.stem[0].weight.grad.abs().sum(dim=(0, 2, 3))
    assert (gradient > 0).all()
    assert len(gradient) == 7


def test_clicks_answer_the_errors_of_a_mask(draw):
    scene = draw(iterative_share=1.0, error_clicks=(2, 2), drop_all=0.0, drop_sign=0.0)
    scene, truth = replace(scene, replaces=False), scene.sample.truth
    empty = np.zeros_like(truth)
    added = corrected(scene, empty)
    new = added.clicks[len(scene.clicks) :]
    assert added.clicks[: len(scene.clicks)] == scene.clicks
    assert [click.kind for click in new] == ["positive"]  # one region is missing
    assert truth[int(new[0].row), int(new[0].col)]
    surplus = corrected(scene, np.ones_like(truth)).clicks[len(scene.clicks) :]
    assert {click.kind for click in surplus} == {"negative"}
    assert corrected(scene, truth).clicks == scene.clicks


def test_new_clicks_take_the_place_of_others_at_the_published_rate(draw):
    scenes = [draw(seed, iterative_share=1.0) for seed in range(200)]
    assert np.mean([scene.replaces for scene in scenes]) == pytest.approx(0.3, abs=0.1)
    scene = next(s for s in scenes if s.replaces and len(s.clicks) > 2)
    found = corrected(scene, np.zeros_like(scene.sample.truth))
    assert found.clicks[0] == scene.clicks[0]
    assert len(found.clicks) == 2
    assert not found.dropped


def test_guidance_dropout(draw, guided_architecture):
    config = guided_architecture.guidance
    scenes = [draw(seed, drop_all=1.0, drop_sign=1.0) for seed in range(60)]
    for scene in scenes:
        maps = dict(zip(config.maps, draw_maps(scene, config, None), strict=True))
        if not scene.sample.others.any():
            assert scene.dropped == ("positive", "negative", "object")
            assert (maps["superpixel-positive"] == 1).all()
            assert (maps["superpixel-negative"] == 1).all()
            assert (maps["object"] == 0).all()
        elif of_kind(scene.clicks, "negative"):
            assert scene.dropped in (("positive",), ("negative",))
            assert (maps[f"superpixel-{scene.dropped[0]}"] == 1).all()
            assert maps["object"].any()
        else:
            assert not scene.dropped
    kinds = {scene.dropped for scene in scenes}
    assert {("positive",), ("negative",), ("positive", "negative", "object")} <= kinds
    kept = draw(1, drop_all=0.0, drop_sign=0.0)
    assert not kept.dropped
    shape = kept.sample.truth.shape
    expected = guidance_stack(config, kept.clicks, shape, regions=kept.regions)
    np.testing.assert_array_equal(draw_maps(kept, config, None), expected)
