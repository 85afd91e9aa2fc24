"""Measure clicks in a real napari window, and write docs/benchmarks/session/session.json.

    xvfb-run -a -s '-screen 0 1600x1200x24' python scripts/measure_session.py

A real mouse clicks on nuclei of three images: 512 x 512, 64 planes of 2048 x 2048 in memory, and
100 000 x 100 000 as OME-Zarr on the disk. Each in a process of its own. Needs xdotool, and the
folder of the tests on the path (it is run from the root of a clone).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "docs" / "benchmarks" / "session" / "session.json"
SUBJECTS = ("512 x 512", "64 x 2048 x 2048", "100000 x 100000")
OBJECTS = 20
_BEAT = 5
"""Milliseconds between two beats of the GUI thread that watches for stalls."""
_PATIENCE = 1.5
"""Seconds to wait for a click to change anything."""
_MEGABYTE = 2**20


class Pulse:
    """Watches how long the GUI thread does not come back to its events.

    Attributes
    ----------
    gaps : list of float
        Milliseconds between two beats, beyond those that were meant.
    undrawn : list of float
        The same without the time in which the canvas was drawn.
    """

    def __init__(self, canvas) -> None:
        from qtpy.QtCore import QTimer

        self.gaps: list[float] = []
        self.undrawn: list[float] = []
        self._last, self._drawing = time.perf_counter(), 0.0
        self._canvas, self._draw = canvas, canvas._draw_scene
        canvas._draw_scene = self._timed_draw
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(_BEAT)

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()
        self._canvas._draw_scene = self._draw

    def _timed_draw(self, *args, **options) -> None:
        began = time.perf_counter()
        self._draw(*args, **options)
        self._drawing += time.perf_counter() - began

    def _beat(self) -> None:
        now = time.perf_counter()
        gap = 1000 * (now - self._last) - _BEAT
        self.gaps.append(gap)
        self.undrawn.append(gap - 1000 * self._drawing)
        self._last, self._drawing = now, 0.0


def main() -> None:
    from boundary_click.io.provenance import provenance
    from boundary_click.io.report import write_report

    results = {}
    for subject in SUBJECTS:
        run = [sys.executable, __file__, subject]
        told = subprocess.run(run, capture_output=True, text=True, check=True, cwd=ROOT).stdout
        results[subject] = json.loads(told.splitlines()[-1])
        sys.stdout.write(f"{subject}: {results[subject]}\n")
    write_report(OUTPUT, {"kind": "session", "results": results, **provenance("cpu")})


def measure(subject: str) -> dict[str, float]:
    """Click on nuclei of one image, and return what it took."""
    sys.path.insert(0, str(ROOT))
    import napari
    from qtpy.QtWidgets import QApplication
    from tests.widgets.hands import User

    with tempfile.TemporaryDirectory() as folder:
        image, points, size = make_image(subject, Path(folder))
        viewer = napari.Viewer()
        viewer.window.resize(1280, 720)
        viewer.add_image(image, name="image", contrast_limits=(0, 255), multiscale=size == 0)
        before = resident()
        _, widget = viewer.window.add_plugin_dock_widget("napari-boundary-click", "Segment")
        user = User(viewer, widget)
        user.wait()
        viewer.window._qt_window.activateWindow()
        look_at(viewer, points)
        user.pump(2)
        first, further = [], []
        pulse = Pulse(viewer.window._qt_viewer.canvas._scene_canvas)
        for point in points[: OBJECTS + 1]:
            first.append(timed_click(user, point))
            row, col = point[-2:]
            further.append(timed_click(user, (*point[:-2], row, col + 9)))
            user.press("n")
        pulse.stop()
        gaps, undrawn = np.array(pulse.gaps), np.array(pulse.undrawn)
        after = resident()
        widget.release()
        viewer.close()
        QApplication.processEvents()
    # The model is loaded at the first object; a click that changes no pixel draws none.
    times = {
        name: [ms for ms in each[1:] if ms is not None]
        for name, each in (("first", first), ("further", further))
    }
    return {
        **{f"{name}_clicks": len(ms) for name, ms in times.items()},
        **{f"{name}_median": float(np.median(ms)) for name, ms in times.items()},
        **{f"{name}_p95": float(np.percentile(ms, 95)) for name, ms in times.items()},
        "longest_stall": float(gaps.max()),
        "longest_stall_undrawn": float(undrawn.max()),
        "stalls_over_50": int((undrawn > 50).sum()),
        "memory_mb": (after - before) / _MEGABYTE,
        "yardstick": yardstick(),
    }


def yardstick() -> float:
    """Return the milliseconds of a pass of a ResNet-18 classifier, 256 x 256: the median of 30."""
    import torch

    from boundary_click.benchmark.latency import YARDSTICK_SIDE, PlainResNet18

    network, times = PlainResNet18().eval(), []
    picture = torch.zeros(1, 3, YARDSTICK_SIDE, YARDSTICK_SIDE)
    with torch.inference_mode():
        for _ in range(30):
            began = time.perf_counter()
            network(picture)
            times.append(1000 * (time.perf_counter() - began))
    return float(np.median(times))


def timed_click(user, point) -> float | None:
    """Click, and return the milliseconds from the press of the button to other pixels drawn.

    Returns
    -------
    float or None
        None if the click changes no pixel.
    """
    from qtpy.QtWidgets import QApplication

    layer, drawn = user.does.labels, []
    canvas = user.viewer.window._qt_viewer.canvas._scene_canvas
    changed = []
    layer.events.set_data.connect(changed.append)
    layer.events.labels_update.connect(changed.append)
    on_draw = canvas.events.draw.connect(lambda event: drawn.append(bool(changed)))
    pressed = []
    on_press = canvas.events.mouse_press.connect(lambda event: pressed.append(time.perf_counter()))
    x, y = user._screen(point)
    user._xdotool("mousemove", x, y)
    user.pump(0.3)
    changed.clear()
    drawn.clear()
    mouse = subprocess.Popen(["xdotool", "click", "1"])
    end = time.perf_counter() + _PATIENCE
    while not any(drawn) and time.perf_counter() < end:
        QApplication.processEvents()
        time.sleep(0.0005)
    was_changed = any(drawn)
    elapsed = 1000 * (time.perf_counter() - pressed[0]) if pressed else None
    mouse.wait()
    canvas.events.mouse_press.disconnect(on_press)
    canvas.events.draw.disconnect(on_draw)
    layer.events.set_data.disconnect(changed.append)
    layer.events.labels_update.disconnect(changed.append)
    user.wait()
    return elapsed if was_changed else None


def make_image(subject: str, folder: Path):
    """Return an image of nuclei, places of some, and its bytes in memory, 0 if it is lazy."""
    import zarr
    from tests.giant import write_giant_image

    nuclei = write_giant_image(folder / "image.zarr", fields=1)
    group = zarr.open_group(folder / "image.zarr", mode="r")
    top, left = (int(min(blob[axis] for blob in nuclei)) // 1024 * 1024 for axis in (0, 1))
    near = [blob for blob in nuclei if blob.row - top < 480 and blob.col - left < 480]
    if subject == SUBJECTS[2]:
        levels = [group[str(level)] for level in range(len(list(group.array_keys())))]
        return levels, [(round(blob.row), round(blob.col)) for blob in near], 0
    field = np.asarray(group["0"][top : top + 1024, left : left + 1024])
    places = [(round(blob.row - top), round(blob.col - left)) for blob in near]
    if subject == SUBJECTS[0]:
        return field[:512, :512].copy(), places, field[:512, :512].size
    stack = np.tile(field, (64, 2, 2))
    return stack, [(32, *place) for place in places], stack.nbytes


def look_at(viewer, points) -> None:
    """Bring the nuclei to the screen."""
    viewer.dims.set_point(0, points[0][0]) if len(points[0]) > 2 else None
    rows, cols = (np.array([point[axis] for point in points]) for axis in (-2, -1))
    camera = (viewer.scene if hasattr(viewer, "scene") else viewer).camera
    camera.center, camera.zoom = (0, float(rows.mean()), float(cols.mean())), 1.1


def resident() -> int:
    """Return the memory of this process, in bytes."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return 1024 * int(line.split()[1])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(measure(sys.argv[1])) + "\n")
    else:
        main()
