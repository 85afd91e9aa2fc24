"""A user with a real mouse and a real keyboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import QApplication
from scipy import ndimage


class User:
    """Moves the mouse and types, and sees what is on screen."""

    def __init__(self, viewer, widget):
        self.viewer, self.widget = viewer, widget
        self._shots = 0

    @property
    def does(self):
        return self.widget.segmenter

    @property
    def labels(self):
        return np.array(self.does.labels.data)

    def wait(self):
        self.pump(0.2)
        self.wait_until(lambda: not self.does.is_busy)
        self.pump(0.2)

    def wait_until(self, condition):
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, "waited for a minute"
            self.pump(0.02)

    def pump(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.01)

    def click(self, point, *, holding=None):
        """Click on a pixel of the image, maybe with a key held down."""
        x, y = self._screen(point)
        self._xdotool("mousemove", x, y)
        self.pump(0.2)
        self._xdotool(*(["keydown", holding] if holding else []), "click", 1)
        self.pump(0.2)
        if holding:
            self._xdotool("keyup", holding)
        self.wait()

    def drag(self, start, end):
        """Drag from a pixel of the image to another."""
        (x, y), (to_x, to_y) = self._screen(start), self._screen(end)
        self._xdotool("mousemove", x, y)
        self.pump(0.2)
        self._xdotool("mousedown", 1)
        for step in range(1, 6):
            at = x + (to_x - x) * step // 5, y + (to_y - y) * step // 5
            self._xdotool("mousemove", *at)
            self.pump(0.1)
        self._xdotool("mouseup", 1)
        self.wait()

    def press(self, key):
        self._xdotool("key", key)
        self.wait()

    def start_project(self, path):
        """Keep the work in a project, as the dialog's answer would."""
        self.widget.projects.create(path)
        self.wait_saved()

    def wait_saved(self):
        """Wait until all that was accepted is on the disk."""
        projects = self.widget.projects
        self.wait()
        self.wait_until(lambda: projects.info.is_saved and not projects.info.is_busy)

    def shoot(self, name):
        """Take a picture of the screen, if a folder for pictures is named."""
        folder = os.environ.get("BOUNDARY_CLICK_SCREENSHOTS")
        if folder and shutil.which("import"):
            self._shots += 1
            Path(folder).mkdir(parents=True, exist_ok=True)
            geometry = self.viewer.window._qt_window.frameGeometry()
            crop = f"{geometry.width()}x{geometry.height()}+{geometry.x()}+{geometry.y()}"
            path = Path(folder) / f"{name}-{self._shots}.png"
            subprocess.run(["import", "-window", "root", "-crop", crop, path], check=True)

    def _screen(self, point):
        """Return the position on screen of a pixel of the image."""
        canvas = self.viewer.window._qt_viewer.canvas
        row, col = np.asarray(self.does.image.data_to_world(point))[-2:]
        transform = canvas.view.scene.node_transform(canvas._scene_canvas.scene)
        x, y = transform.map([col, row, 0, 1])[:2]
        corner = canvas.native.mapToGlobal(QPoint(0, 0))
        ratio = canvas.native.devicePixelRatioF()
        return round((corner.x() + x) * ratio), round((corner.y() + y) * ratio)

    def _xdotool(self, *words):
        subprocess.run(["xdotool", *map(str, words)], check=True)


def deepest_points(plane, count):
    """Return the pixels deepest inside the largest true objects that touch no edge."""
    depth = np.zeros(plane.shape)
    edge = np.unique(np.concatenate([plane[0], plane[-1], plane[:, 0], plane[:, -1]]))
    areas = {i: np.count_nonzero(plane == i) for i in np.unique(plane) if i and i not in edge}
    points = []
    for label in sorted(areas, key=areas.get, reverse=True)[:count]:
        depth = ndimage.distance_transform_edt(plane == label)
        points.append(tuple(int(at) for at in np.unravel_index(depth.argmax(), depth.shape)))
    return points
