import zipfile
from dataclasses import replace

import pytest
import tifffile
import zarr

from boundary_click.io.exports import FORMATS
from boundary_click.io.stacks import Stack


def test_names_and_suffixes_are_unique():
    assert all(each.name == name for name, each in FORMATS.items())
    assert len({each.suffix for each in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_lazy_labels_are_as_good_as_others(name, labelled, tmp_path):
    store = zarr.create_array(tmp_path / "labels.zarr", data=labelled.labels.data)
    lazy = replace(labelled, labels=replace(labelled.labels, data=store))
    written = []
    for each in (labelled, lazy):
        path = tmp_path / f"{len(written)}{FORMATS[name].suffix}"
        FORMATS[name].write(path, each)
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        written.append([file.read_bytes() for file in files if file.is_file()])
    if name == "ome-tiff":  # each has a UUID of its own
        written = [tifffile.imread(tmp_path / f"{i}.ome.tif").tolist() for i in range(2)]
    if name == "imagej-rois":  # archives tell the time
        archives = [zipfile.ZipFile(tmp_path / f"{i}.rois.zip") for i in range(2)]
        written = [[a.read(entry) for entry in a.namelist()] for a in archives]
        for archive in archives:
            archive.close()
    assert written[0] == written[1]


@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_keeps_the_former_file(name, labelled, tmp_path, full_disk, monkeypatch):
    folder = tmp_path / "out"
    path = folder / f"cells{FORMATS[name].suffix}"
    FORMATS[name].write(path, labelled)
    former = sorted(file.relative_to(folder) for file in folder.rglob("*"))
    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match=r"cannot write .*cells.*: the disk is full; free some space"):
        FORMATS[name].write(path, labelled)
    assert sorted(file.relative_to(folder) for file in folder.rglob("*")) == former


@pytest.mark.parametrize("name", set(FORMATS) - {"effort"})
def test_negative_ids_are_refused(name, labelled, tmp_path):
    wrong = labelled.labels.data.copy()
    wrong[1, 0, 3, 3] = -5
    labels = replace(labelled, labels=Stack(wrong, "TZ"))
    with pytest.raises(ValueError, match="negative id -5; ids go from 1, and 0 is background"):
        FORMATS[name].write(tmp_path / f"x{FORMATS[name].suffix}", labels)
    assert not list(tmp_path.iterdir())
