"""How long a click takes, on a small and on a huge image, beside a common yardstick."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy import ndimage
from skimage import data, filters
from torch import Tensor, nn

from boundary_click.benchmark.metrics import Spread
from boundary_click.benchmark.protocol import Plane, Target, find_targets, sample_targets
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import Box
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.robot_user import RobotUser, styles_for
from boundary_click.engine.session import Session
from boundary_click.models.backbones import ResNet, build_backbone

SIDES = (512, 8192)
"""Sides of the square images, in pixels; the first divides the others."""

THREADS = 2
"""CPU threads that torch may use."""

YARDSTICK_SIDE = 256
"""Side of the classifier's input, in pixels."""

_MIN_AREA = 400
_WARM_UP = 3


class Round(NamedTuple):
    """Milliseconds of one round: the yardstick, then two clicks on every image.

    Attributes
    ----------
    yardstick : float
    first, further : dict of float
        By the side of the image.
    """

    yardstick: float
    first: dict[int, float]
    further: dict[int, float]


class PlainResNet18(nn.Module):
    """ResNet-18 image classifier of stride 32, randomly initialised: the yardstick.

    References
    ----------
    .. [1] K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
    """

    def __init__(self) -> None:
        super().__init__()
        backbone = build_backbone("resnet18", 3)
        assert isinstance(backbone, ResNet)  # by its name
        self.backbone = _without_dilation(backbone)
        self.classifier = nn.Linear(self.backbone.widths[-1], 1000)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, 3, H, W) to class scores (B, 1000)."""
        scores: Tensor = self.classifier(self.backbone(x).stride16.mean(dim=(2, 3)))
        return scores


def run_latency(predictor: Predictor, *, objects: int, seed: int) -> Iterator[Round]:
    """Time clicks on coins, each object in turn with the yardstick and on images of two sizes.

    Parameters
    ----------
    predictor : Predictor
        Timed as it is, behind a `Session`; loading and the first calls do not count.
    objects : int
        How many to click; the images hold some 40 different ones, then they come again
        elsewhere.
    seed : int
        Of the choice of objects and of their places in the large image.

    Yields
    ------
    Round
    """
    rng = np.random.default_rng(seed)
    image, labels = _coins(SIDES[0])
    images = {side: np.tile(image, (side // SIDES[0],) * 2) for side in SIDES}
    targets = _targets(image, labels, objects + _WARM_UP, seed)
    network = PlainResNet18().eval()
    picture = torch.rand(1, 3, YARDSTICK_SIDE, YARDSTICK_SIDE)
    with _threads(THREADS), torch.inference_mode():
        for index, target in enumerate(targets):
            start = time.perf_counter()
            network(picture)
            yardstick = _since(start)
            times = {
                side: _clicks(
                    whole, labels, target, rng.integers(side // SIDES[0], size=2), predictor
                )
                for side, whole in images.items()
            }
            if index >= _WARM_UP:
                first, further = ({s: t[k] for s, t in times.items()} for k in (0, 1))
                yield Round(yardstick, first, further)


def latency_summary(rounds: Sequence[Round]) -> dict[str, Any]:
    """Sum up the times of a run, ready for JSON.

    Returns
    -------
    dict
        ``yardstick`` (median, p95), and by the side of the image (as text) under ``first``
        and ``further``: median, p95, and ``ratio``, the median over the yardstick's.
    """
    yardstick = _spread([r.yardstick for r in rounds])

    def row(times: list[dict[int, float]], side: int) -> dict[str, float]:
        spread = _spread([t[side] for t in times])
        return {**asdict(spread), "ratio": spread.median / yardstick.median}

    return {
        "objects": len(rounds),
        "yardstick": asdict(yardstick),
        "first": {str(side): row([r.first for r in rounds], side) for side in SIDES},
        "further": {str(side): row([r.further for r in rounds], side) for side in SIDES},
    }


def _clicks(
    image: np.ndarray,
    labels: np.ndarray,
    target: Target,
    tile: np.ndarray,
    predictor: Predictor,
) -> tuple[float, float]:
    """Return the milliseconds of a selection click and a correction in one of the tiles."""
    style = styles_for(predictor.click_kinds)[0]
    robot, rng = RobotUser(style=style), np.random.default_rng(0)
    truth = labels == target.object_id
    top, left = (int(t) * SIDES[0] for t in tile)
    session = Session(image, predictor)
    first = robot.select(truth, rng)
    milliseconds = [_timed(session, first, top, left)]
    mask = session.mask[top : top + SIDES[0], left : left + SIDES[0]]
    top_click = Click(target.box.top, first.col, predictor.click_kinds[0])
    further = next(iter(robot.correct(truth, mask, rng)), top_click)
    milliseconds.append(_timed(session, further, top, left))
    return milliseconds[0], milliseconds[1]


def _timed(session: Session, click: Click, top: int, left: int) -> float:
    start = time.perf_counter()
    session.add_click(click.row + top, click.col + left, click.kind)
    return _since(start)


def _since(start: float) -> float:
    return 1000 * (time.perf_counter() - start)


def _coins(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture of coins, mirrored to fill a square, and their labels."""
    picture = data.coins()  # type: ignore[no-untyped-call]
    missing = [(0, max(0, side - length)) for length in picture.shape]
    image = np.pad(picture, missing, mode="symmetric")[:side, :side]
    smooth = ndimage.gaussian_filter(image.astype(np.float32), 2)
    threshold = filters.threshold_otsu(smooth)  # type: ignore[no-untyped-call]
    mask = ndimage.binary_fill_holes(smooth > threshold)
    labels, _ = ndimage.label(mask)
    return image, labels


def _targets(image: np.ndarray, labels: np.ndarray, count: int, seed: int) -> tuple[Target, ...]:
    plane = Plane("coins", lambda: (image, labels))
    inner = Box(1, 1, image.shape[0] - 1, image.shape[1] - 1)
    found = [t for t in find_targets([plane], min_area=_MIN_AREA) if inner.contains(t.box)]
    repeats = -(-count // len(found))
    return sample_targets(found * repeats, count, seed)


def _without_dilation(backbone: ResNet) -> ResNet:
    """Give the last stage of a backbone the stride that it has in a classifier."""
    for module in backbone.layer4.modules():
        if isinstance(module, nn.Conv2d):
            if module.kernel_size == (3, 3):
                module.dilation = module.padding = (1, 1)
            if module.in_channels != module.out_channels:  # where the stage begins
                module.stride = (2, 2)
    return backbone


def _spread(values: Sequence[float]) -> Spread:
    spread = Spread.of(values)
    if spread is None:
        raise ValueError("there is nothing to sum up; time at least one object")
    return spread


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
