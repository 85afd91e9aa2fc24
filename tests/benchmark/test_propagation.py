from __future__ import annotations

import numpy as np
import pytest

from boundary_click.benchmark.propagation import (
    draw_bodies,
    find_bodies,
    propagation_summary,
    run_propagation,
)
from boundary_click.engine.robot_user import RobotUser
from boundary_click.io.library import load_predictor

DEPTH, SIDE = 12, 96


def stack() -> tuple[np.ndarray, np.ndarray]:
    """Two bright balls that move, and a small one."""
    rows, cols = np.indices((SIDE, SIDE))
    labels = np.zeros((DEPTH, SIDE, SIDE), np.uint16)
    for z in range(DEPTH):
        labels[z][np.hypot(rows - 30 - z, cols - 28) < 14] = 1
        if 2 <= z < 10:
            labels[z][np.hypot(rows - 66, cols - 66 - z) < 12] = 2
    labels[5, 2:5, 80:84] = 3
    noise = np.random.default_rng(0).normal(0, 6, labels.shape)
    return np.clip(40 + 120 * (labels > 0) + noise, 0, 255).astype(np.uint8), labels


@pytest.fixture(scope="module")
def results():
    image, labels = stack()
    bodies = find_bodies(labels, min_planes=8, min_voxels=500)
    predictor = load_predictor("default", device="cpu")
    return list(run_propagation(image, labels, bodies, predictor, RobotUser(), seed=0))


def test_large_bodies_are_found_and_drawn():
    bodies = find_bodies(stack()[1], min_planes=8, min_voxels=500)
    assert [(body.object_id, body.middle) for body in bodies] == [(1, 6), (2, 6)]
    assert len(draw_bodies(bodies, 1, seed=3)) == 1
    assert draw_bodies(bodies, None, seed=3) == bodies


def test_carrying_is_better_than_copying_and_cheaper_than_clicking_each_plane(results):
    figures = propagation_summary(results)
    assert figures["iou_carried"] > figures["iou_copied"]
    assert figures["iou_corrected"] > 0.7
    assert figures["clicks"] < figures["clicks_each"]
    assert 0 <= figures["precision"] <= 1
    assert 0 <= figures["recall"] <= 1
    assert sum(figures["ends"].values()) == 2 * len(results)


def test_results_repeat(results):
    image, labels = stack()
    bodies = find_bodies(labels, min_planes=8, min_voxels=500)
    predictor = load_predictor("default", device="cpu")
    again = next(run_propagation(image, labels, bodies, predictor, RobotUser(), seed=0))
    assert (again.clicks, again.iou_corrected) == (results[0].clicks, results[0].iou_corrected)
