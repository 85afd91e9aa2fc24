"""Write the sample stack that comes with the package, from the evaluation data.

python scripts/write_sample_stack.py DATA/dev/dsb2018
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tifffile
from skimage.segmentation import relabel_sequential

from boundary_click.io.datasets import find_pairs, read_pair

FIELDS = ("0268_61942930", "0398_9b25b8ff", "0521_c6206312", "0369_8e8a7a14")
ASSETS = Path(__file__).parents[1] / "src" / "boundary_click" / "assets"


def main(folder: Path) -> None:
    pairs = {pair.name: pair for pair in find_pairs(folder)}
    images, labels, first = [], [], 0
    for name in FIELDS:
        image, instances = read_pair(pairs[name])
        images.append(image if image.ndim == 2 else image[..., 0])
        instances = relabel_sequential(instances)[0]
        labels.append(np.where(instances, instances + first, 0).astype(np.uint16))
        first = int(labels[-1].max())
    for name, planes in (("nuclei.tif", images), ("nuclei_labels.tif", labels)):
        tifffile.imwrite(
            ASSETS / name,
            np.stack(planes),
            photometric="minisblack",
            compression="zlib",
            metadata={"axes": "TYX"},
        )
        print(ASSETS / name, (ASSETS / name).stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
