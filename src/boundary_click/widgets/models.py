"""The model in use and those to choose from. Nothing here loads torch until it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from boundary_click.core.clicks import ClickKind
from boundary_click.widgets.guiding import (
    GuidanceInfo,
    GuidanceSettings,
    guidance_of,
    guided,
)
from boundary_click.widgets.workers import SerialWorker

if TYPE_CHECKING:
    from boundary_click.engine.predictor import Predictor

Loader = Callable[[str, str], "Predictor"]
"""Takes the name or path of a model and a device."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model and the device to run it on."""

    model: str = "default"
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the widget shows of a loaded model."""

    choice: Choice
    device: str
    click_kinds: tuple[ClickKind, ...]
    guidance: GuidanceInfo | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Models by name, and devices of this computer."""

    models: tuple[str, ...] = ("default",)
    devices: tuple[str, ...] = ("auto", "cpu")


class ModelDesk(QObject):
    """Holds one model, and loads it in the background.

    Parameters
    ----------
    worker : SerialWorker
        Where models are loaded and run.
    load : callable
        Loads a model.

    Attributes
    ----------
    choice : Choice
        The model to use from now on.
    info : ModelInfo or None
        Of the model loaded last.
    catalogue : Catalogue
        What can be chosen.
    is_loading : bool
        Whether a model is on its way.
    settings : GuidanceSettings or None
        How guidance maps are drawn, None as the model was trained.
    """

    changed = Signal()
    loaded = Signal()
    failed = Signal(str)

    def __init__(self, worker: SerialWorker, load: Loader) -> None:
        super().__init__()
        self._worker = worker
        self._load = load
        self._held: tuple[Choice, Predictor] | None = None  # the background thread's
        self.choice = Choice()
        self.info: ModelInfo | None = None
        self.catalogue = Catalogue()
        self.is_loading = False
        self.settings: GuidanceSettings | None = None
        worker.submit(catalogue, self._found, self.failed.emit)

    @property
    def settings_in_use(self) -> GuidanceSettings | None:
        """How guidance maps are drawn, None for a model that has none."""
        guidance = self.info.guidance if self.info else None
        return self.settings or (guidance.settings if guidance else None)

    def choose(self, choice: Choice) -> None:
        """Use another model from now on, and load it already."""
        if choice.model != self.choice.model:
            self.settings = None
        self.choice, self.is_loading = choice, True
        self._worker.submit(self._describe, self._described, self._fail)

    def predictor(self) -> Predictor:
        """Return the model with the settings in use; for the background thread."""
        return guided(self._loaded(), self.settings)

    def _loaded(self) -> Predictor:
        """Return the model as it was trained, loaded if it was not."""
        choice = self.choice
        if self._held is None or self._held[0] != choice:
            self._held = None  # free the memory of the one before
            self._held = choice, self._load(choice.model, choice.device)
        return self._held[1]

    def _describe(self) -> ModelInfo:
        choice, predictor = self.choice, self._loaded()
        kinds, guidance = predictor.click_kinds, guidance_of(predictor)
        return ModelInfo(choice, predictor.device, kinds, guidance)

    def _described(self, info: ModelInfo) -> None:
        if info.choice == self.choice:
            self.info, self.is_loading = info, False
            self.loaded.emit()

    def _fail(self, problem: str) -> None:
        self.is_loading = False
        self.failed.emit(problem)

    def _found(self, found: Catalogue) -> None:
        self.catalogue = found
        self.changed.emit()


def load(model: str, device: str) -> Predictor:
    """Load a model by name or path."""
    from boundary_click.io.library import load_predictor

    return load_predictor(model, device)


def catalogue() -> Catalogue:
    """Return what can be chosen here."""
    import torch

    from boundary_click.io.library import known_models

    devices = ["auto", "cpu"]
    devices += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return Catalogue(tuple(known_models()) or ("default",), tuple(devices))
