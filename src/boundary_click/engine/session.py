"""One object on one image plane: clicks in, mask out, every step undoable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from boundary_click.core.arrays import check_image
from boundary_click.core.clicks import Click, ClickKind, common_start
from boundary_click.core.geometry import BoolArray, FloatArray
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.state import MaskState, Patch

_MAX_UNDO = 100


@dataclass(frozen=True, slots=True)
class _Moment:
    """The clicks, and the mask after each."""

    clicks: tuple[Click, ...] = ()
    states: tuple[MaskState, ...] = ()


@dataclass(frozen=True, slots=True)
class _Beginning:
    """A mask to correct, and the state that stands for it."""

    mask: Patch
    centre: Click
    state: MaskState


class Session:
    """Segment one object of an image plane by clicks.

    Parameters
    ----------
    image : array-like, shape (H, W) or (H, W, C)
        Any real dtype. Three channels are RGB and four are RGBA, of which alpha is ignored;
        with any other number each channel is stretched to its own contrast and the model
        sees the first three. Only the part round the clicks is ever read, so dask and zarr
        arrays may be of any size.
    predictor : Predictor
        A loaded model; sessions may share it.
    extent : float, optional
        Usual size of the objects here, in pixels, if something is known of it; it
        saves a search.
    mask : ndarray of bool, shape (H, W), or Patch, optional
        A mask to correct, from another program, say. It takes the place of the selection
        click: the first click may be of any kind that the model takes.

    Raises
    ------
    ValueError, TypeError
        If the image is not an image plane, or the mask is empty or of another size.

    Notes
    -----
    A call that raises changes nothing. Positions are pixel coordinates in (row, col)
    order, integers at pixel centres.

    Examples
    --------
    >>> import boundary_click as bc
    >>> from skimage.data import coins
    >>> session = bc.Session(coins(), bc.load_predictor("default", device="cpu"))
    >>> mask = session.add_click(45, 40)
    >>> mask.shape
    (303, 384)
    >>> session.undo().any()
    np.False_
    """

    def __init__(
        self,
        image: Any,
        predictor: Predictor,
        *,
        extent: float | None = None,
        mask: BoolArray | Patch | None = None,
    ) -> None:
        self._image = image if hasattr(image, "shape") else np.asarray(image)
        self._shape = check_image(self._image)
        self._predictor = predictor
        self._extent = extent
        self._begun = None if mask is None else self._begin(mask)
        self._past: list[_Moment] = []
        self._future: list[_Moment] = []
        self._now = _Moment()

    @property
    def clicks(self) -> tuple[Click, ...]:
        """Clicks so far, the selection click first unless the session began with a mask."""
        return self._now.clicks

    @property
    def latest(self) -> tuple[MaskState, tuple[Click, ...]] | None:
        """The predictor's latest state and the clicks that led to it, None before there is one.

        If the session began with a mask, a positive click in the middle of it comes first.
        """
        begun, states = self._begun, self._now.states
        clicks = (begun.centre, *self.clicks) if begun else self.clicks
        if states:
            return states[-1].cut_at(clicks[-1].threshold), clicks
        return (begun.state, clicks) if begun else None

    @property
    def patch(self) -> Patch | None:
        """The mask where it is not empty, None before the first click if there was no mask."""
        if self._now.states:
            return self._now.states[-1].render(self._shape, self.clicks[-1].threshold)
        return self._begun.mask if self._begun else None

    @property
    def mask(self) -> BoolArray:
        """The object, shape (H, W); empty before the first click if there was no mask."""
        mask = np.zeros(self._shape, dtype=bool)
        if (patch := self.patch) is not None:
            mask[patch.where] = patch.mask
        return mask

    @property
    def probability(self) -> FloatArray:
        """Probability of the object, float32 of shape (H, W); 0 before the first click."""
        probability = np.zeros(self._shape, dtype=np.float32)
        if (patch := self.patch) is not None:
            probability[patch.where] = patch.probability
        return probability

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to take again."""
        return bool(self._future)

    def add_click(self, row: float, col: float, kind: ClickKind = "positive") -> BoolArray:
        """Add a click and return the new mask.

        Parameters
        ----------
        row, col : float
            Position in pixels.
        kind : {"positive", "negative", "boundary"}
            The first click selects the object and must be positive, unless the session began
            with a mask.

        Returns
        -------
        ndarray of bool, shape (H, W)

        Raises
        ------
        ValueError
            If the click lies outside the image, the first one is not positive, the
            model does not take this kind, or the image has no contrast there.
        """
        return self._replace((*self.clicks, Click(row, col, kind)), kept=len(self.clicks))

    def move_click(self, index: int, row: float, col: float) -> BoolArray:
        """Move a click and return the new mask.

        Raises
        ------
        IndexError
            If there is no such click.
        ValueError
            As for `add_click`.
        """
        self._check_index(index)
        moved = replace(self.clicks[index], row=row, col=col)
        clicks = (*self.clicks[:index], moved, *self.clicks[index + 1 :])
        return self._replace(clicks, kept=index)

    def set_threshold(self, threshold: float) -> BoolArray:
        """Cut the mask at another probability and return it; further clicks start from there.

        Parameters
        ----------
        threshold : float
            Pixels that are more probable belong to the mask: more of them the lower it is.
            It is 0.5 after every new click.

        Raises
        ------
        ValueError
            If there is no click yet, or the threshold is not between 0 and 1.
        """
        if not self.clicks:
            raise ValueError("there is no probability to cut before a click; click first")
        latest = replace(self.clicks[-1], threshold=threshold)
        return self.replace_clicks((*self.clicks[:-1], latest))

    def remove_click(self, index: int) -> BoolArray:
        """Remove a click and return the new mask.

        Raises
        ------
        IndexError
            If there is no such click.
        ValueError
            If the click that would then be first is not positive.
        """
        self._check_index(index)
        return self._replace((*self.clicks[:index], *self.clicks[index + 1 :]), kept=index)

    def replace_clicks(self, clicks: tuple[Click, ...]) -> BoolArray:
        """Take other clicks in place of all, as one step, and return the new mask.

        Those at the beginning that are as before are not predicted again.

        Raises
        ------
        ValueError
            As for `add_click`.
        """
        if clicks == self.clicks:
            return self.mask
        return self._replace(clicks, kept=common_start(self.clicks, clicks))

    def reset(self) -> BoolArray:
        """Remove all clicks, as one step that can be undone, and return the mask before them."""
        if self.clicks:
            self._enter(_Moment())
        return self.mask

    def undo(self) -> BoolArray:
        """Take the last step back, if there is one, and return the mask."""
        if self._past:
            self._future.append(self._now)
            self._now = self._past.pop()
        return self.mask

    def redo(self) -> BoolArray:
        """Take the last undone step again, if there is one, and return the mask."""
        if self._future:
            self._past.append(self._now)
            self._now = self._future.pop()
        return self.mask

    def _replace(self, clicks: tuple[Click, ...], *, kept: int) -> BoolArray:
        """Take new clicks of which the first ``kept`` are as before."""
        self._check(clicks)
        states = list(self._now.states[:kept])
        for index in range(kept, len(clicks)):
            states.append(self._predict(clicks[: index + 1], states))
        self._enter(_Moment(clicks, tuple(states)))
        return self.mask

    def _predict(self, clicks: tuple[Click, ...], states: list[MaskState]) -> MaskState:
        told = clicks if self._begun is None else (self._begun.centre, *clicks)
        if states:
            state = states[-1].cut_at(clicks[-2].threshold)
            return self._predictor.refine(self._image, state, told)
        if self._begun is not None:
            return self._predictor.refine(self._image, self._begun.state, told)
        return self._predictor.select(self._image, clicks[0], extent=self._extent)

    def _begin(self, mask: BoolArray | Patch) -> _Beginning:
        if not isinstance(mask, Patch):
            mask = np.asarray(mask)
            if mask.shape != self._shape:
                raise ValueError(
                    f"mask must be as large as the image, {self._shape[0]} x {self._shape[1]} "
                    f"pixels, got shape {mask.shape}"
                )
            mask = Patch.of(mask != 0)
        ends = tuple(part.stop for part in mask.where)
        if any(end > length for end, length in zip(ends, self._shape, strict=True)):
            raise ValueError(
                f"mask reaches to row {ends[0]}, column {ends[1]}, but the image has "
                f"{self._shape[0]} x {self._shape[1]} pixels; give a mask of this image"
            )
        return _Beginning(mask, mask.centre, self._predictor.resume(self._image, mask))

    def _enter(self, moment: _Moment) -> None:
        self._past = [*self._past[-_MAX_UNDO + 1 :], self._now]
        self._future.clear()
        self._now = moment

    def _check(self, clicks: tuple[Click, ...]) -> None:
        for index, click in enumerate(clicks):
            if not click.is_in(self._shape):
                raise ValueError(
                    f"click at row {click.row:g}, column {click.col:g} lies outside the image of "
                    f"{self._shape[0]} x {self._shape[1]} pixels; click on the image"
                )
            is_first = index == 0 and self._begun is None
            if is_first and click.kind != "positive":
                raise ValueError(
                    f"the first click selects the object and must be positive, got {click.kind!r}; "
                    "click inside the object first"
                )
            if not is_first and click.kind not in self._predictor.click_kinds:
                kinds = ", ".join(self._predictor.click_kinds)
                raise ValueError(
                    f"model {self._predictor.name!r} takes clicks of kind {kinds} after the first, "
                    f"got {click.kind!r}; use one of those or another model"
                )

    def _check_index(self, index: int) -> None:
        if not 0 <= index < len(self.clicks):
            raise IndexError(f"there is no click {index}; the session has {len(self.clicks)}")
