"""Projects, series of images and exports, as the user asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import napari
import numpy as np
from napari.layers import Image
from qtpy.QtCore import QObject, Signal

from boundary_click.widgets.keeping import Keeper, identity_of_model
from boundary_click.widgets.layers import is_large, pixels_of, placement, shape_of
from boundary_click.widgets.segmenter import Segmenter
from boundary_click.widgets.workers import SerialWorker, message_of

if TYPE_CHECKING:
    from boundary_click.io.project.project import Project
    from boundary_click.io.project.series import Series


@dataclass(frozen=True, slots=True)
class ProjectInfo:
    """What the widget shows of the project.

    Attributes
    ----------
    path : Path or None
        Of the project that is kept; None if there is none.
    is_automatic : bool
        Whether nobody asked for it.
    is_saved : bool
    place : str
        Where in a series the image is, such as ``"2 of 14, 5 done"``; empty without one.
    can_keep : bool
        Whether there is an image with labels to keep.
    is_busy : bool
        Whether something is being opened or exported.
    """

    path: Path | None = None
    is_automatic: bool = False
    is_saved: bool = True
    place: str = ""
    can_keep: bool = False
    is_busy: bool = False


class ProjectDesk(QObject):
    """Keeps the objects in a project, goes through series, exports.

    Parameters
    ----------
    viewer : napari.Viewer
    does : Segmenter
        Whose objects are kept.
    """

    changed = Signal()
    told = Signal(str)

    def __init__(self, viewer: napari.Viewer, does: Segmenter) -> None:
        super().__init__()
        self._viewer, self._does = viewer, does
        self._worker = SerialWorker()
        self._keeper: Keeper | None = None
        self._is_automatic = False
        self._series: Series | None = None
        self._at = self._done = 0
        does.left.connect(self._image_left)

    @property
    def info(self) -> ProjectInfo:
        """What there is to show."""
        keeper = self._keeper
        return ProjectInfo(
            path=keeper.path if keeper else None,
            is_automatic=self._is_automatic,
            is_saved=keeper.is_saved if keeper else True,
            place=self._place(),
            can_keep=self._does.editor is not None,
            is_busy=self._worker.is_busy,
        )

    @property
    def suggested(self) -> Path:
        """Where a project of the image would lie: beside its file."""
        from boundary_click.io.project.series import project_beside

        image = self._does.image
        source = image.source.path if image is not None else None
        name = image.name if image is not None else "project"
        return project_beside(Path(source) if source else Path.home() / name)

    # Projects

    def create(self, path: Path, *, is_automatic: bool = False) -> None:
        """Keep the objects of the image in a new project from now on."""
        editor, image = self._does.editor, self._does.image
        if editor is None or image is None:
            return
        pixels, geometry = editor.target.pixels, placement(image)
        identity = identity_of_image(image)

        def make() -> Project:
            from boundary_click.io.project.project import Project

            return Project.create(
                path,
                image=identity(),
                geometry=geometry,
                labels=pixels.blocks(),
                dtype=np.dtype(pixels.array.dtype).name,
            )

        self._keep(path, make, is_automatic=is_automatic)

    def open(self, path: Path, *, is_automatic: bool = False) -> None:
        """Go on with a project: its labels and objects on the image it is of."""

        def job() -> _Opened:
            from boundary_click.io.project.project import Project

            project = Project.open(path)
            return _Opened(project, _labels_of(project), is_automatic)

        self._leave_project()
        self._worker.submit(job, self._opened, self.told.emit)
        self.changed.emit()

    # Series

    def open_series(self, folder: Path) -> None:
        """Go through the images of a folder, beginning with the first that is not done."""

        def job() -> _Survey:
            from boundary_click.io.project.series import Series

            return _survey(Series.of(folder), after=-1)

        def begin(found: _Survey) -> None:
            self._series, self._done = found.series, found.done
            self._visit(found.following or 0)

        self._worker.submit(job, begin, self.told.emit)
        self.changed.emit()

    def step(self, by: int) -> None:
        """Go to the next image of the series, or to the one before."""
        if self._series is not None:
            self._visit((self._at + by) % len(self._series.members))

    def finish(self) -> None:
        """Mark the image as done, and go to the next that is not."""
        series, at = self._series, self._at
        if series is None:
            return

        def go_on(found: _Survey) -> None:
            self._done = found.done
            if found.following is None:
                self.told.emit("all images of the series are done")
            self._visit(at if found.following is None else found.following)

        self._leave_project(is_done=True)
        self._worker.submit(lambda: _survey(series, after=at), go_on, self.told.emit)
        self.changed.emit()

    # Exports

    def export(self, path: Path, name: str) -> None:
        """Write labels and objects in a format of other programs."""
        editor, image = self._does.editor, self._does.image
        if editor is None or image is None:
            return
        labels, geometry = editor.target.pixels.array, placement(image)
        records = tuple(editor.state.records.values())

        def job() -> Path:
            from boundary_click.io.exports import FORMATS
            from boundary_click.io.labelled import LabelledImage
            from boundary_click.io.project.labelled import labelled_stack

            stack = labelled_stack(labels, geometry)
            FORMATS[name].write(path, LabelledImage(stack, path.stem, None, records))
            return path

        self._worker.submit(job, lambda path: self.told.emit(f"wrote {path}"), self.told.emit)
        self.changed.emit()

    def close(self) -> None:
        """Save, and let go of everything."""
        self._does.left.disconnect(self._image_left)
        self._leave_project()
        self._worker.close()

    # Helpers

    def _keep(self, path: Path, get: Callable[[], Project], *, is_automatic: bool) -> None:
        editor = self._does.editor
        assert editor is not None  # there is an image with labels
        self._leave_project()
        self._is_automatic = is_automatic
        self._keeper = Keeper(path, editor, get, lambda: self._does.models.choice.model)
        self._keeper.changed.connect(self.changed)
        self._keeper.failed.connect(self.told)
        self.changed.emit()

    def _leave_project(self, *, is_done: bool | None = None) -> None:
        if (keeper := self._keeper) is not None:
            self._keeper, self._is_automatic = None, False
            keeper.close(is_done=is_done)

    def _image_left(self) -> None:
        self._leave_project()
        self.changed.emit()

    def _opened(self, opened: _Opened) -> None:
        project = opened.project
        image = self._image_for(project)
        if image is None:
            project.close()
            source = project.document.image.source
            return self.told.emit(
                f"open the image of {project.path.name} first"
                + (f"; it was {source}" if source else "")
            )
        self._does.choose_image(image)
        self._does.take_over(opened.labels, project.document.records)
        self._keep(project.path, lambda: project, is_automatic=opened.is_automatic)
        identity, document = identity_of_image(image), project.document
        in_use = self._does.models.choice.model

        def compare() -> tuple[str, ...]:
            return document.differences(identity(), identity_of_model(in_use))

        self._worker.submit(compare, self._warn, self.told.emit)
        return self._does.start()

    def _warn(self, differences: tuple[str, ...]) -> None:
        if differences:
            self.told.emit(" ".join(differences))
        self.changed.emit()

    def _image_for(self, project: Project) -> Image | None:
        """Return the layer of a project's image, opened from its file if need be."""
        told = project.document.image
        expected = told.shape[:-1] if told.is_rgb else told.shape

        def fits(layer: Any) -> bool:
            return isinstance(layer, Image) and shape_of(layer) == expected

        current = self._does.image
        candidates = [layer for layer in self._viewer.layers if fits(layer)]
        if current is not None and fits(current):
            return current
        if candidates:
            return candidates[-1]
        if told.source and Path(told.source).exists():
            return next((layer for layer in self._viewer.open(told.source) if fits(layer)), None)
        return None

    def _visit(self, at: int) -> None:
        """Close the image at hand and open another one of the series with its project."""
        assert self._series is not None  # it is gone through
        self._leave_project()
        self._at = at
        member = self._series.members[at]
        if self._does.image is not None:
            self._viewer.layers.clear()
        try:
            layers = self._viewer.open(str(member.image))
        except Exception as error:  # any reader plugin's
            return self.told.emit(f"{member.image.name} could not be opened: {message_of(error)}")
        images = [layer for layer in layers if isinstance(layer, Image)]
        if not images:
            return self.told.emit(f"{member.image.name} holds no image")
        self._does.choose_image(images[0])
        self._does.start()
        if member.is_begun:
            self.open(member.project)
        else:
            self.create(member.project)
        return self.changed.emit()

    def _place(self) -> str:
        if self._series is None:
            return ""
        return f"{self._at + 1} of {len(self._series.members)}, {self._done} done"


