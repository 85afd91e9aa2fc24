from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from boundary_click.models.layers import (
    ConvBlock,
    PyramidPooling,
    channel_normalise,
    resize,
    roi_align,
)


def bilinear(plane: np.ndarray, row: float, col: float) -> float:
    """One sample at pixel coordinates: the published rule, border rules included."""
    height, width = plane.shape
    if row < -1 or row > height or col < -1 or col > width:
        return 0.0
    row, col = max(row, 0.0), max(col, 0.0)
    top, left = min(int(row), height - 1), min(int(col), width - 1)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    row, col = min(row, height - 1), min(col, width - 1)
    down, across = row - top, col - left
    above = plane[top, left] * (1 - across) + plane[top, right] * across
    below = plane[bottom, left] * (1 - across) + plane[bottom, right] * across
    return float(above * (1 - down) + below * down)


def literal_roi_align(features, boxes, size, scale, sampling):
    """RoIAlign as loops over boxes, channels, cells and samples; aligned coordinates."""
    result = np.zeros((len(boxes), features.shape[1], size, size))
    for b, (top, left, bottom, right) in enumerate(np.asarray(boxes) * scale - 0.5):
        cell = (bottom - top) / size, (right - left) / size
        for c, i, j in itertools.product(range(features.shape[1]), range(size), range(size)):
            samples = [
                bilinear(
                    features[b, c],
                    top + cell[0] * (i + (u + 0.5) / sampling),
                    left + cell[1] * (j + (v + 0.5) / sampling),
                )
                for u, v in itertools.product(range(sampling), repeat=2)
            ]
            result[b, c, i, j] = math.fsum(samples) / sampling**2
    return result


class TestRoiAlign:
    @pytest.mark.parametrize("sampling", [1, 2, 3])
    @pytest.mark.parametrize("scale", [1.0, 0.25])
    def test_follows_the_published_loops(self, sampling, scale):
        rng = np.random.default_rng(0)
        features = rng.random((5, 2, 7, 9))
        boxes = np.array(
            [
                [0, 0, 7, 9],  # all of it
                [1.3, 2.1, 4.9, 8.7],  # inside
                [-3.0, -2.2, 5.0, 3.0],  # over the first edges
                [4.0, 5.0, 11.0, 13.5],  # over the last edges
                [2.0, 2.0, 2.5, 2.4],  # smaller than a cell
            ]
        )
        aligned = roi_align(
            torch.tensor(features), torch.tensor(boxes / scale), 4, scale=scale, sampling=sampling
        )
        expected = literal_roi_align(features, boxes / scale, 4, scale, sampling)
        np.testing.assert_allclose(aligned.numpy(), expected, atol=1e-12)

    def test_a_whole_map_at_its_own_size_is_itself(self):
        features = torch.rand(2, 3, 6, 6)
        boxes = torch.tensor([[0.0, 0.0, 24.0, 24.0]]).repeat(2, 1)
        aligned = roi_align(features, boxes, 6, scale=0.25, sampling=1)
        torch.testing.assert_close(aligned, features)

    def test_a_crop_on_cell_edges_is_that_piece(self):
        features = torch.rand(1, 3, 8, 8)
        aligned = roi_align(features, torch.tensor([[2.0, 1.0, 6.0, 5.0]]), 4, sampling=1)
        torch.testing.assert_close(aligned, features[:, :, 2:6, 1:5])

    def test_a_ramp_is_exact(self):
        """Half a pixel of error would show."""
        rows = (torch.arange(10.0) + 0.5).view(1, 1, 10, 1).expand(1, 1, 10, 10)
        aligned = roi_align(rows, torch.tensor([[2.0, 2.0, 7.0, 7.0]]), 5)
        torch.testing.assert_close(aligned[0, 0, :, 2], torch.arange(2.5, 7.0))

    def test_gradients(self):
        torch.manual_seed(0)
        features = torch.rand(2, 2, 5, 6, dtype=torch.float64, requires_grad=True)
        boxes = torch.tensor([[0.4, 0.7, 4.2, 5.3], [-2.0, 1.0, 3.0, 9.0]], dtype=torch.float64)
        assert torch.autograd.gradcheck(lambda f: roi_align(f, boxes, 3), features)


class TestChannelNormalise:
    def test_each_channel_of_each_crop(self):
        features = torch.rand(2, 3, 8, 8) * torch.tensor([1.0, 100.0, 0.1]).view(1, 3, 1, 1) + 7
        normalised = channel_normalise(features)
        torch.testing.assert_close(normalised.mean((2, 3)), torch.zeros(2, 3), atol=1e-4, rtol=0)
        spread = normalised.std((2, 3), unbiased=False)
        torch.testing.assert_close(spread, torch.ones(2, 3), atol=1e-2, rtol=0)

    def test_a_constant_channel_becomes_zero(self):
        assert not channel_normalise(torch.full((1, 2, 4, 4), 3.0)).any()

    def test_gradients(self):
        features = torch.rand(2, 2, 3, 3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(channel_normalise, features)


def test_resize_puts_values_in_the_middle_of_cells():
    enlarged = resize(torch.tensor([[[[0.0, 4.0]]]]), (1, 4))
    torch.testing.assert_close(enlarged[0, 0, 0], torch.tensor([0.0, 1.0, 3.0, 4.0]))


@pytest.mark.parametrize(("kernel", "stride", "side"), [(3, 1, 9), (1, 1, 9), (3, 2, 5)])
def test_block_sizes(kernel, stride, side):
    block = ConvBlock(2, 5, kernel=kernel, stride=stride)
    assert block(torch.rand(2, 2, 9, 9)).shape == (2, 5, side, side)


@pytest.mark.parametrize("bins", [(1,), (1, 2, 3, 6)])
def test_pyramid_pooling_trains_with_a_single_image(bins):
    pyramid = PyramidPooling(6, 10, bins=bins).train()
    features = torch.rand(1, 6, 5, 4, requires_grad=True)
    pooled = pyramid(features)
    assert pooled.shape == (1, 10, 5, 4)
    pooled.sum().backward()
    assert torch.isfinite(features.grad).all()


def test_the_coarsest_bin_sees_everything():
    pyramid = PyramidPooling(1, 4, bins=(1,)).eval()
    torch.manual_seed(0)
    torch.nn.init.ones_(pyramid.branches[0].weight)
    first = torch.rand(1, 1, 8, 8)
    second = first.clone()
    second[..., 7, 7] += 50
    changed = (pyramid(first) - pyramid(second)).abs().amax(dim=1)
    assert changed[0, 0, 0] > 1e-3
