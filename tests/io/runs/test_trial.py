from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage import io as skimage_io

from boundary_click.benchmark.protocol import Plane, find_targets
from boundary_click.engine.two_in_one import TwoInOnePredictor
from boundary_click.io.runs.card import warning_of
from boundary_click.io.runs.previews import TRUE_COLOUR, thumbnail
from boundary_click.io.runs.split import read_data
from boundary_click.io.runs.trial import Trial, is_better

METRICS = {"clicks@85": 3.0, "iou@1": 0.6}


@pytest.fixture
def trial(config, root) -> Trial:
    return Trial(config, read_data(config, root).held_out)


def test_metrics_lie_in_their_bounds(trial, build, config):
    metrics = trial.measure(build(config.architecture).eval()).metrics
    assert 1 <= metrics["clicks@85"] <= metrics["clicks@90"] <= config.validation_clicks
    assert 0 <= metrics["iou@1"] <= 1
    assert 0 <= metrics["reached@85"] <= 1


def test_clicks_are_capped(config, root, build):
    few = config.model_copy(update={"validation_clicks": 2})
    trial = Trial(few, read_data(few, root).held_out)
    assert trial.measure(build(config.architecture).eval()).metrics["clicks@90"] <= 2


def test_without_held_out_objects_there_is_nothing_to_measure(config, build):
    assert Trial(config, ()).measure(build(config.architecture)).metrics == {}


def test_pictures(trial, build, config, tmp_path):
    paths = trial.draw(build(config.architecture).eval(), tmp_path / "previews", "selection-000002")
    assert [path.name for path in paths] == ["selection-000002-0.png"]
    assert skimage_io.imread(paths[0]).shape == (160, 160, 3)


def test_the_true_outline_is_green():
    labels = np.zeros((40, 40), dtype=np.uint8)
    labels[10:30, 10:30] = 1
    (target,) = find_targets([Plane("p", lambda: (labels, labels))])
    picture = thumbnail(labels, target, labels == 1)
    assert (picture == TRUE_COLOUR).all(axis=2).any()
    with pytest.raises(ValueError, match="image is constant"):
        thumbnail(np.zeros_like(labels), target, labels == 1)


@pytest.mark.parametrize(
    ("metrics", "better"),
    [
        ({"clicks@85": 2.9, "iou@1": 0.1}, True),
        ({"clicks@85": 3.1, "iou@1": 0.9}, False),
        ({"clicks@85": 3.0, "iou@1": 0.7}, True),
        ({"clicks@85": 3.0, "iou@1": 0.6}, False),
    ],
)
def test_fewer_clicks_are_better_then_a_better_first_mask(metrics, better):
    assert is_better(metrics, METRICS) == better
    assert is_better(metrics, {})


def test_a_model_that_got_worse_has_a_warning():
    assert warning_of(METRICS, METRICS | {"clicks@85": 3.5}) == ""
    assert "take 3.00 clicks to 85 % IoU, 2.50 with" in warning_of(
        METRICS, METRICS | {"clicks@85": 2.5}
    )
    assert warning_of({}, METRICS) == warning_of(METRICS, {}) == ""


class TestMemory:
    @pytest.mark.parametrize(
        "error",
        [MemoryError(), torch.cuda.OutOfMemoryError("CUDA out of memory."), RuntimeError("shapes")],
    )
    def test_no_memory_is_no_error(self, trial, build, config, monkeypatch, tmp_path, error):
        def select(*_, **__):
            raise error

        monkeypatch.setattr(TwoInOnePredictor, "select", select)
        model = build(config.architecture).eval()
        outcome = trial.measure(model)
        if "shapes" in str(error):  # such as a model that is no good
            assert outcome.metrics["reached@85"] == 0
            return
        assert (outcome.metrics, outcome.is_broken_off) == ({}, False)
        assert outcome.problem.startswith("not enough memory to try the model on held-out objects")
        assert trial.draw(model, tmp_path, "stem") == ()

    def test_another_error_is_passed_on(self, trial, build, config, monkeypatch):
        def predictor(*_, **__):
            raise RuntimeError("shapes differ")

        monkeypatch.setattr("boundary_click.io.runs.trial.predictor_of", predictor)
        with pytest.raises(RuntimeError, match="shapes differ"):
            trial.measure(build(config.architecture))


def test_it_is_broken_off_between_objects(config, root, build):
    all_objects = read_data(config, root).held_out
    trial = Trial(config, (*all_objects, *all_objects))
    assert len(trial.targets) == 2
    answers = iter([False, True])
    outcome = trial.measure(build(config.architecture).eval(), has_to_end=lambda: next(answers))
    assert (outcome.metrics, outcome.is_broken_off, outcome.problem) == ({}, True, "")
    assert next(answers, None) is None
