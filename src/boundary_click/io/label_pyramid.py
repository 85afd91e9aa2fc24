"""Labels of an image too large for memory: a sparse OME-Zarr that is written piece by piece."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from boundary_click.core.pieces import Where, size
from boundary_click.core.planes import Plane
from boundary_click.io.ome_labels import label_attributes
from boundary_click.io.pixel_size import PixelSize

Region = tuple[slice, ...]
"""A box of an nD array, one slice an axis."""

_CHUNK = 512
_SMALL_ENOUGH = 1024
"""No level is made of one that is at most so many pixels high and wide."""
_DTYPE = np.dtype(np.int32)
_PLANE_AXES = {2: "", 3: "Z", 4: "TZ", 5: "TCZ"}


class LabelPyramid:
    """Labels at several resolutions on disk, an OME-Zarr 0.5 image label.

    Every level holds every second row and column of the one before. What is empty takes no
    space, and writing takes time for the rectangle that is written, not for the image.

    Parameters
    ----------
    folder : Path
        As made by `create`.
    levels : sequence of zarr.Array of int32
        The finest first.

    Notes
    -----
    Levels are smaller along the last two axes only, and so are chunks more than one pixel long.
    A plane along two other axes can be read and written as well, but a coarser level holds only
    every n-th of these planes, and each line of it lies in other chunks: it takes time and memory
    as would the 512 lines beside it.
    """

    def __init__(self, folder: Path, levels: Sequence[zarr.Array[Any]]) -> None:
        self.folder = folder
        self.levels = tuple(levels)

    @classmethod
    def create(
        cls,
        folder: Path,
        shape: Sequence[int],
        *,
        plane_axes: str | None = None,
        pixel_size: PixelSize | None = None,
    ) -> LabelPyramid:
        r"""Make an empty one.

        Parameters
        ----------
        folder : Path
            Where it is made; it must not exist.
        shape : sequence of int
            (\*planes, H, W), of two to five axes.
        plane_axes : str, optional
            Names of the axes before rows and columns, by default ``Z``, ``TZ`` or ``TCZ``.
        pixel_size : PixelSize, optional
            By default pixels without a unit.

        Raises
        ------
        ValueError
            If there is something in the folder, or the axes do not fit the shape.
        """
        if plane_axes is None:
            plane_axes = _PLANE_AXES.get(len(shape), "")
        axes = f"{plane_axes}YX"
        if len(shape) != len(axes) or len(shape) not in _PLANE_AXES:
            raise ValueError(
                f"labels need two to five named axes, got shape {tuple(shape)} with the axes {axes}"
            )
        if folder.exists():
            raise ValueError(f"{folder} exists already; choose another folder for the labels")
        shapes = level_shapes(shape)
        group = zarr.create_group(folder, zarr_format=3)
        levels = [
            group.create_array(
                str(index),
                shape=of_level,
                dtype=_DTYPE,
                chunks=(1,) * len(plane_axes) + (_CHUNK, _CHUNK),
                fill_value=0,
                dimension_names=tuple(axes.lower()),
            )
            for index, of_level in enumerate(shapes)
        ]
        sizes = {a.lower(): size for a, size in (pixel_size or PixelSize()).sizes.items()}
        group.attrs["ome"] = label_attributes(axes.lower(), sizes, levels=len(shapes))
        return cls(folder, levels)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the finest level."""
        return tuple(self.levels[0].shape)

    def read(self, plane: Plane, where: Where) -> NDArray[np.int32]:
        """Return the labels in a rectangle of a plane, shape (h, w)."""
        labels: NDArray[np.int32] = plane.read(self.levels[0], *where)
        return labels

    def write(self, plane: Plane, where: Where, labels: NDArray[np.integer]) -> None:
        """Replace the labels in a rectangle of a plane, at all levels.

        Parameters
        ----------
        plane : Plane
        where : tuple of slice
            Rows and columns of the plane.
        labels : ndarray of integers, shape (h, w)

        Raises
        ------
        ValueError
            If the labels are of another size, or do not fit into 32 bits.
        """
        if labels.shape != size(where):
            raise ValueError(f"labels of shape {labels.shape} do not fill {size(where)} pixels")
        if labels.size and not np.can_cast(labels.dtype, _DTYPE):
            highest = int(labels.max())
            if highest > np.iinfo(_DTYPE).max:
                raise ValueError(f"label {highest} is too large for {_DTYPE}; number them anew")
        region = _region(plane, where)
        upright = labels if plane.axes[0] < plane.axes[1] else labels.T
        self._write(region, upright.reshape([part.stop - part.start for part in region]))

    def fill(self, blocks: Iterable[tuple[Region, NDArray[np.integer]]]) -> None:
        """Write boxes: pairs of a region and the labels there, of its shape."""
        for region, block in blocks:
            self._write(region, block)

    def _write(self, region: Region, block: NDArray[np.integer]) -> None:
        block = block.astype(_DTYPE)
        for index, level in enumerate(self.levels):
            target, source = _every(2**index, region)
            if all(part.start < part.stop for part in target):
                level[target] = block[source]

    def written(self) -> Iterator[Region]:
        """Yield the boxes of the finest level that hold labels, one a chunk."""
        return written(self.levels[0], self.folder / self.levels[0].basename)


def level_shapes(shape: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the shapes of the levels of labels, that of the finest first."""
    shapes = [tuple(int(length) for length in shape)]
    while max(shapes[-1][-2:]) > _SMALL_ENOUGH:
        *planes, height, width = shapes[-1]
        shapes.append((*planes, -(-height // 2), -(-width // 2)))
    return shapes


def _region(plane: Plane, where: Where) -> Region:
    region = [slice(index, index + 1) for index in plane.at]
    region[plane.axes[0]], region[plane.axes[1]] = where
    return tuple(region)


def _every(step: int, region: Region) -> tuple[Region, Region]:
    """Return where a region lies on a level of every n-th row and column, and what of it is there.

    Both have the region's axes; the level's part is empty on an axis that misses it.
    """
    steps = (1,) * (len(region) - 2) + (step, step)
    target = tuple(
        slice(-(-part.start // each), -(-part.stop // each))
        for part, each in zip(region, steps, strict=True)
    )
    source = tuple(
        slice(on_level.start * each - part.start, None, each)
        for on_level, part, each in zip(target, region, steps, strict=True)
    )
    return target, source


def temporary_pyramid(shape: Sequence[int]) -> LabelPyramid:
    """Return an empty one on the disk, which is deleted when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="boundary-click-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return LabelPyramid.create(folder / "labels.zarr", shape)


def written(array: zarr.Array[Any], folder: Path) -> Iterator[Region]:
    """Yield the boxes of an array on the disk that hold something, one a chunk.

    Parameters
    ----------
    array : zarr.Array
        With one chunk a file, as Zarr 3 lays them out.
    folder : Path
        Of the array.
    """
    for path in sorted((folder / "c").glob("/".join("*" * array.ndim))):
        if path.name.isdigit():  # else it is a chunk that is being written
            place = [int(part) for part in path.relative_to(folder / "c").parts]
            yield tuple(
                slice(index * chunk, min((index + 1) * chunk, length))
                for index, chunk, length in zip(place, array.chunks, array.shape, strict=True)
            )
