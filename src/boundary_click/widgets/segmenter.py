"""What the widget does, without its looks: from clicks in layers to masks in labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import napari
from napari.layers import Image, Labels
from qtpy.QtCore import QObject, Signal

from boundary_click.core.clicks import Click, ClickKind
from boundary_click.core.records import ObjectRecord
from boundary_click.widgets.clicking import Clicking
from boundary_click.widgets.drafts import Draft, Outcome
from boundary_click.widgets.editor import Editor
from boundary_click.widgets.events import Connections
from boundary_click.widgets.growing import Grower
from boundary_click.widgets.guide import Guide
from boundary_click.widgets.guiding import GuidanceSettings
from boundary_click.widgets.keys import KeyBindings
from boundary_click.widgets.layers import Role
from boundary_click.widgets.models import Choice, Loader, ModelDesk
from boundary_click.widgets.situations import Notice, Situation, situation_of
from boundary_click.widgets.state import OpenObject
from boundary_click.widgets.workers import SerialWorker, message_of
from boundary_click.widgets.workspace import Workspace


class Segmenter(QObject):
    """Segments objects of one image after the other.

    Parameters
    ----------
    viewer : napari.Viewer
        Where the layers live.
    load : callable
        Loads a model, in the background.
    keys : KeyBindings
        To be bound on the layers used here.

    Attributes
    ----------
    models : ModelDesk
        The model in use.
    grower : Grower
        Carries objects through stacks.
    """

    changed = Signal()
    left = Signal()
    """The image, its labels or both are about to be let go."""

    def __init__(self, viewer: napari.Viewer, load: Loader, keys: KeyBindings) -> None:
        super().__init__()
        self._viewer, self._keys = viewer, keys
        self._worker = SerialWorker()
        self._space: Workspace | None = None
        self._guide = Guide(self._worker)
        self._guide.failed.connect(self.warn)
        self._clicking = Clicking(lambda: self._space, self._kinds)
        self._clicking.began.connect(self._hush)
        self._clicking.shown.connect(self._show)
        self._clicking.refused.connect(self.warn)
        self._may_overwrite = self._shows_earlier = False
        self._notice: Notice | None = None
        self.models = ModelDesk(self._worker, load)
        self.models.changed.connect(self.changed)
        self.models.loaded.connect(self._model_loaded)
        self.models.failed.connect(self.warn)
        self.models.choose(Choice())
        self.grower = Grower(self._worker, self.models.predictor)
        self.grower.changed.connect(self.changed)
        self.grower.ended.connect(self.tell)
        self.grower.failed.connect(self.warn)
        self._connections = Connections()
        self._connections.connect(self._layer_removed, viewer.layers.events.removed)
        dims, active = viewer.dims.events, viewer.layers.selection.events.active
        self._connections.connect(
            self._view_changed, active, dims.current_step, dims.ndisplay, dims.order
        )

    # What there is to show

    @property
    def image(self) -> Image | None:
        """The image being clicked."""
        return self._space.image if self._space else None

    @property
    def labels(self) -> Labels | None:
        """The layer that takes the masks."""
        return self.editor.target.labels if self.editor else None

    @property
    def editor(self) -> Editor | None:
        """The objects of that layer."""
        return self._space.editor if self._space else None

    @property
    def space(self) -> Workspace | None:
        """The layers of the image."""
        return self._space

    @property
    def is_busy(self) -> bool:
        """Whether something is still to come from the background."""
        return self._worker.is_busy

    @property
    def situation(self) -> Situation:
        """What there is to say and to do now."""
        return situation_of(
            self._space,
            self.models,
            kind=self._clicking.kind,
            kinds=self._kinds(),
            notice=self._notice,
            is_picking=self._clicking.is_picking,
            is_guidance_shown=self._guide.is_on,
            is_growing=self.grower.is_growing,
        )

    # What the user can do

    def start(self) -> None:
        """Make the layers that are missing and the right one active."""
        self._notice, self._clicking.is_picking = None, False
        if self._space is not None:
            try:
                self._space.open()
            except MemoryError as error:
                return self.warn(message_of(error))
            self._show()
            self._space.activate(self._next_role())
        return self.changed.emit()

    def choose_image(self, image: Image | None) -> None:
        """Click on another image from now on."""
        if image is self.image:
            return
        self._notice = None
        was_open = self._space is not None and self._space.is_open
        self._leave_image()
        if image is not None:
            self._space = Workspace(
                self._viewer, image, self._clicking.layers, self._new_editor, self._keys
            )
            self._space.earlier.is_on = self._shows_earlier
            if was_open:
                return self.start()
        return self.changed.emit()

    def choose_labels(self, labels: Labels | None) -> None:
        """Write the masks of further objects into this layer, a new one if None."""
        self._notice = None
        if self._space is not None:
            self.left.emit()
            if self.editor is not None:
                self.editor.accept()
            try:
                self._space.use_labels(labels)
            except (ValueError, MemoryError) as error:
                self._notice = Notice(message_of(error), is_problem=True)
        self._show_and_settle()

    def take_over(self, data: Any, records: Iterable[ObjectRecord]) -> None:
        """Go on with labels and objects that were saved, in a layer of their own."""
        if self._space is not None:
            self._space.take_over(data).load(records)
        self._show_and_settle()

    def choose_model(self, choice: Choice) -> None:
        """Use another model for further objects."""
        self._notice = None
        if choice.model != self.models.choice.model:
            self._clicking.choose(None)
        self.models.choose(choice)
        self.changed.emit()

    def choose_kind(self, kind: ClickKind) -> None:
        """Say what further clicks mean."""
        self._clicking.choose(kind)
        self.changed.emit()

    def next_kind(self) -> None:
        """Go through the kinds of click that the model takes."""
        self._clicking.choose_next()
        self.changed.emit()

    def pick(self) -> None:
        """Correct the object that is clicked next, wherever it comes from; once more: do not."""
        is_picking = not self._clicking.is_picking
        self.start()
        if is_picking and self._space is not None and self._space.is_open:
            self._clicking.is_picking = True
            self._space.activate("object")
        self.changed.emit()

    def overwrite(self, is_on: bool) -> None:
        """Let masks cover other objects from now on, or do not."""
        self._may_overwrite = is_on
        if self.editor is not None:
            self.editor.target.may_overwrite = is_on

    def cut(self, threshold: float) -> None:
        """Take pixels of the object in progress that are more probable than this."""
        self._notice = None
        if self.editor is not None:
            self.editor.cut(threshold)

    def show_outlines(self, is_on: bool) -> None:
        """Show objects as outlines, or filled."""
        if self._space is not None:
            self._space.show_outlines(is_on)
        self.changed.emit()

    def show_earlier(self, is_on: bool) -> None:
        """Show the clicks of accepted objects, or do not."""
        self._shows_earlier = is_on
        if self._space is not None:
            self._space.earlier.is_on = is_on
        self._show()

    def show_guidance(self, is_on: bool) -> None:
        """Show what the model is told of the clicks, or do not."""
        self._guide.switch(is_on, self._space)
        self.changed.emit()

    def guide(self, settings: GuidanceSettings | None) -> None:
        """Draw guidance maps with other settings, as the model was trained if None."""
        self._notice = None
        self.models.settings = settings
        if self.editor is not None:
            self.editor.predict_again(self._guided)
        self.changed.emit()

    def accept(self) -> None:
        """Keep the object as it is; the next click selects another."""
        self._notice, self._clicking.is_picking = None, False
        if self.editor is not None:
            self.editor.accept()
        self._show_and_settle()

    def undo(self) -> None:
        """Take the last step back."""
        self._notice = None
        if self.editor is not None:
            self.editor.undo()

    def redo(self) -> None:
        """Take the last undone step again."""
        self._notice = None
        if self.editor is not None:
            self.editor.redo()

    def reset(self) -> None:
        """Remove all clicks on the object; this can be undone."""
        self._notice = None
        if self.editor is not None and self.editor.is_selected:
            self.editor.reset()

    def tell(self, news: str) -> None:
        """Say something to the user."""
        self._notice = Notice(news)
        self.changed.emit()

    def warn(self, problem: str) -> None:
        """Say to the user what went wrong."""
        self._notice = Notice(problem, is_problem=True)
        self.changed.emit()

    def close(self) -> None:
        """Let go of the viewer: layers without content, events, thread."""
        self._connections.release()
        self._worker.close()
        self._leave_image()

    # What happens in the viewer

    def _layer_removed(self, event: Any) -> None:
        if self._space is None:
            return
        if event.value is self._space.image:
            self._leave_image(is_removing=True)
            self.tell(f"image {event.value.name!r} was removed; masks made so far are kept")
            return
        item = None
        if self.editor is not None and event.value is self.labels:
            item = self.editor.open
            self.left.emit()
        if news := self._space.let_go(event.value):
            self.tell(news)
        if item is not None and item.is_selected:
            self._space.ensure_editor().adopt(item)

    def _view_changed(self, event: Any = None) -> None:
        self.changed.emit()

    # What comes back from the background

    def _new_editor(self, space: Workspace, labels: Labels) -> Editor:
        def draft(item: OpenObject) -> Draft:
            image = space.plane_image(item.plane)
            return Draft(image, self.models.predictor, item.extent, item.begun)

        editor = Editor(labels, self._worker, draft, lambda: self.models.choice.model)
        editor.target.may_overwrite = self._may_overwrite
        editor.changed.connect(self._show_and_settle)
        editor.failed.connect(self.warn)
        editor.went.connect(space.go_to)
        return editor

    def _guided(self, draft: Draft, clicks: tuple[Click, ...]) -> Outcome:
        return draft.guide(clicks, lambda: self.models.settings_in_use)

    def _model_loaded(self) -> None:
        if self._space is not None:
            self._space.say_kinds(self._kinds())
        if self.situation.guidance is None:
            self._guide.switch(False, self._space)
        if self.editor is not None:
            self.editor.retry()
        self.changed.emit()

    # Helpers

    def _kinds(self) -> tuple[ClickKind, ...]:
        """Return what the model of the object in progress takes, else the one in use."""
        editor, info = self.editor, self.models.info
        if editor is not None and editor.is_selected and editor.outcome.kinds:
            return editor.outcome.kinds
        return (info.click_kinds if info else ()) or ("boundary",)

    def _hush(self) -> None:
        self._notice = None

    def _next_role(self) -> Role:
        return "correction" if self.editor and self.editor.is_selected else "object"

    def _show(self) -> None:
        if self._space is not None:
            self._space.show()
            self._space.say_kinds(self._kinds())

    def _show_and_settle(self) -> None:
        """Show the clicks, and make the right click layer active if the user is in one of them."""
        self._show()
        if self._space is not None:
            self._space.settle(self._next_role())
        self._guide.follow(self._space)
        self.changed.emit()

    def _leave_image(self, *, is_removing: bool = False) -> None:
        self._clicking.is_picking = False
        if self._space is not None:
            self.left.emit()
        self._guide.leave()
        if self._space is not None:
            space, self._space = self._space, None
            space.close(is_removing=is_removing)
