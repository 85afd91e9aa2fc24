from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from skimage import io

from boundary_click.core.arrays import IGNORE_LABEL
from boundary_click.core.geometry import Box
from boundary_click.io.datasets import (
    FolderSource,
    MixedSource,
    Pair,
    find_pairs,
    read_image,
    read_pair,
)

LABELS = np.zeros((20, 30), dtype=np.uint16)
LABELS[2:8, 3:9] = 1
LABELS[10:18, 10:28] = 5
LABELS[0, 29] = 7
LABELS[19] = IGNORE_LABEL
IMAGE = (LABELS * 20 + np.arange(30)).astype(np.uint8)


def write(path: Path, array: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".png":
        io.imsave(path, array, check_contrast=False)
    else:
        tifffile.imwrite(path, array)
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in ("b", "a"):
        write(tmp_path / "images" / f"{name}.png", IMAGE)
        write(tmp_path / "labels" / f"{name}.tif", LABELS)
    (tmp_path / "images" / "notes.txt").write_text("not an image")
    return tmp_path


class TestFindPairs:
    def test_stems_belong_together(self, folder):
        pairs = find_pairs(folder)
        assert [pair.name for pair in pairs] == ["a", "b"]
        assert pairs[0].labels == folder / "labels" / "a.tif"

    def test_no_data_set(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"no data set at .*none; give the folder that"):
            find_pairs(tmp_path / "none")

    @pytest.mark.parametrize("part", ["images", "labels"])
    def test_a_missing_folder(self, folder, part):
        (folder / part).rename(folder / "elsewhere")
        with pytest.raises(FileNotFoundError, match=f"has no {part}/ folder; a data set holds"):
            find_pairs(folder)

    def test_no_image(self, folder):
        for path in (folder / "images").glob("*.png"):
            path.unlink()
        with pytest.raises(FileNotFoundError, match=r"holds no image of type \.png, \.tif"):
            find_pairs(folder)

    def test_an_image_without_labels(self, folder):
        (folder / "labels" / "b.tif").unlink()
        with pytest.raises(FileNotFoundError, match=r"1 images of .* no file in labels/.* b\.png"):
            find_pairs(folder)


class TestRead:
    @pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff"])
    def test_formats(self, tmp_path, suffix):
        np.testing.assert_array_equal(read_image(write(tmp_path / f"x{suffix}", IMAGE)), IMAGE)

    @pytest.mark.parametrize("suffix", [".png", ".tif"])
    def test_missing_and_broken_files(self, tmp_path, suffix):
        with pytest.raises(ValueError, match=rf"image file not found: .*x\{suffix}"):
            read_image(tmp_path / f"x{suffix}")
        (tmp_path / f"x{suffix}").write_bytes(b"no image")
        with pytest.raises(ValueError, match=rf"cannot read .*x\{suffix} as an image: "):
            read_image(tmp_path / f"x{suffix}")

    def test_a_pair(self, folder):
        image, labels = read_pair(find_pairs(folder)[0])
        np.testing.assert_array_equal(image, IMAGE)
        np.testing.assert_array_equal(labels, LABELS)

    def test_labels_of_another_size(self, folder):
        write(folder / "labels" / "a.tif", LABELS[:-1])
        with pytest.raises(
            ValueError, match=r"image and labels of a differ in size: \(20, 30\) and \(19, 30\)"
        ):
            read_pair(find_pairs(folder)[0])

    @pytest.mark.parametrize("labels", [LABELS.astype(np.float32), np.stack([LABELS] * 2)])
    def test_labels_that_are_none(self, folder, labels):
        write(folder / "labels" / "a.tif", labels)
        with pytest.raises(ValueError, match=r"one plane of integers, got .* in .*a\.tif"):
            read_pair(find_pairs(folder)[0])


class TestSources:
    def test_small_objects_are_left_out(self, folder):
        scenes = FolderSource(find_pairs(folder)).scenes()
        assert [scene.object_id for scene in scenes] == [1, 5, 1, 5]
        assert scenes[1].box == Box(10, 10, 18, 28)
        every = FolderSource(find_pairs(folder), min_area=1)
        assert {scene.object_id for scene in every.scenes()} == {1, 5, 7}

    def test_draws(self, folder):
        source = FolderSource(find_pairs(folder))
        ids = [source.draw(np.random.default_rng(seed)).object_id for seed in range(40)]
        assert set(ids) == {1, 5}
        assert ids[3] == source.draw(np.random.default_rng(3)).object_id

    def test_nothing_to_learn(self, folder):
        for name in "ab":
            write(folder / "labels" / f"{name}.tif", np.zeros_like(LABELS))
        with pytest.raises(ValueError, match="none of the 2 label images holds an object"):
            FolderSource(find_pairs(folder))

    def test_weights_are_relative(self, folder):
        pairs = find_pairs(folder)
        other = write(folder / "other.tif", np.where(LABELS == 5, 9, 0).astype(np.uint16))
        sources = [FolderSource(pairs), FolderSource([Pair(pairs[0].image, other)])]
        mixed = MixedSource(sources, [1, 3])
        rng = np.random.default_rng(0)
        ids = [mixed.draw(rng).object_id for _ in range(400)]
        assert np.mean([i == 9 for i in ids]) == pytest.approx(0.75, abs=0.08)
