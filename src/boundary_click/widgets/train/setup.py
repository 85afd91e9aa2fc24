"""What is set up before a run: the data that is checked, the plan, the start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.place import free_name, runs_folder
from boundary_click.widgets.models import Catalogue, catalogue
from boundary_click.widgets.train.estimate import Pace, in_words, measured_pace
from boundary_click.widgets.train.preparing import (
    Changes,
    Checked,
    Plan,
    check,
    make_plan,
    prepare,
    with_changes,
)
from boundary_click.widgets.train.sources import Source
from boundary_click.widgets.workers import SerialWorker, Ticket, message_of

if TYPE_CHECKING:
    from boundary_click.training.presets import RunPreset


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user set.

    Attributes
    ----------
    name : str
    base : str
    preset : str
    device : str
    changes : mapping
        Fields of the configuration that differ from the plan.
    """

    name: str
    base: str
    preset: RunPreset
    device: str
    changes: Changes


class SetupDesk(QObject):
    """Checks data, makes plans, and prepares runs; all of it in the background."""

    changed = Signal()
    planned = Signal()
    """There is another plan."""
    named = Signal(str)
    """What a run on the data may be called."""
    prepared = Signal(object)  # RunFolder

    def __init__(self) -> None:
        super().__init__()
        self._worker = SerialWorker()
        self._ticket: Ticket | None = None
        self._pace: Pace | None = None
        self._device = "auto"
        self.catalogue = Catalogue()
        self.plan: Plan | None = None
        self.source: Source | None = None
        self.checked: Checked | None = None
        self.is_checking = self.is_preparing = False
        self.problem = ""
        """What is wrong with the data."""
        self.refusal = ""
        """Why a run was not started."""
        self._worker.submit(catalogue, self._found, self._refuse)

    def choose_plan(self, base: str, preset: RunPreset) -> None:
        """Start from another model, or with another preset."""
        if self.plan is None or (base, preset) != (self.plan.base, self.plan.preset):
            self._worker.submit(lambda: make_plan(base, preset), self._planned, self._refuse)

    def choose_device(self, device: str) -> None:
        """Train on another device."""
        self._device = device
        kind = self._kind_of(device)
        self._worker.submit(lambda: measured_pace(runs_folder(), kind), self._paced, self._refuse)

    def check(self, source: Source | str) -> None:
        """Look through data; a text says why there is none."""
        if self._ticket is not None:
            self._ticket.drop()
        self.checked, self.problem, self.refusal = None, "", ""
        if isinstance(source, str):
            self.source, self.is_checking, self.problem = None, False, source
            return self.changed.emit()
        self.source, self.is_checking = source, True
        config = self.plan.config if self.plan else None
        share, seed = (config.validation_share, config.validation_seed) if config else (0.2, 0)
        self._ticket = self._worker.submit(
            partial(check, source, share, seed), self._checked, self._data_failed
        )
        self._worker.submit(lambda: free_name(source.name), self.named.emit, self._refuse)
        return self.changed.emit()

    def expectation(self, changes: Changes) -> str:
        """Return what to expect of a run, or what is wrong with its fields."""
        if self.plan is None:
            return ""
        try:
            config = with_changes(self.plan.config, changes)
        except ValueError as error:
            return message_of(error)
        return in_words(config, self._pace, self._kind_of(self._device))

    def start(self, wanted: Wanted) -> None:
        """Prepare a run, and say so once it can be started."""
        source, plan = self.source, self.plan
        if source is None or plan is None or self.is_preparing:
            return
        self.is_preparing, self.refusal = True, ""

        device = self._kind_of(wanted.device)

        def job() -> RunFolder:
            return prepare(source, plan.config, wanted.changes, name=wanted.name, device=device)

        self._worker.submit(job, self._prepared, self._refuse)
        self.changed.emit()

    def close(self) -> None:
        """End the background thread."""
        self._worker.close()

    def _kind_of(self, device: str) -> str:
        """Return the device that is meant, as far as it is known here."""
        if device != "auto":
            return device
        others = [known for known in self.catalogue.devices if known not in ("auto", "cpu")]
        return others[0].partition(":")[0] if others else "cpu"

    def _found(self, found: Catalogue) -> None:
        kinds = dict.fromkeys(device.partition(":")[0] for device in found.devices)
        self.catalogue = Catalogue(found.models, tuple(kinds))
        self.choose_device(self._device)
        self.changed.emit()

    def _planned(self, plan: Plan) -> None:
        before, self.plan, self.refusal = self.plan, plan, ""
        is_split_new = before and before.config.validation_share != plan.config.validation_share
        if is_split_new and self.source is not None:
            self.check(self.source)
        self.planned.emit()
        self.changed.emit()

    def _paced(self, pace: Pace | None) -> None:
        self._pace = pace
        self.changed.emit()

    def _checked(self, checked: Checked) -> None:
        self.checked, self.is_checking = checked, False
        self.changed.emit()

    def _data_failed(self, problem: str) -> None:
        self.problem, self.is_checking = problem, False
        self.changed.emit()

    def _prepared(self, folder: RunFolder) -> None:
        self.is_preparing = False
        self.changed.emit()
        self.prepared.emit(folder)

    def _refuse(self, problem: str) -> None:
        self.is_preparing, self.refusal = False, problem
        self.changed.emit()
