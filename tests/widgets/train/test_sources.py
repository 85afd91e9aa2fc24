from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tifffile

from boundary_click.io.datasets import find_pairs, read_pair
from boundary_click.widgets.train.sources import (
    FolderSource,
    LayerSource,
    ProjectSource,
    parse_planes,
)


@pytest.mark.parametrize(
    ("text", "planes"),
    [("0-3, 7", {0, 1, 2, 3, 7}), ("5", {5}), (" 2 - 4;9 ", {2, 3, 4, 9}), ("1 1", {1})],
)
def test_planes_are_read(text, planes):
    assert parse_planes(text) == planes


@pytest.mark.parametrize("text", ["", "a", "3-1", "1-2-3", "-4"])
def test_wrong_planes_are_refused(text):
    with pytest.raises(ValueError, match="write them as 0-3, 7"):
        parse_planes(text)


def test_planes_without_labels_are_left_out(source, tmp_path):
    source.labels[1] = 0
    assert source.write(tmp_path) == ("layers",)
    pairs = find_pairs(tmp_path / "layers")
    assert [pair.name for pair in pairs] == ["disks-0", "disks-2"]
    image, labels = read_pair(pairs[1])
    np.testing.assert_array_equal(image, source.image[2])
    np.testing.assert_array_equal(labels, source.labels[2])


def test_only_chosen_planes_are_written(source, tmp_path):
    chosen = replace(source, chosen=(frozenset([1, 9]), None, None))
    chosen.write(tmp_path)
    assert [pair.name for pair in find_pairs(tmp_path / "layers")] == ["disks-1"]
    none = replace(source, chosen=(frozenset([9]), None, None))
    with pytest.raises(ValueError, match="no labels on the chosen planes of disks"):
        none.write(tmp_path / "none")


def test_a_stack_may_be_seen_from_another_side(source, tmp_path):
    seen = replace(source, axes=(2, 0), chosen=(None, frozenset([18]), None))
    seen.write(tmp_path)
    image, labels = read_pair(find_pairs(tmp_path / "layers")[0])
    np.testing.assert_array_equal(image, source.image[:, 18].T)
    np.testing.assert_array_equal(labels, source.labels[:, 18].T)


def test_colours_are_kept(source, tmp_path):
    rgb = np.stack([source.image] * 3, axis=-1)
    replace(source, image=rgb, is_rgb=True).write(tmp_path)
    assert read_pair(find_pairs(tmp_path / "layers")[0])[0].shape == (96, 96, 3)


def test_labels_of_another_image_are_refused(source, tmp_path):
    with pytest.raises(ValueError, match="choose the labels of this image"):
        replace(source, labels=source.labels[:2]).write(tmp_path)


def test_folders_stay_where_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cells").mkdir()
    found = FolderSource((tmp_path / "cells",)).write(tmp_path / "run")
    assert found == (str(tmp_path / "cells"),)
    assert not (tmp_path / "run").exists()


def test_a_project_without_objects_is_refused(tmp_path):
    from boundary_click.io.project.identity import identity_of
    from boundary_click.io.project.project import Project

    image = np.zeros((40, 40), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", image)
    project = Project.create(tmp_path / "a.bclick", image=identity_of(image, source="a.tif"))
    project.close()
    with pytest.raises(ValueError, match="accept some in Segment first"):
        ProjectSource((tmp_path,)).write(tmp_path / "run")


def test_names_of_layers_become_names_of_files(source, tmp_path):
    odd = LayerSource("a/b: c", source.image[0], source.labels[0], False, (0, 1), (None, None))
    odd.write(tmp_path)
    assert [pair.name for pair in find_pairs(tmp_path / "layers")] == ["a-b-c"]
