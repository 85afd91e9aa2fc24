import json
import re

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from skimage import io

from boundary_click.io.checkpoint import ModelCard, file_digest, save_model
from boundary_click.io.report import read_report
from boundary_click.models.config import RefinementConfig


def test_evaluate_prints_and_writes(run, data_set, model, tmp_path):
    report, plot = tmp_path / "new" / "report.json", tmp_path / "plot.png"
    code, out, err = run(
        "evaluate", "--data", data_set, "--model", model, "--json", report, "--plot", plot,
        "--objects", 3, "--seed", 5, "--jitter", 0.05, "--device", "cpu",
    )  # fmt: skip
    assert code == 0, err
    assert "tiny on disks, boundary clicks: 3 objects" in out
    assert "clicks to 85 % IoU" in out
    written = read_report(report)
    assert written["data"] == {"name": "disks", "images": 2, "sampled": 3}
    assert written["robot"] == {
        "style": "boundary", "fp_rule": "farthest", "jitter": 0.05, "seed": 5
    }  # fmt: skip
    assert written["model"] == {"name": "tiny", "sha256": file_digest(model)}
    assert set(written["machine"]) >= {"cpu", "threads", "device", "torch"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", written["date"])
    assert set(written["results"]["iou"]) == {"1", "2", "3", "5", "10", "20"}
    assert len(written["results"]["curve"]) == 20
    assert len(written["details"]) == 3
    assert io.imread(plot).shape[2] in (3, 4)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["disks", "new", "plot.png"]


def test_evaluate_repeats_itself(run, data_set, model, tmp_path):
    details = []
    for name in ("one.json", "two.json"):
        code, _, _ = run(
            "evaluate", "--data", data_set, "--model", model, "--json", tmp_path / name,
            "--style", "signed", "--device", "cpu", "--objects", 2,
        )  # fmt: skip
        assert code == 0
        details.append(json.loads((tmp_path / name).read_text())["details"])
    assert details[0] == details[1]


def check(run, data_set, model, message, *more):
    code, out, err = run("evaluate", "--data", data_set, "--model", model, *more)
    assert code == 1
    assert out == ""
    assert err.startswith("boundary-click: error: ")
    assert err.count("\n") == 1
    assert re.search(message, err), err


def test_unknown_model_name(run, data_set):
    check(run, data_set, "nonsense", r"unknown model 'nonsense'; choose one of .* or give the path")


def test_missing_checkpoint(run, data_set, tmp_path):
    check(run, data_set, tmp_path / "none.safetensors", "model file not found: .*none.safetensors")


def test_truncated_checkpoint(run, data_set, model, tmp_path):
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(model.read_bytes()[:-100])
    check(run, data_set, cut, "cut.safetensors is truncated or no safetensors file")


def test_checkpoint_of_another_format(run, data_set, tmp_path):
    other = tmp_path / "weights.pth"
    torch.save({"weight": torch.zeros(3)}, other)
    check(run, data_set, other, "weights.pth is truncated or no safetensors file")


def test_foreign_checkpoint(run, data_set, tmp_path):
    foreign = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(3)}, foreign)
    check(run, data_set, foreign, "was not written by boundary_click")


def test_checkpoint_with_a_newer_schema(run, data_set, model, tmp_path):
    newer = tmp_path / "newer.safetensors"
    with safe_open(model, framework="pt") as file:
        header = json.loads(file.metadata()["boundary_click"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    header["schema"] += 1
    save_file(tensors, newer, metadata={"boundary_click": json.dumps(header)})
    check(run, data_set, newer, r"schema version 3.* reads up to 2; update it: pip install -U")


def test_clicks_that_the_model_does_not_take(run, data_set, architecture, build, tmp_path):
    head = RefinementConfig(head="plain", planes=("positive", "negative"), channels=(4,))
    config = architecture.model_copy(update={"refinement": head})
    signed = tmp_path / "signed.safetensors"
    save_model(signed, build(config), ModelCard(name="signed", architecture=config))
    check(run, data_set, signed, "'signed' takes no boundary clicks; use --style signed")


@pytest.mark.parametrize("jitter", ["-0.1", "2", "much"])
def test_impossible_noise(run, data_set, jitter):
    code, _, err = run("evaluate", "--data", data_set, "--jitter", jitter)
    assert code == 2
    assert "--jitter" in err


@pytest.mark.parametrize("device", ["warp", "cuda:77"])
def test_unknown_device(run, data_set, model, device):
    check(
        run, data_set, model, f"device '{device}' is unknown or not available", "--device", device
    )


def test_labels_of_another_size(run, data_set, model):
    small = np.ones((9, 9), dtype=np.uint16)
    io.imsave(data_set / "labels" / "b.png", small, check_contrast=False)
    check(run, data_set, model, r"image and labels of b differ in size: \(48, 48\) and \(9, 9\)")


def test_data_set_without_labels(run, tmp_path, model):
    (tmp_path / "images").mkdir()
    check(run, tmp_path, model, r"has no labels/ folder; a data set holds images/ and labels/")


def test_data_set_without_objects(run, data_set, model):
    for path in (data_set / "labels").iterdir():
        io.imsave(path, np.zeros((48, 48), dtype=np.uint16), check_contrast=False)
    check(run, data_set, model, "hold no object of 20 pixels or more")


def test_image_that_is_none(run, data_set, model):
    (data_set / "images" / "a.png").unlink()
    (data_set / "images" / "a.tif").write_bytes(b"not an image")
    check(run, data_set, model, r"cannot read .*a.tif as an image: not a TIFF file")


def test_report_that_cannot_be_written(run, data_set, model, tmp_path):
    blocker = tmp_path / "file"
    blocker.touch()
    code, _, err = run(
        "evaluate",
        "--data",
        data_set,
        "--model",
        model,
        "--json",
        blocker / "out.json",
        "--objects",
        1,
    )
    assert code == 1
    assert "cannot write" in err
