"""What the user paints into a Labels layer with napari's own tools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boundary_click.core.changes import PixelChange
from boundary_click.core.pieces import Where
from boundary_click.core.planes import Plane


def changes_of(atoms: Iterable[Any], data: Any) -> tuple[PixelChange, ...]:
    """Return what a step of napari's history changes, plane by plane.

    Parameters
    ----------
    atoms : iterable
        As the layer's ``paint`` event carries them, in the order in which they were painted.
    data : array-like
        Of the layer; napari tells of some steps before they are in it, and of others after.
    """
    painted = [_pixels(atom) for atom in atoms]
    if not painted:
        return ()
    points, old, new = (np.concatenate(each) for each in zip(*painted, strict=True))
    # of a pixel painted twice, the value before the first time and that after the last count
    unique, first = np.unique(points, axis=0, return_index=True)
    _, last = np.unique(points[::-1], axis=0, return_index=True)
    return tuple(_by_plane(unique, old[first], new[::-1][last], data))


def _pixels(atom: Any) -> tuple[NDArray[np.intp], NDArray[np.integer], NDArray[np.integer]]:
    """Return the points (N, ndim) of a change and the values (N,) before and after it."""
    if len(atom) == 3:
        indices, old, new = atom
        points = np.stack([np.ravel(index) for index in indices], axis=1)
    else:
        where, mask, old, new = atom  # a box, which pixels of it, values before, value painted
        starts = [along.start or 0 for along in where]
        shape = [along.stop - (along.start or 0) for along in where]
        inside = np.ones(shape, dtype=bool) if mask is None else mask
        points = np.argwhere(inside) + starts
    count = len(points)
    return points, np.broadcast_to(np.ravel(old), count), np.broadcast_to(np.ravel(new), count)


def _by_plane(
    points: NDArray[np.intp], old: NDArray[np.integer], new: NDArray[np.integer], data: Any
) -> Iterator[PixelChange]:
    shape, ndim = data.shape, data.ndim
    on_planes, plane_of = np.unique(points[:, :-2], axis=0, return_inverse=True)
    for number, at in enumerate(on_planes):
        plane = Plane((shape[-2], shape[-1]), (ndim - 2, ndim - 1), (*map(int, at), 0, 0))
        here = np.ravel(plane_of) == number
        rows, cols = points[here, -2], points[here, -1]
        where: Where = (
            slice(int(rows.min()), int(rows.max()) + 1),
            slice(int(cols.min()), int(cols.max()) + 1),
        )
        before = plane.read(data, *where).copy()
        after = before.copy()
        at_pixels = rows - where[0].start, cols - where[1].start
        before[at_pixels], after[at_pixels] = old[here], new[here]
        yield PixelChange.of(plane, where, before, after)
