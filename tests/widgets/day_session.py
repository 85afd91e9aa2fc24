"""A session that is killed: makes objects in a project, begins one more, and says so.

python day_session.py IMAGE PROJECT ROW,COL...
"""

from __future__ import annotations

import sys
from pathlib import Path

import napari
from tests.widgets.hands import User


def main(image: str, project: str, *points: str) -> None:
    viewer = napari.Viewer()
    viewer.window.resize(1280, 720)
    viewer.open(image, name="stack")
    _, widget = viewer.window.add_plugin_dock_widget("napari-boundary-click", "Segment")
    user = User(viewer, widget)
    user.wait()
    viewer.window._qt_window.activateWindow()
    user.pump(1)
    user.start_project(Path(project))
    places = [tuple(int(at) for at in point.split(",")) for point in points]
    for plane, *place in places[:-1]:
        viewer.dims.set_point(0, plane)
        user.click((plane, *place))
        user.press("n")
    user.wait_saved()
    plane, *place = places[-1]
    viewer.dims.set_point(0, plane)
    user.click((plane, *place))
    sys.stdout.write("in progress\n")
    sys.stdout.flush()
    user.pump(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
