from __future__ import annotations

import numpy as np
import pytest
import tifffile

from boundary_click.io.report import read_report

CONFIG = """
name = "small"
pretrained = false
validation_objects = 0

[[data]]
path = "disks"

[model]
window_size = 64
windows = {{ search_side = 64, min_side = 32 }}
selection = {{ pyramid_channels = 16, feature_channels = 8 }}
refinement = {{ channels = [4, 8, 8, 8], roi_size = 32 }}

[selection]
steps = {selection}
batch_size = 2

[refinement]
steps = {refinement}
batch_size = 2
clicks = [1, 1]
"""


@pytest.fixture
def benchmark(run, data_set, tmp_path):
    def call(selection: int, refinement: int, *more: object, head: str = ""):
        text = head + CONFIG.format(selection=selection, refinement=refinement)
        (tmp_path / "small.toml").write_text(text, encoding="utf-8")
        return run(
            "benchmark", "two-in-one", tmp_path / "small.toml", "--data", data_set,
            "--runs", tmp_path / "runs", "--output", tmp_path / "out", "--device", "cpu",
            "--objects", 1, *more,
        )  # fmt: skip

    return call


def test_two_in_one_trains_measures_and_draws(benchmark, tmp_path):
    code, out, err = benchmark(1, 1)
    assert code == 0, err
    trained = [f"training small-{name}" for name in ("cb-ce", "ba-ce", "brc", "pnr", "both")]
    assert err.splitlines() == trained
    assert "disks, losses" in out
    assert "disks, heads" in out
    heads = ("brc-boundary", "pnr-signed", "both-boundary", "both-signed")
    names = ["ba-ce", "cb-ce", "crops", *heads]
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == sorted(
        [f"disks-{name}.json" for name in names] + ["disks-crops.png", "disks-heads.png"]
    )
    for name in ("ba-ce", "cb-ce"):
        report = read_report(tmp_path / "out" / f"disks-{name}.json")
        assert report["model"]["name"] == f"small-{name}"
        assert report["results"]["cap"] == 1
    report = read_report(tmp_path / "out" / "disks-pnr-signed.json")
    assert report["robot"]["style"] == "signed"
    assert report["results"]["cap"] == 20
    crops = read_report(tmp_path / "out" / "disks-crops.json")["results"]
    assert [study["model"] for study in crops] == ["small-cb-ce", "small-ba-ce"]


def test_models_that_are_there_are_not_trained_again(benchmark):
    assert benchmark(1, 0)[0] == 0
    code, out, err = benchmark(1, 0)
    assert (code, err) == (0, "")
    assert "heads" not in out


def test_models_of_another_configuration_are_not_taken(benchmark):
    assert benchmark(1, 0)[0] == 0
    code, out, err = benchmark(2, 0)
    assert (code, out) == (1, "")
    assert "small-cb-ce holds a run of another configuration; choose another folder" in err


def test_data_sets_of_one_name_would_overwrite_each_other(benchmark, data_set):
    code, out, err = benchmark(1, 1, "--data", data_set, data_set)
    assert (code, out) == (1, "")
    assert "data sets must be folders of different names" in err


def test_nothing_to_start_from(benchmark):
    code, out, err = benchmark(0, 1)
    assert (code, out) == (1, "")
    assert "nothing trains the selection network" in err


GUIDED = """
name = "small"
pretrained = false
validation_objects = 0

[[data]]
path = "disks"

[model]
family = "guidance"
window_size = 64
windows = { search_side = 64, min_side = 32 }
guidance = { superpixel_count = 60 }
network = { pyramid_channels = 16, feature_channels = 8 }

[guidance]
steps = 1
batch_size = 1
"""


