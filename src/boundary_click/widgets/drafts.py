"""An object being segmented, as the background thread holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from boundary_click.core.clicks import Click, ClickKind
from boundary_click.core.pieces import Piece
from boundary_click.widgets.guiding import GuidanceSettings, Sight, guided, sight_of
from boundary_click.widgets.workers import message_of

if TYPE_CHECKING:
    from boundary_click.engine.predictor import Predictor
    from boundary_click.engine.session import Session
    from boundary_click.engine.state import Patch


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of an object after a step.

    Attributes
    ----------
    clicks : tuple of Click
        All clicks, those without a prediction included.
    patch : Patch, Piece or None
        The mask.
    kinds : tuple of str
        Kinds of click that the model takes after the first; empty while it is not loaded.
    can_undo, can_redo : bool
        Whether there is a step to take back, or to take again.
    milliseconds : float
        How long the last prediction took, without loading the model.
    problem : str or None
        What went wrong, in words for the user.
    """

    clicks: tuple[Click, ...] = ()
    patch: Patch | Piece | None = None
    kinds: tuple[ClickKind, ...] = ()
    can_undo: bool = False
    can_redo: bool = False
    milliseconds: float = 0.0
    problem: str | None = None


class Draft:
    """Clicks on one object that outlive a prediction that fails.

    A click that cannot be used, such as one on a constant area, is taken off again. After any
    other failure the click waits, and is tried again with the next step.

    Parameters
    ----------
    image : array-like, shape (H, W) or (H, W, C)
        One plane.
    predictor : callable
        Returns the model; asked once, at the first step.
    extent : float, optional
        Usual size of the objects here, in pixels, if something is known of it.
    begun : Piece, optional
        A mask to correct, in place of a selection click.
    """

    def __init__(
        self,
        image: Any,
        predictor: Callable[[], Predictor],
        extent: float | None = None,
        begun: Piece | None = None,
    ) -> None:
        self._image = image
        self._predictor = predictor
        self._extent = extent
        self._begun = begun
        self._model: Predictor | None = None
        self._session: Session | None = None
        self._waiting: tuple[Click, ...] = ()
        self._milliseconds = 0.0

    def add(self, click: Click) -> Outcome:
        """Add a click."""
        self._waiting = (*self._waiting, click)
        return self._step(self._predict_waiting, is_prediction=True)

    def open(self) -> Outcome:
        """Prepare the mask that was begun with, so that the first click is quick."""
        return self._step(lambda session: None)

    def retry(self) -> Outcome:
        """Try the clicks that wait for a prediction once more."""
        return self._step(self._predict_waiting, is_prediction=True)

    def move(self, index: int, row: float, col: float) -> Outcome:
        """Move a click."""
        late = index - self._predicted
        if 0 <= late < len(self._waiting):
            moved = replace(self._waiting[late], row=row, col=col)
            self._waiting = (*self._waiting[:late], moved, *self._waiting[late + 1 :])
            return self.retry()
        return self._step(lambda session: session.move_click(index, row, col), is_prediction=True)

    def remove(self, indices: tuple[int, ...]) -> Outcome:
        """Remove clicks; without its selection click an object has none at all."""
        if 0 in indices and self._begun is None:
            return self.reset()
        kept = range(self._predicted, self._predicted + len(self._waiting))
        self._waiting = tuple(
            click for at, click in zip(kept, self._waiting, strict=True) if at not in indices
        )
        gone = [index for index in sorted(indices, reverse=True) if index < self._predicted]
        return self._step(lambda session: [session.remove_click(index) for index in gone])

    def reset(self) -> Outcome:
        """Remove all clicks."""
        self._waiting = ()
        return self._step(lambda session: session.reset())

    def undo(self) -> Outcome:
        """Take the last step back."""
        if self._waiting:
            self._waiting = ()
            return self._step(lambda session: None)
        return self._step(lambda session: session.undo())

    def redo(self) -> Outcome:
        """Take the last undone step again."""
        return self._step(lambda session: session.redo())

    @property
    def _predicted(self) -> int:
        return len(self._session.clicks) if self._session else 0

    def _open(self) -> Session:
        if self._session is None:
            model = self._predictor()
            self._session, self._model = self._session_with(model), model
        return self._session

    def _session_with(self, model: Predictor) -> Session:
        from boundary_click.engine.session import Session  # imports torch
        from boundary_click.engine.state import Patch

        begun = self._begun
        mask = Patch(begun.where, begun.mask.astype(np.float32)) if begun else None
        return Session(self._image, model, extent=self._extent, mask=mask)

    def _predict_waiting(self, session: Session) -> None:
        while self._waiting:
            click = self._waiting[0]
            try:
                session.add_click(click.row, click.col, click.kind)
            except ValueError:
                self._waiting = self._waiting[1:]
                raise
            self._waiting = self._waiting[1:]

    def _step(self, action: Callable[[Session], object], *, is_prediction: bool = False) -> Outcome:
        problem = None
        try:
            session = self._open()
            start, before = perf_counter(), session.clicks
            action(session)
            if is_prediction and session.clicks != before:
                self._milliseconds = 1000 * (perf_counter() - start)
        except Exception as error:
            problem = message_of(error)
        return self._outcome(problem)

    def guide(self, settings: Callable[[], GuidanceSettings | None]) -> Outcome:
        """Predict all clicks again with other settings of the guidance maps.

        Undo then takes the clicks back one by one; what was undone before is forgotten.

        Parameters
        ----------
        settings : callable
            Returns the latest ones: of several changes in a row only the last is predicted.
        """
        return self._step(lambda session: self._predict_with(session, settings()))

    def look(self) -> Sight | None:
        """Return what the model is told, None if it has no guidance."""
        return sight_of(self._model, self._session) if self._model and self._session else None

    def _predict_with(self, session: Session, settings: GuidanceSettings | None) -> None:
        assert self._model is not None  # the session is open
        model = guided(self._model, settings)
        if model is self._model:
            return
        start, again = perf_counter(), self._session_with(model)
        for click in session.clicks:
            again.add_click(click.row, click.col, click.kind)
        self._session, self._model = again, model
        self._milliseconds = 1000 * (perf_counter() - start)

    def _outcome(self, problem: str | None) -> Outcome:
        if self._session is None:
            undoable = bool(self._waiting)
            return Outcome(self._waiting, self._begun, can_undo=undoable, problem=problem)
        session = self._session
        return Outcome(
            clicks=(*session.clicks, *self._waiting),
            patch=session.patch,
            kinds=self._model.click_kinds if self._model else (),
            can_undo=session.can_undo or bool(self._waiting),
            can_redo=session.can_redo and not self._waiting,
            milliseconds=self._milliseconds,
            problem=problem,
        )
