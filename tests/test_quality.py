"""The bundled model on images it was not trained on."""

from __future__ import annotations

from functools import partial

import pytest

from boundary_click.benchmark.metrics import clicks_at_iou, iou_at_clicks
from boundary_click.benchmark.protocol import Plane, find_targets, run_benchmark, sample_targets
from boundary_click.engine.robot_user import RobotUser
from boundary_click.io.datasets import find_pairs, read_pair
from boundary_click.io.library import load_predictor


@pytest.mark.shared_data
@pytest.mark.slow
@pytest.mark.parametrize(("name", "first", "clicks"), [("dsb2018", 0.7, 4.5), ("usiigaci", 0.7, 7)])
def test_the_bundled_model_keeps_its_quality(data_root, name, first, clicks):
    planes = [
        Plane(pair.name, partial(read_pair, pair)) for pair in find_pairs(data_root / "dev" / name)
    ]
    targets = sample_targets(find_targets(planes), 40, seed=1)
    predictor = load_predictor("default", device="cpu")
    ious = [result.ious for result in run_benchmark(targets, predictor, RobotUser(), seed=1)]
    assert iou_at_clicks(ious)[0] > first
    assert clicks_at_iou(ious, 0.85).mean < clicks