def test_guidance_trains_and_measures(run, data_set, tmp_path):
    (tmp_path / "small.toml").write_text(GUIDED, encoding="utf-8")
    code, out, err = run(
        "benchmark", "guidance", tmp_path / "small.toml", "--data", data_set,
        "--runs", tmp_path / "runs", "--output", tmp_path / "out", "--device", "cpu",
        "--objects", 1, "--parts", "maps", "scale",
    )  # fmt: skip
    assert code == 0, err
    variants = ("euclidean", "superpixel", "object", "iterative", "no-dropout")
    assert err.splitlines() == [f"training small-{name}" for name in variants]
    assert "disks, maps" in out
    assert "disks, superpixels" not in out
    scales = ("none", *(f"f2={f2}{true}" for f2 in (2, 3, 6) for true in ("", "-true")))
    written = {path.name for path in (tmp_path / "out").glob("*.json")}
    assert written == {f"disks-maps-{name}.json" for name in variants} | {
        f"disks-scale-{name}.json" for name in scales
    }
    report = read_report(tmp_path / "out" / "disks-maps-object.json")
    assert (report["ablation"], report["variant"]) == ("maps", "object")
    assert report["robot"]["style"] == "signed"
    assert report["model"]["name"] == "small-object"


def test_a_part_of_the_guidance_benchmark_trains_what_it_needs(run, data_set, tmp_path):
    (tmp_path / "small.toml").write_text(GUIDED, encoding="utf-8")
    code, _, err = run(
        "benchmark", "guidance", tmp_path / "small.toml", "--data", data_set,
        "--runs", tmp_path / "runs", "--output", tmp_path / "out", "--device", "cpu",
        "--objects", 1, "--parts", "superpixels", "maps", "--variants", "superpixel",
    )  # fmt: skip
    assert (code, err) == (0, "training small-superpixel\n")
    assert (tmp_path / "out" / "disks-maps-superpixel.json").is_file()
    written = sorted(path.stem for path in (tmp_path / "out").glob("*-superpixels-*.json"))
    names = ("felzenszwalb-1000", "felzenszwalb-500")
    assert written[:2] == [f"disks-superpixels-{name}" for name in names]
    assert len(written) == 6


def test_guidance_needs_its_family(run, data_set, tmp_path):
    text = CONFIG.format(selection=1, refinement=1)
    (tmp_path / "small.toml").write_text(text, encoding="utf-8")
    code, out, err = run(
        "benchmark", "guidance", tmp_path / "small.toml", "--data", data_set,
        "--runs", tmp_path / "runs", "--output", tmp_path / "out", "--device", "cpu",
    )  # fmt: skip
    assert (code, out) == (1, "")
    assert "trains no model of the guidance family" in err


@pytest.fixture
def labelled_stack(tmp_path, disks):
    """Thirty-two planes of two disks."""
    paths = tmp_path / "image.tif", tmp_path / "labels.tif"
    for path, plane in zip(paths, disks, strict=True):
        tifffile.imwrite(path, np.stack([plane] * 32), metadata={"axes": "ZYX"})
    return paths


@pytest.mark.slow
def test_propagation_measures_and_writes(run, labelled_stack, model, tmp_path):
    image, labels = labelled_stack
    report = tmp_path / "propagation.json"
    code, out, err = run(
        "benchmark", "propagation", "--image", image, "--labels", labels, "--model", model,
        "--device", "cpu", "--objects", 1, "--json", report,
    )  # fmt: skip
    assert code == 0, err
    assert "start corrected" in out
    written = read_report(report)
    assert written["kind"] == "propagation"
    assert written["data"]["bodies"] == 1  # the other disk is too small
    assert written["results"]["all"]["planes"] == 32
    assert written["details"][0]["id"] == 2


def test_propagation_needs_a_labelled_stack(run, labelled_stack, tmp_path):
    image, _ = labelled_stack
    call = ("benchmark", "propagation", "--image", image, "--labels")
    single = tmp_path / "single.tif"
    tifffile.imwrite(single, np.zeros((48, 48), np.uint16))
    assert "must be stacks of one plane axis and of one size" in run(*call, single).err
    empty = tmp_path / "empty.tif"
    tifffile.imwrite(empty, np.zeros((32, 48, 48), np.uint16), metadata={"axes": "ZYX"})
    assert "holds no body of 30 planes or more" in run(*call, empty).err
