from __future__ import annotations

from pathlib import Path

import pytest

from boundary_click.io.ablations import head_runs, loss_runs, map_runs, with_kinds
from boundary_click.models.config import guidance, paper
from boundary_click.training.config import DataConfig, TrainingConfig


@pytest.fixture
def base() -> TrainingConfig:
    return TrainingConfig(name="small", data=(DataConfig(path="cells"),))


def rest(config: TrainingConfig, *names: str) -> dict[str, object]:
    return config.model_dump(exclude=set(names))


def test_selection_networks_differ_by_the_loss_alone(base):
    runs = loss_runs(base)
    assert {name: run.selection.loss for name, run in runs.items()} == {
        "cb-ce": "class-balanced",
        "ba-ce": "boundary-aware",
    }
    assert {run.name for run in runs.values()} == {"small-cb-ce", "small-ba-ce"}
    assert all(run.refinement.steps == 0 for run in runs.values())
    shown = [rest(run, "name", "selection") for run in runs.values()]
    assert shown[0] == shown[1]
    settings = [run.selection.model_dump(exclude={"loss"}) for run in runs.values()]
    assert settings == [base.selection.model_dump(exclude={"loss"})] * 2


def test_heads_differ_by_their_clicks_alone(base):
    runs = head_runs(base, Path("runs/m.safetensors"))
    assert {name: run.refinement.signed_share for name, run in runs.items()} == {
        "brc": 0.0,
        "pnr": 1.0,
        "both": base.refinement.signed_share,
    }
    for run in runs.values():
        assert run.start_from == str(Path("runs/m.safetensors").absolute())
        assert run.selection.steps == 0
        assert not run.keep_head
        assert TrainingConfig.model_validate_json(run.model_dump_json()) == run
    shown = [rest(run, "name", "model", "refinement") for run in runs.values()]
    assert shown[0] == shown[1] == shown[2]
    kinds = {"boundary", "positive", "negative"}
    planes = {n: set(run.architecture.refinement.planes) & kinds for n, run in runs.items()}
    assert planes == {"brc": {"boundary"}, "pnr": {"positive", "negative"}, "both": kinds}


@pytest.mark.parametrize(("share", "mixed"), [(0.0, 0.5), (1.0, 0.5), (0.2, 0.2)])
def test_the_head_for_both_kinds_meets_both(base, share, mixed):
    base = base.model_copy(
        update={"refinement": base.refinement.model_copy(update={"signed_share": share})}
    )
    assert head_runs(base, Path("m"))["both"].refinement.signed_share == mixed


def test_without_a_selection_stage_the_heads_need_a_model(base):
    skipped = base.selection.model_copy(update={"steps": 0})
    base = base.model_copy(update={"selection": skipped})
    assert loss_runs(base) == {}
    with pytest.raises(ValueError, match="nothing trains the selection network; set selection"):
        head_runs(base, None)
    started = base.model_copy(update={"start_from": "default"})
    assert {run.start_from for run in head_runs(started, None).values()} == {"default"}


def test_without_a_refinement_stage_there_is_no_head(base):
    skipped = base.refinement.model_copy(update={"steps": 0})
    assert head_runs(base.model_copy(update={"refinement": skipped}), None) == {}


def test_the_papers_head_takes_any_kinds():
    planes = with_kinds(paper(), ("positive", "negative")).refinement.planes
    assert planes == ("positive", "negative")


def test_guidance_differs_by_its_maps(base):
    base = base.model_copy(update={"preset": "guidance"})
    runs = map_runs(base)
    superpixels = {"superpixel-positive", "superpixel-negative"}
    assert {name: set(run.architecture.guidance.maps) for name, run in runs.items()} == {
        "euclidean": {"euclidean-positive", "euclidean-negative"},
        "superpixel": superpixels,
        "object": superpixels | {"object"},
        "iterative": superpixels | {"object", "previous"},
        "no-dropout": superpixels | {"object", "previous"},
    }
    shares = {name: run.guidance.iterative_share for name, run in runs.items()}
    kept = base.guidance.iterative_share
    assert shares == dict.fromkeys(runs, 0.0) | {"iterative": kept, "no-dropout": kept}
    for name, run in runs.items():
        assert run.name == f"small-{name}"
        assert run.architecture.network == guidance().network
        dropped = run.guidance.drop_all, run.guidance.drop_sign
        assert dropped == ((0.0, 0.0) if name == "no-dropout" else (0.2, 0.4))
        assert TrainingConfig.model_validate_json(run.model_dump_json()) == run
    shown = [rest(run, "name", "model", "guidance") for run in runs.values()]
    assert all(other == shown[0] for other in shown)


def test_maps_need_a_model_of_the_guidance_family(base):
    with pytest.raises(ValueError, match=r"trains no model of the guidance family; set preset"):
        map_runs(base)


def test_heads_need_a_two_in_one_model(base):
    with pytest.raises(ValueError, match=r"small is no two-in-one model; set preset = 'fast'"):
        head_runs(base.model_copy(update={"preset": "guidance"}), Path("m"))
