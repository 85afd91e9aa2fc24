"""Training samples: an object, the window it is seen through, and the selection click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from scipy import ndimage

from boundary_click.core.arrays import (
    IGNORE_LABEL,
    inner_boundary,
    is_colour_image,
    normalise,
)
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import BoolArray, Box, FloatArray, Window
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.windows import square_window
from boundary_click.models.config import WindowedConfig
from boundary_click.training.augmentation import Augmenter
from boundary_click.training.config import WindowDrawConfig

_LARGEST_DISTANCE = 1000.0


class Scene(NamedTuple):
    """One object of one image plane.

    Attributes
    ----------
    image : ndarray, shape (H, W) or (H, W, C)
    labels : ndarray of integers, shape (H, W)
        Instance ids; 0 is background, 65535 is left out of everything.
    object_id : int
    box : Box
        Tight box of the object.
    """

    image: np.ndarray
    labels: np.ndarray
    object_id: int
    box: Box


class SampleSource(Protocol):
    """Where objects to learn come from."""

    def draw(self, rng: np.random.Generator) -> Scene:
        """Return a random object."""
        ...


class Sample(NamedTuple):
    """One object on the grid of the network input.

    Attributes
    ----------
    image : ndarray of float32, shape (S, S, 3)
        In [0, 1].
    truth, valid, others : ndarray of bool, shape (S, S)
        The object, the pixels that count, and the inner pixels of each other object.
    click : Click
        The selection click, in grid pixels.
    distance : ndarray of float32, shape (S, S)
        Distance to the object's nearest boundary pixel, in grid pixels.
    pixel_size : float
        Side of an image pixel, in grid pixels.
    """

    image: FloatArray
    truth: BoolArray
    valid: BoolArray
    others: BoolArray
    click: Click
    distance: FloatArray
    pixel_size: float


@dataclass(frozen=True)
class Sampler:
    """Draws objects and shows them as the model will see them.

    Parameters
    ----------
    source : SampleSource
    model : WindowedConfig
        Window size and layout.
    windows : WindowDrawConfig
        Spread of the windows.
    augmenter : Augmenter
    user : RobotUser
        Places the selection click.
    """

    source: SampleSource
    model: WindowedConfig
    windows: WindowDrawConfig
    augmenter: Augmenter
    user: RobotUser

    def draw(self, rng: np.random.Generator, *, focus_only: bool = False) -> Sample:
        """Return a random sample; with ``focus_only`` always seen as the second pass sees it."""
        while True:
            sample = self._try(self.source.draw(rng), rng, focus_only)
            if sample is not None:
                return sample

    def _try(self, scene: Scene, rng: np.random.Generator, focus_only: bool) -> Sample | None:
        click = self._click(scene, rng)
        window = self._window(scene, click, rng, focus_only)
        # Wider than needed by half, so that a rotation has something to turn in.
        margin = self.model.window_size // 4
        size = self.model.window_size + 2 * margin
        wide = Window(window.box.padded(window.box.side * margin / self.model.window_size), size)
        rows, cols = wide.box.pixels(scene.labels.shape)
        labels = scene.labels[rows, cols]
        inner = Window(wide.box.shifted(-rows.start, -cols.start), size)
        truth = inner.read(labels == scene.object_id, outside=0.0)
        valid = inner.read(labels != IGNORE_LABEL, outside=0.0)
        others = inner.read(_others(labels, scene.object_id), outside=0.0)
        try:
            image = normalise(wide.read(scene.image), is_colour=is_colour_image(scene.image))
        except ValueError:  # a window without contrast teaches nothing
            return None
        position = wide.forward(click.row, click.col)
        image, masks, position = self.augmenter(
            image, np.stack([truth, valid, others]), position, margin, rng
        )
        mask, valid_pixels, other_objects = masks > 0.5
        on_grid = Click(*position)
        if not mask.any() or not on_grid.is_in(mask.shape):
            return None
        distance = ndimage.distance_transform_edt(~inner_boundary(mask))
        return Sample(
            image=image,
            truth=mask,
            valid=valid_pixels,
            others=other_objects & ~mask,
            click=on_grid,
            distance=np.minimum(distance, _LARGEST_DISTANCE).astype(np.float32),
            pixel_size=window.zoom[0],
        )

    def _click(self, scene: Scene, rng: np.random.Generator) -> Click:
        rows, cols = scene.box.pixels(scene.labels.shape)
        click = self.user.select(scene.labels[rows, cols] == scene.object_id, rng)
        return Click(click.row + rows.start, click.col + cols.start)

    def _window(
        self, scene: Scene, click: Click, rng: np.random.Generator, focus_only: bool
    ) -> Window:
        draw = self.windows
        if not focus_only and rng.random() < draw.search_share:
            side = draw.search_side * np.exp(rng.normal(0.0, draw.search_spread))
            side = max(side, draw.min_side)  # it may cut the object off, as a first look may
            centre = click.row + 0.5, click.col + 0.5
        else:
            side = draw.focus_ratio * scene.box.side * np.exp(rng.normal(0.0, draw.focus_spread))
            side = max(side, 1.1 * scene.box.side, draw.min_side)
            row, col = scene.box.centre
            shift = rng.normal(0.0, draw.focus_shift * side, 2)
            centre = row + shift[0], col + shift[1]
        return square_window(centre, side, scene.labels.shape, self.model.window_size)


def _others(labels: np.ndarray, object_id: int) -> BoolArray:
    """Return the pixels of all other objects but for those that touch another label."""
    is_other = (labels != 0) & (labels != object_id) & (labels != IGNORE_LABEL)
    inner = np.ones(labels.shape, dtype=bool)
    for axis in (0, 1):
        changes = np.diff(labels.astype(np.int64), axis=axis) != 0
        before = [slice(None, -1) if a == axis else slice(None) for a in (0, 1)]
        after = [slice(1, None) if a == axis else slice(None) for a in (0, 1)]
        inner[tuple(before)] &= ~changes
        inner[tuple(after)] &= ~changes
    found: BoolArray = is_other & inner
    return found
