from __future__ import annotations

import math

import pytest
import torch

from boundary_click.models.losses import (
    boundary_aware_weight,
    class_balance,
    soft_dice,
    weighted_cross_entropy,
)


def planes(*values: float) -> torch.Tensor:
    """A (1, 1, 1, n) tensor."""
    return torch.tensor(values, dtype=torch.float64).view(1, 1, 1, -1)


class TestClassBalance:
    def test_rare_pixels_weigh_more(self):
        weight = class_balance(planes(1, 0, 0, 0))
        torch.testing.assert_close(weight, planes(2, 2 / 3, 2 / 3, 2 / 3))

    def test_the_classes_weigh_the_same_and_together_as_without(self):
        torch.manual_seed(0)
        target = (torch.rand(3, 1, 9, 9, dtype=torch.float64) < 0.2).double()
        weight = class_balance(target)
        assert weight.mean() == pytest.approx(1)
        assert (weight * target).sum() == pytest.approx(float((weight * (1 - target)).sum()))

    def test_frequencies_are_those_of_the_valid_pixels(self):
        weight = class_balance(planes(1, 0, 0, 0), planes(1, 1, 0, 0))
        torch.testing.assert_close(weight, planes(1, 1, 1, 1))

    @pytest.mark.parametrize("value", [0.0, 1.0])
    def test_a_single_class(self, value):
        weight = class_balance(torch.full((1, 1, 2, 2), value))
        torch.testing.assert_close(weight, torch.full((1, 1, 2, 2), 0.5))

    def test_no_valid_pixel(self):
        assert torch.isfinite(class_balance(planes(1, 0), planes(0, 0))).all()


class TestBoundaryAwareWeight:
    def test_equation_2(self):
        """0 on the object, d / 255 on the background up to 40 pixels away, 0 beyond."""
        target = planes(1, 1, 0, 0, 0, 0)
        distance = planes(0, 30, 1, 25.5, 40, 41)
        weight = boundary_aware_weight(target, distance)
        torch.testing.assert_close(weight, planes(1, 1, 1 + 1 / 255, 1.1, 1 + 40 / 255, 1))

    def test_other_reach_and_divisor(self):
        weight = boundary_aware_weight(planes(0, 0), planes(5, 11), tau=10, kappa=10)
        torch.testing.assert_close(weight, planes(1.5, 1))


class TestCrossEntropy:
    def test_class_balanced_by_hand(self):
        """Equation 1: logits 0 cost log 2, and -2 on background log(1 + exp(-2))."""
        target, logits = planes(1, 0, 0, 0), planes(0, 0, 0, -2)
        loss = weighted_cross_entropy(logits, target, class_balance(target), reduction="sum")
        expected = 2 * math.log(2) + 2 / 3 * (2 * math.log(2) + math.log(1 + math.exp(-2)))
        assert loss == pytest.approx(expected)

    def test_boundary_aware_by_hand(self):
        """Equation 3."""
        target, logits = planes(1, 0), planes(1, 1)
        weight = class_balance(target) * boundary_aware_weight(target, planes(0, 25.5))
        loss = weighted_cross_entropy(logits, target, weight, reduction="sum")
        assert loss == pytest.approx(math.log(1 + math.exp(-1)) + 1.1 * math.log(1 + math.exp(1)))

    def test_mean_and_sum(self):
        logits, target, weight = torch.randn(2, 1, 3, 5), torch.ones(2, 1, 3, 5), torch.rand(1)
        mean = weighted_cross_entropy(logits, target, weight)
        total = weighted_cross_entropy(logits, target, weight, reduction="sum")
        assert total / 30 == pytest.approx(float(mean), rel=1e-5)

    def test_huge_logits_are_no_trouble(self):
        loss = weighted_cross_entropy(planes(1e4, -1e4), planes(0, 1), planes(1, 1))
        assert loss == pytest.approx(1e4)

    def test_gradients(self):
        torch.manual_seed(0)
        logits = torch.randn(2, 1, 3, 3, dtype=torch.float64, requires_grad=True)
        target = (torch.rand(2, 1, 3, 3) < 0.5).double()
        weight = class_balance(target) * boundary_aware_weight(target, 9 * torch.rand_like(target))
        assert torch.autograd.gradcheck(lambda x: weighted_cross_entropy(x, target, weight), logits)


class TestDice:
    def test_a_perfect_mask_costs_nothing(self):
        target = planes(1, 1, 0, 0)
        assert soft_dice(target * 200 - 100, target) == pytest.approx(0, abs=1e-9)

    def test_by_hand(self):
        """Probabilities of 1/2: 2 * 1/2 + 1 over 2 + 1 + 1."""
        assert soft_dice(planes(0, 0, 0, 0), planes(1, 0, 0, 0)) == pytest.approx(1 - 2 / 4)

    def test_every_object_counts_the_same(self):
        target = torch.zeros(2, 1, 4, 4)
        target[0], target[1, 0, 0, 0] = 1, 1
        logits = torch.stack([torch.full((1, 4, 4), -100.0), target[1] * 200 - 100])
        assert soft_dice(logits, target) == pytest.approx(0.5 * (1 - 1 / 17))

    def test_ignored_pixels_do_not_count(self):
        target, valid = planes(1, 0, 1), planes(1, 1, 0)
        some = soft_dice(planes(3, 1, -9), target, valid)
        assert some == soft_dice(planes(3, 1, 9), 1 - valid + target * valid, valid)

    def test_gradients(self):
        torch.manual_seed(0)
        logits = torch.randn(2, 1, 3, 3, dtype=torch.float64, requires_grad=True)
        target = (torch.rand(2, 1, 3, 3) < 0.5).double()
        assert torch.autograd.gradcheck(lambda x: soft_dice(x, target), logits)
