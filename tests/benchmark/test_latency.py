import numpy as np
import pytest
import torch

from boundary_click.benchmark import latency
from boundary_click.benchmark.latency import PlainResNet18, Round, latency_summary, run_latency
from boundary_click.core.geometry import Box, Window
from boundary_click.engine.state import MaskState


class _Disk:
    """Marks a disk round the first click, whatever the image."""

    name, device, click_kinds = "disk", "cpu", ("boundary",)

    def select(self, image, click, *, extent=None):
        rows, cols = np.ogrid[:40, :40]
        logits = (15 - np.hypot(rows - 20, cols - 20)).astype(np.float32)
        return MaskState(Window(Box.square(click.row, click.col, 40), 40), logits)

    def refine(self, image, state, clicks):
        return state


def test_the_yardstick_is_a_plain_resnet18():
    network = PlainResNet18()
    assert sum(p.numel() for p in network.parameters()) == 11_689_512  # as torchvision's
    assert network.backbone(torch.zeros(1, 3, 64, 64)).stride16.shape == (1, 512, 2, 2)
    assert network(torch.zeros(2, 3, 64, 64)).shape == (2, 1000)


def test_rounds_time_every_image(monkeypatch):
    monkeypatch.setattr(latency, "SIDES", (512, 1024))
    monkeypatch.setattr(latency, "YARDSTICK_SIDE", 32)
    monkeypatch.setattr(latency, "THREADS", 1)
    before = torch.get_num_threads()
    rounds = list(run_latency(_Disk(), objects=4, seed=0))
    assert torch.get_num_threads() == before
    assert len(rounds) == 4
    for times in rounds:
        assert times.yardstick > 0
        assert set(times.first) == set(times.further) == {512, 1024}


def test_summary_gives_ratios():
    rounds = [
        Round(10.0 * k, {512: 15.0 * k, 8192: 20.0 * k}, {512: 5.0, 8192: 6.0}) for k in (1, 2, 3)
    ]
    figures = latency_summary(rounds)
    assert figures["objects"] == 3
    assert figures["yardstick"] == {"median": 20.0, "p95": pytest.approx(29.0)}
    assert figures["first"]["512"] == {
        "median": 30.0,
        "p95": pytest.approx(43.5),
        "ratio": pytest.approx(1.5),
    }
    assert figures["further"]["8192"]["ratio"] == pytest.approx(0.3)


def test_nothing_timed_is_an_error():
    with pytest.raises(ValueError, match="time at least one object"):
        latency_summary([])
