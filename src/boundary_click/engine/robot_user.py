"""The simulated user: where a person who knows the object would click.

Training and benchmark share it, so that a model meets the same user in both.
All positions are pixel coordinates; ties go to the first pixel in raster order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from boundary_click.core.arrays import components, inner_boundary, inner_point
from boundary_click.core.clicks import Click, ClickKind
from boundary_click.core.geometry import BoolArray, Box

Style = Literal["boundary", "signed"]
"""Whether corrections are clicks on the outline, or positive and negative clicks."""
FpRule = Literal["farthest", "nearest"]
"""Which true-boundary point of a surplus region is clicked, seen from the predicted outline."""


def styles_for(kinds: tuple[ClickKind, ...]) -> tuple[Style, ...]:
    """Return the styles of user whose corrections are all of the given kinds."""
    needs: dict[Style, set[ClickKind]] = {
        "boundary": {"boundary"},
        "signed": {"positive", "negative"},
    }
    return tuple(style for style, needed in needs.items() if needed <= set(kinds))


@dataclass(frozen=True, slots=True)
class RobotUser:
    """A user who corrects the largest errors first.

    Parameters
    ----------
    style : {"boundary", "signed"}
        Whether corrections are clicks on the true outline, or positive and negative
        clicks in the middle of the wrong region.
    fp_rule : {"farthest", "nearest"}
        ``nearest`` is the min-min rule of the paper, ``farthest`` the point that a person
        would choose; see Notes.
    min_share : float
        Error regions below this share of the object's area are passed over, unless
        nothing larger is left.
    jitter : float
        Standard deviation of the click noise, as a share of the square root of the
        object's area.

    Notes
    -----
    The min-min rule picks the point where predicted and true outline already meet, which
    tells the model little.

    References
    ----------
    .. [1] S. Majumder et al., "Two-in-One Refinement for Interactive Segmentation",
       BMVC 2020, section 3.3 and eq. 5.
    """

    style: Style = "boundary"
    fp_rule: FpRule = "farthest"
    min_share: float = 0.01
    jitter: float = 0.0

    def select(self, truth: BoolArray, rng: np.random.Generator) -> Click:
        """Return the selection click inside an object."""
        row, col = inner_point(truth)
        return _inside(self._shaken(row, col, truth, rng), truth, "positive", (row, col))

    def correct(
        self,
        truth: BoolArray,
        mask: BoolArray,
        rng: np.random.Generator,
        *,
        valid: BoolArray | None = None,
        clicked: tuple[Click, ...] = (),
        count: int = 1,
    ) -> tuple[Click, ...]:
        """Return up to ``count`` corrections, one for each of the largest error regions.

        Parameters
        ----------
        truth, mask : ndarray of bool, shape (H, W)
            The object and the current prediction.
        rng : numpy.random.Generator
            Source of the jitter.
        valid : ndarray of bool, shape (H, W), optional
            Pixels outside it are never wrong.
        clicked : tuple of Click
            Earlier clicks; no pixel is clicked twice.
        count : int
            The largest number of clicks to return.

        Returns
        -------
        tuple of Click
            Empty if nothing is wrong, or nothing wrong is left to click.

        Raises
        ------
        ValueError
            If the object is empty.
        """
        if not truth.any():
            raise ValueError("truth must hold an object, got an empty mask")
        window = Box.of_mask(truth | mask)
        assert window is not None  # truth is not empty
        rows, cols = window.padded(2).pixels(truth.shape)
        scene = _Scene.of(
            truth[rows, cols], mask[rows, cols], None if valid is None else valid[rows, cols]
        )
        taken = _pixels(clicked, rows.start, cols.start, scene.truth.shape)
        clicks: list[Click] = []
        for region in scene.regions(self.min_share):
            point = self._point(scene, region, taken)
            if point is None or len(clicks) == count:
                continue
            row, col, kind = point
            if kind == "boundary":
                row, col = self._shaken(row, col, scene.truth, rng)
                click = Click(row, col, kind)
            else:
                click = _inside(
                    self._shaken(row, col, scene.truth, rng), region.pixels, kind, (row, col)
                )
            clicks.append(Click(click.row + rows.start, click.col + cols.start, click.kind))
        return tuple(clicks)

    def _point(
        self, scene: _Scene, region: _Region, taken: BoolArray
    ) -> tuple[float, float, ClickKind] | None:
        """Return where to click for a region, None if every pixel there is taken."""
        if self.style == "signed":
            free = region.pixels & ~taken
            kind: ClickKind = "positive" if region.is_missing else "negative"
            return (*_deepest(free), kind) if free.any() else None
        found = _outline_point(scene, region, self.fp_rule, taken)
        return None if found is None else (*found, "boundary")

    def _shaken(
        self, row: float, col: float, truth: BoolArray, rng: np.random.Generator
    ) -> tuple[float, float]:
        if not self.jitter:
            return row, col
        spread = self.jitter * float(np.sqrt(np.count_nonzero(truth)))
        shift_row, shift_col = rng.normal(0.0, spread, 2)
        row = float(np.clip(row + shift_row, 0, truth.shape[0] - 1))
        return row, float(np.clip(col + shift_col, 0, truth.shape[1] - 1))


class _Region(NamedTuple):
    """A connected component of wrong pixels: missing (false negative) or surplus."""

    pixels: BoolArray
    area: int
    is_missing: bool


class _Scene(NamedTuple):
    """What the robot sees: the object, the prediction, and what is wrong."""

    truth: BoolArray
    mask: BoolArray
    missing: BoolArray
    surplus: BoolArray

    @classmethod
    def of(cls, truth: BoolArray, mask: BoolArray, valid: BoolArray | None) -> _Scene:
        missing, surplus = truth & ~mask, mask & ~truth
        if valid is not None:
            missing, surplus = missing & valid, surplus & valid
        return cls(truth, mask, missing, surplus)

    def regions(self, min_share: float) -> list[_Region]:
        """Return the error regions by falling area, small ones only if there is no other."""
        found = []
        for pixels, is_missing in ((self.missing, True), (self.surplus, False)):
            labels, count = components(pixels)
            areas = np.bincount(labels.ravel(), minlength=count + 1)
            found += [
                _Region(labels == index, int(areas[index]), is_missing)
                for index in np.argsort(-areas[1:], kind="stable")[:4] + 1
            ]
        found.sort(key=lambda region: -region.area)
        smallest = min_share * np.count_nonzero(self.truth)
        return [region for region in found if region.area >= smallest] or found[:1]


def _pixels(clicks: tuple[Click, ...], top: int, left: int, shape: tuple[int, ...]) -> BoolArray:
    """Return the pixels of a piece of the image that hold a click."""
    taken = np.zeros(shape, dtype=bool)
    for click in clicks:
        row, col = round(click.row) - top, round(click.col) - left
        if 0 <= row < shape[0] and 0 <= col < shape[1]:
            taken[row, col] = True
    return taken


def _outline_point(
    scene: _Scene, region: _Region, fp_rule: FpRule, taken: BoolArray
) -> tuple[float, float] | None:
    """Return the point of the true outline to click for one error region (eq. 5)."""
    near = ndimage.binary_dilation(region.pixels, iterations=1)
    true_outline = inner_boundary(scene.truth) & ~taken
    if not true_outline.any():
        return None
    at_region = true_outline & near
    candidates = np.argwhere(at_region if at_region.any() else true_outline)
    if not at_region.any():  # a region that does not touch the outline: the nearest part of it
        distance = KDTree(np.argwhere(region.pixels)).query(candidates)[0]
        return _pick(candidates, -distance)
    # Where the mask ends at the image's edge, nobody needs to click.
    outline = inner_boundary(scene.mask, edge_counts=True)
    outline_at_region = outline & near
    if not outline_at_region.any():
        outline_at_region = outline
    if not outline_at_region.any():  # an empty mask: the outermost point
        centre = np.argwhere(scene.truth).mean(axis=0)
        return _pick(candidates, np.hypot(*(candidates - centre).T))
    distance = KDTree(np.argwhere(outline_at_region)).query(candidates)[0]
    if not region.is_missing and fp_rule == "nearest":
        distance = -distance
    return _pick(candidates, distance)


def _pick(points: NDArray[np.int64], score: NDArray[np.float64]) -> tuple[float, float]:
    row, col = points[int(np.argmax(score))]
    return float(row), float(col)


def _deepest(region: BoolArray) -> tuple[float, float]:
    """Return the pixel of a region farthest from its edge."""
    depth = ndimage.distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    row, col = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return float(row), float(col)


def _inside(
    point: tuple[float, float],
    region: BoolArray,
    kind: Literal["positive", "negative"],
    fallback: tuple[float, float],
) -> Click:
    """Return the click at ``point`` if that is in the region, else at ``fallback``."""
    row, col = round(point[0]), round(point[1])
    is_in = 0 <= row < region.shape[0] and 0 <= col < region.shape[1] and region[row, col]
    return Click(*(point if is_in else fallback), kind)