class _Survey(NamedTuple):
    """How far a series is.

    Attributes
    ----------
    series : Series
    following : int or None
        The next image that is not done.
    done : int
        Number of those that are.
    """

    series: Series
    following: int | None
    done: int


def _survey(series: Series, *, after: int) -> _Survey:
    """Look through the projects of a series; slow for a long one, any thread."""
    done = sum(member.is_done for member in series.members)
    return _Survey(series, series.next_to_do(after), done)


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """A project and its labels, read."""

    project: Project
    labels: Any
    is_automatic: bool


def _labels_of(project: Project) -> Any:
    """Return the labels of a project for a layer: in memory, or a pyramid if they are large."""
    shape = tuple(project.labels.shape)
    if not is_large(shape):
        return np.asarray(project.labels[:])
    from boundary_click.io.label_pyramid import temporary_pyramid

    pyramid = temporary_pyramid(shape)
    pyramid.fill(project.blocks())
    return pyramid


def identity_of_image(image: Image) -> Callable[[], Any]:
    """Return what finds the identity of an image; slow for a lazy one, any thread."""
    data, source, is_rgb = pixels_of(image), image.source.path, bool(image.rgb)

    def find() -> Any:
        from boundary_click.io.project.identity import identity_of

        return identity_of(data, source=str(source) if source else None, is_rgb=is_rgb)

    return find
