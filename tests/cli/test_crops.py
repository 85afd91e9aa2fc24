from skimage import io

from boundary_click.io.checkpoint import file_digest
from boundary_click.io.report import read_report


def test_crops_prints_writes_and_draws(run, data_set, model, tmp_path):
    report, plot = tmp_path / "crops.json", tmp_path / "crops.png"
    code, out, err = run(
        "crops", "--data", data_set, "--model", model, model, "--json", report, "--plot", plot,
        "--objects", 3, "--device", "cpu",
    )  # fmt: skip
    assert code == 0, err
    assert out.count("tiny: 3 objects") == 2
    written = read_report(report)
    assert written["data"] == {"name": "disks", "images": 2, "sampled": 3}
    one, other = written["results"]
    assert one == other
    assert one["sha256"] == file_digest(model)
    assert sorted(one["recall"]) == one["recall"]
    assert sorted(one["reduction"], reverse=True) == one["reduction"]
    assert io.imread(plot).shape[2] in (3, 4)


def test_no_data_set(run, model, tmp_path):
    code, out, err = run("crops", "--data", tmp_path / "none", "--model", model)
    assert (code, out) == (1, "")
    assert "no data set at" in err
