from boundary_click.io.report import read_report


def test_maps_prints_and_writes(run, data_set, tmp_path):
    report = tmp_path / "maps.json"
    code, out, err = run("maps", "--data", data_set, "--objects", 2, "--json", report)
    assert code == 0, err
    assert "disks: 2 objects" in out
    assert "proposals" in out
    written = read_report(report)
    assert written["kind"] == "maps"
    assert written["data"] == {"name": "disks", "images": 2, "sampled": 2}
    assert written["results"]["regions"]["proposals"]["iou"] > 0.5


def test_no_data_set(run, tmp_path):
    code, out, err = run("maps", "--data", tmp_path / "none")
    assert (code, out) == (1, "")
    assert "no data set at" in err
