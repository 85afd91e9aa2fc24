"""Write the pictures of the bundled models' own training that come with the package.

python scripts/write_replay.py DATA/train

A run that fine-tunes a model draws from them, so that the model does not forget what it knew
(``replay`` in its configuration). None of them is in the data that benchmarks report on.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np

from boundary_click.core.arrays import labelled_objects
from boundary_click.io.bundled import replay_folder
from boundary_click.io.datasets import find_pairs, read_pair
from boundary_click.io.training_data import LabelledImage, write_data_set

IMAGES = {"dsb2018": 32, "usiigaci": 8}
SIDE = 256
SEED = 0


def main(data: Path) -> None:
    folder = replay_folder()
    shutil.rmtree(folder, ignore_errors=True)
    rng = np.random.default_rng(SEED)
    write_data_set(folder, (crop for name in IMAGES for crop in crops(data / name, rng)))
    size = sum(path.stat().st_size for path in folder.rglob("*.tif"))
    print(folder, size)


def crops(folder: Path, rng: np.random.Generator):
    """Yield a square of some images, round an object of each."""
    pairs = find_pairs(folder)
    chosen = rng.permutation(len(pairs))
    count = 0
    for index in chosen:
        image, labels = read_pair(pairs[index])
        objects = labelled_objects(labels, min_area=20)
        if not objects:
            continue
        row, col = objects[rng.integers(len(objects))].box.centre
        where = tuple(
            slice(start, start + SIDE)
            for start in (
                int(np.clip(at - SIDE / 2, 0, max(0, length - SIDE)))
                for at, length in zip((row, col), labels.shape, strict=True)
            )
        )
        yield LabelledImage(f"{folder.name}-{count:02d}", gray(image[where]), labels[where])
        count += 1
        if count == IMAGES[folder.name]:
            return


def gray(image: np.ndarray) -> np.ndarray:
    """One channel of an image whose channels are all the same."""
    is_gray = image.ndim == 3 and (image[..., :3] == image[..., :1]).all()
    return image[..., 0] if is_gray else image[..., :3] if image.ndim == 3 else image


if __name__ == "__main__":
    main(Path(sys.argv[1]))
