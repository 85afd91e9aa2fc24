"""An object being segmented, as the background thread holds it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from boundary_click.core.clicks import Click, ClickKind, common_start
from boundary_click.core.pieces import Piece
from boundary_click.widgets.guiding import GuidanceSettings, Sight, guided, sight_of
from boundary_click.widgets.workers import message_of

if TYPE_CHECKING:
    from boundary_click.engine.predictor import Predictor
    from boundary_click.engine.session import Session
    from boundary_click.engine.state import Patch

_MAX_DRAFTS = 6
"""Objects that keep what the model found in the image, so that a further click is quick."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What is known of an object after a step.

    Attributes
    ----------
    clicks : tuple of Click
        All clicks but those that cannot be used; some may wait for a prediction.
    patch : Patch or None
        The mask.
    kinds : tuple of str
        Kinds of click that the model takes after the first; empty while it is not loaded.
    milliseconds : float
        How long the prediction took, without loading the model.
    problem : str or None
        What went wrong, in words for the user.
    is_waiting : bool
        Whether there are clicks without a prediction.
    """

    clicks: tuple[Click, ...] = ()
    patch: Patch | None = None
    kinds: tuple[ClickKind, ...] = ()
    milliseconds: float = 0.0
    problem: str | None = None
    is_waiting: bool = False


class Draft:
    """Turns the clicks on one object into its mask, again and again.

    Only what differs from the clicks before is predicted. A click that cannot be used, such as
    one on a constant area, is left out. After any other failure the clicks wait, and are tried
    again the next time.

    Parameters
    ----------
    image : array-like, shape (H, W) or (H, W, C)
        One plane.
    predictor : callable
        Returns the model; asked once, at the first prediction.
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

    def predict(self, clicks: tuple[Click, ...]) -> Outcome:
        """Return the mask of these clicks; without any, that which was begun with."""
        try:
            session = self._open()
        except Exception as error:
            return self._outcome(clicks, 0.0, message_of(error), True)
        start = perf_counter()
        problem, used, waiting = _replace_clicks(session, clicks)
        return self._outcome((*used, *waiting), perf_counter() - start, problem, bool(waiting))

    def guide(
        self, clicks: tuple[Click, ...], settings: Callable[[], GuidanceSettings | None]
    ) -> Outcome:
        """Predict clicks again with other settings of the guidance maps.

        Parameters
        ----------
        clicks : tuple of Click
        settings : callable
            Returns the latest ones: of several changes in a row only the last is predicted.
        """
        try:
            self._open()
            assert self._model is not None  # the session is open
            if (model := guided(self._model, settings())) is not self._model:
                self._session, self._model = self._session_with(model), model
        except Exception as error:
            return self._outcome(clicks, 0.0, message_of(error), True)
        return self.predict(clicks)

    def look(self, clicks: tuple[Click, ...]) -> Sight | None:
        """Return what the model is told of these clicks, None if it has no guidance."""
        if self._model is None or self._session is None:
            return None
        _replace_clicks(self._session, clicks)
        return sight_of(self._model, self._session)

    def _open(self) -> Session:
        if self._session is None:
            model = self._predictor()
            self._session, self._model = self._session_with(model), model
        return self._session

    def _session_with(self, model: Predictor) -> Session:
        from boundary_click.engine.session import Session  # imports torch
        from boundary_click.engine.state import Patch

        mask = Patch.of_piece(self._begun) if self._begun else None
        return Session(self._image, model, extent=self._extent, mask=mask)

    def _outcome(
        self, clicks: tuple[Click, ...], seconds: float, problem: str | None, is_waiting: bool
    ) -> Outcome:
        return Outcome(
            clicks=clicks,
            patch=self._session.patch if self._session else None,
            kinds=self._model.click_kinds if self._model else (),
            milliseconds=1000 * seconds,
            problem=problem,
            is_waiting=is_waiting,
        )


class Shelf:
    """The drafts of the objects opened last; others are made again when they are needed."""

    def __init__(self) -> None:
        self._drafts: OrderedDict[int, Draft] = OrderedDict()

    def get(self, key: int, make: Callable[[], Draft]) -> Draft:
        """Return the draft of an object."""
        draft = self._drafts.pop(key, None) or make()
        self._drafts[key] = draft
        while len(self._drafts) > _MAX_DRAFTS:
            self._drafts.popitem(last=False)
        return draft


def _replace_clicks(
    session: Session, clicks: tuple[Click, ...]
) -> tuple[str | None, tuple[Click, ...], tuple[Click, ...]]:
    """Bring a session to these clicks; return a problem, the clicks used and those that wait."""
    used = list(clicks[: common_start(session.clicks, clicks)])
    session.replace_clicks(tuple(used))
    problem = None
    for index, click in enumerate(clicks[len(used) :], start=len(used)):
        try:
            session.replace_clicks((*used, click))
        except ValueError as error:
            problem = message_of(error)
        except Exception as error:
            return message_of(error), tuple(used), clicks[index:]
        else:
            used.append(click)
    return problem, tuple(used), ()
