from __future__ import annotations

import numpy as np
import pytest
import torch

from boundary_click.models.config import GuidanceConfig
from boundary_click.models.losses import boundary_aware_weight, class_balance, soft_dice
from boundary_click.training.config import (
    RefinementStageConfig,
    SelectionStageConfig,
)
from boundary_click.training.objective import objective
from boundary_click.training.refinement_task import RefinementTask
from boundary_click.training.selection_task import SelectionBatch, SelectionTask


class TestSelectionLoss:
    @pytest.fixture
    def batch(self):
        generator = torch.Generator().manual_seed(0)
        logits = torch.randn(2, 1, 8, 8, generator=generator)
        truth = (torch.rand(2, 1, 8, 8, generator=generator) < 0.3).float()
        valid = (torch.rand(2, 1, 8, 8, generator=generator) < 0.8).float()
        return logits, truth, valid, 60 * torch.rand(2, 1, 8, 8, generator=generator)

    @pytest.mark.parametrize("reduction", ["mean", "sum"])
    @pytest.mark.parametrize("loss", ["class-balanced", "boundary-aware", "boundary-aware-dice"])
    def test_by_its_parts(self, batch, loss, reduction):
        logits, truth, valid, distance = batch
        entropy = -torch.log(torch.sigmoid(torch.where(truth > 0, logits, -logits)))
        weight = valid
        if loss != "boundary-aware-dice":
            weight = weight * class_balance(truth, valid)
        if loss != "class-balanced":
            weight = weight * boundary_aware_weight(truth, distance)
        expected = getattr(weight * entropy, reduction)()
        if loss == "boundary-aware-dice":
            expected = expected + soft_dice(logits, truth, valid)
        config = SelectionStageConfig(loss=loss, reduction=reduction)
        torch.testing.assert_close(objective(*batch, config), expected)

    @pytest.mark.parametrize("loss", ["class-balanced", "boundary-aware", "boundary-aware-dice"])
    def test_pixels_that_do_not_count(self, batch, loss):
        logits, truth, valid, distance = batch
        config = SelectionStageConfig(loss=loss)
        before = objective(*batch, config)
        hidden = valid == 0
        logits = torch.where(hidden, -9 * torch.ones_like(logits), logits)
        truth = torch.where(hidden, 1 - truth, truth)
        torch.testing.assert_close(objective(logits, truth, valid, distance, config), before)


def test_a_batch_of_samples(sampler):
    samples = [sampler.draw(np.random.default_rng(seed)) for seed in range(3)]
    batch = SelectionBatch.of(samples, GuidanceConfig(sigma=5.0)).to(torch.device("cpu"))
    assert batch.image.shape == (3, 3, 64, 64)
    assert {part.shape for part in batch[1:]} == {(3, 1, 64, 64)}
    assert {part.dtype for part in batch} == {torch.float32}
    torch.testing.assert_close(batch.image[1, 2], torch.from_numpy(samples[1].image[..., 2]))
    packed = SelectionBatch.packed(samples, GuidanceConfig(sigma=5.0))
    assert {part.dtype for part in packed} == {torch.half, torch.bool}
    for part, exact in zip(packed.to(torch.device("cpu")), batch, strict=True):
        torch.testing.assert_close(part, exact, atol=1e-3, rtol=1e-3)
    row, col = (round(x) for x in (samples[2].click.row, samples[2].click.col))
    assert batch.guidance[2, 0, row, col] > 0.9


def test_the_selection_learns_from_the_click(build, architecture, sampler):
    task = SelectionTask(build(architecture), SelectionStageConfig())
    source = task.source(sampler)
    samples = [source.draw(np.random.default_rng(seed)) for seed in range(2)]
    task(source.collate(samples)).backward()
    assert task.network.backbone.stem[0].weight.grad[:, 3].abs().sum() > 0


class TestRefinement:
    @pytest.fixture
    def task(self, build, architecture) -> RefinementTask:
        return RefinementTask(build(architecture), RefinementStageConfig())

    def test_a_crop_holds_the_object(self, task, sampler):
        for seed in range(4):
            crop = task.draw(sampler, np.random.default_rng(seed))
            assert crop.features.shape == (8, 16, 16)
            assert crop.image.shape == (3, 32, 32)
            assert crop.logits.shape == crop.truth.shape == crop.valid.shape == (32, 32)
            assert crop.truth.any()
            assert crop.rim > 0
            assert 2 <= crop.count <= 4
            assert not crop.features.requires_grad

    def test_only_the_head_gets_gradients(self, task, sampler):
        model = task._model[0]
        task([task.draw(sampler, np.random.default_rng(seed)) for seed in range(2)]).backward()
        assert all(p.grad is None for p in model.selection.parameters())
        assert model.refinement.classifier.weight.grad.abs().sum() > 0

    def test_the_same_crops_give_the_same_loss(self, task, sampler):
        crops = [task.draw(sampler, np.random.default_rng(seed)) for seed in range(2)]
        task.network.eval()
        assert task(crops).item() == task(crops).item()

    def test_objects_are_picked_by_their_first_mask(self, build, architecture, sampler):
        config = RefinementStageConfig(iou_range=(0.0, 1.0), signed_share=1.0, clicks=(3, 3))
        crop = RefinementTask(build(architecture), config).draw(sampler, np.random.default_rng(0))
        assert crop.user.style == "signed"
        assert crop.count == 3
