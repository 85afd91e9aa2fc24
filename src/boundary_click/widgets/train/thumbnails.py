"""Small pictures in rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QImage, QPixmap, QResizeEvent
from qtpy.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

_SIDE = 160
"""Of the pictures as they are kept."""


class Picture(QLabel):
    """A square picture that is as wide as its column."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def show_picture(self, picture: QPixmap) -> None:
        """Show another picture."""
        self._picture = picture
        self._fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the picture square."""
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        """Return a square."""
        return QSize(_SIDE // 2, _SIDE // 2)

    def _fit(self) -> None:
        side = min(self.width(), _SIDE)
        if side > 0 and not self._picture.isNull():
            ratio = self.devicePixelRatioF()
            fitted = self._picture.scaled(
                round(side * ratio),
                round(side * ratio),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            fitted.setDevicePixelRatio(ratio)
            self.setPixmap(fitted)
        self.setFixedHeight(side)


class Thumbnails(QWidget):
    """Pictures in rows; not to be seen without any.

    Parameters
    ----------
    columns, rows : int
        Pictures beyond these are left out.
    """

    def __init__(self, *, columns: int = 4, rows: int = 1) -> None:
        super().__init__()
        self._columns, self._most = columns, columns * rows
        self._shown: object = None
        self.pictures: list[Picture] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)
        self.setVisible(False)

    def show_arrays(self, arrays: Sequence[NDArray[np.uint8]]) -> None:
        """Show arrays of shape (H, W, 3)."""
        key = tuple(map(id, arrays))
        if key != self._shown:
            self._shown = key
            self._show([_pixmap(array) for array in arrays])

    def show_files(self, paths: Sequence[str]) -> None:
        """Show files; one that is gone is left out."""
        if tuple(paths) != self._shown:
            self._shown = tuple(paths)
            pictures = [QPixmap(path) for path in paths]
            self._show([picture for picture in pictures if not picture.isNull()])

    def _show(self, pixmaps: list[QPixmap]) -> None:
        pixmaps = pixmaps[: self._most]
        for place in range(len(self.pictures), len(pixmaps)):
            self.pictures.append(Picture())
            self._grid.addWidget(self.pictures[-1], *divmod(place, self._columns))
        for place, picture in enumerate(self.pictures):
            picture.setVisible(place < len(pixmaps))
            if place < len(pixmaps):
                picture.show_picture(pixmaps[place])
        self.setVisible(bool(pixmaps))


def _pixmap(array: NDArray[np.uint8]) -> QPixmap:
    data = np.ascontiguousarray(array)
    height, width, _ = data.shape
    image = QImage(data.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image.copy())
