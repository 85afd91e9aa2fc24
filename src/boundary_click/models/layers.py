"""Building blocks shared by the networks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class ConvBlock(nn.Sequential):
    """Convolution, batch norm and ReLU; the size is kept at stride 1."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class PyramidPooling(nn.Module):
    """Pyramid pooling (PSP): context of several grid sizes beside the features.

    References
    ----------
    .. [1] H. Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017.
    """

    def __init__(self, inputs: int, outputs: int, *, bins: tuple[int, ...]) -> None:
        super().__init__()
        branch = max(1, outputs // len(bins))
        self.bins = bins
        # The coarsest bin is a single cell, on which batch norm cannot train with one image.
        self.branches = nn.ModuleList(nn.Conv2d(inputs, branch, 1) for _ in bins)
        self.fuse = ConvBlock(inputs + branch * len(bins), outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Map (B, inputs, h, w) to (B, outputs, h, w)."""
        size = features.shape[-2:]
        levels = [features]
        for bins, branch in zip(self.bins, self.branches, strict=True):
            pooled = functional.relu(branch(functional.adaptive_avg_pool2d(features, bins)))
            levels.append(resize(pooled, size))
        fused: Tensor = self.fuse(torch.cat(levels, dim=1))
        return fused


def resize(features: Tensor, size: torch.Size | tuple[int, int]) -> Tensor:
    """Resample (B, C, h, w) to ``size`` by linear interpolation, half-pixel convention."""
    return functional.interpolate(features, size=tuple(size), mode="bilinear", align_corners=False)


def channel_normalise(features: Tensor, eps: float = 1e-5) -> Tensor:
    """Give each channel of each crop zero mean and unit variance; (B, C, h, w) to the same.

    Raw features beside a click map are detrimental to the refinement network
    (Majumder et al., BMVC 2020, section 3.2).
    """
    mean = features.mean(dim=(2, 3), keepdim=True)
    variance = features.var(dim=(2, 3), keepdim=True, unbiased=False)
    return (features - mean) * torch.rsqrt(variance + eps)


def roi_align(
    features: Tensor, boxes: Tensor, size: int, *, scale: float = 1.0, sampling: int = 2
) -> Tensor:
    """Crop one box of each feature map and resample it to a fixed size.

    Parameters
    ----------
    features : Tensor, shape (B, C, h, w)
        Differentiable.
    boxes : Tensor, shape (B, 4)
        ``(top, left, bottom, right)`` in edge coordinates of the input that the features
        were computed from; one box per feature map.
    size : int
        Cells along each side of the result.
    scale : float
        Feature cells per input pixel, 1/4 for features of stride 4.
    sampling : int
        Samples per cell and axis that are averaged.

    Returns
    -------
    Tensor, shape (B, C, size, size)

    Notes
    -----
    The aligned (half-pixel) convention: cell i of a feature map covers ``[i, i + 1]`` in
    edge coordinates and its value sits in the middle. Samples up to one cell outside the
    map take the border's value, samples further out are zero. Since samples lie on a
    regular grid, their mean factors into one small matrix per axis.

    References
    ----------
    .. [1] K. He et al., "Mask R-CNN", ICCV 2017, section 3.
    """
    height, width = features.shape[-2:]
    top, left, bottom, right = (boxes.to(features) * scale).unbind(dim=1)
    rows = _sampling_matrix(top, bottom, size, height, sampling)
    cols = _sampling_matrix(left, right, size, width, sampling)
    return torch.einsum("bih,bchw,bjw->bcij", rows, features, cols)


def _sampling_matrix(start: Tensor, stop: Tensor, size: int, length: int, sampling: int) -> Tensor:
    """Return the (B, size, length) weights of RoIAlign along one axis."""
    count = size * sampling
    steps = (torch.arange(count, device=start.device, dtype=start.dtype) + 0.5) / count
    at = start[:, None] + steps * (stop - start)[:, None] - 0.5
    counts = ((at >= -1) & (at <= length)).to(start.dtype)
    at = at.clamp(0, length - 1)
    cells = torch.arange(length, device=start.device, dtype=start.dtype)
    weights = (1 - (at[..., None] - cells).abs()).clamp(min=0) * counts[..., None]
    return weights.reshape(start.shape[0], size, sampling, length).mean(dim=2)
