"""Measure a napari window in which a model trains: clicks, stalls, memory; at rest and beside it.

    xvfb-run -a -s '-screen 0 1600x1200x24' python scripts/measure_training.py

Coins of scikit-image are segmented by real clicks, and learned at the same time by the preset
``quick`` from the bundled model, in a process of its own. What is learned does not matter here.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measure_session import ROOT, Pulse, resident, timed_click, yardstick

OUTPUT = ROOT / "docs" / "benchmarks" / "session" / "training.json"
OBJECTS = 10
_MEGABYTE = 2**20
_STEPS = 3
"""Of training that are waited for before the clicks beside it."""


def main() -> None:
    from boundary_click.io.provenance import provenance
    from boundary_click.io.report import write_report

    with tempfile.TemporaryDirectory() as folder:
        os.environ["BOUNDARY_CLICK_RUNS"] = str(Path(folder) / "runs")
        os.environ["BOUNDARY_CLICK_MODELS"] = str(Path(folder) / "models")
        results = measure()
    report = {"kind": "training-session", "results": results, "yardstick": yardstick()}
    write_report(OUTPUT, {**report, **provenance("cpu")})
    sys.stdout.write(f"{results}\n")


def measure() -> dict[str, dict[str, float]]:
    """Click before, during and after a run, and return what it took."""
    sys.path.insert(0, str(ROOT))
    import napari
    from qtpy.QtWidgets import QApplication
    from tests.widgets.hands import User

    image, labels, places = coins()
    viewer = napari.Viewer()
    viewer.window.resize(1280, 720)
    viewer.add_image(image, name="coins")
    viewer.add_labels(labels, name="given", visible=False)
    _, widget = viewer.window.add_plugin_dock_widget("napari-boundary-click", "Segment")
    user = User(viewer, widget)
    widget.form.labels.value = widget.form.labels.choices[0]  # a new layer
    widget.segmenter.start()
    user.wait()
    viewer.window._qt_window.activateWindow()
    user.pump(2)
    timed_click(user, places[0])  # the model is loaded now
    user.press("n")
    results = {"at rest": clicked(user, places)}
    _, train = viewer.window.add_plugin_dock_widget("napari-boundary-click", "Train", tabify=True)
    begin(user, train)
    results["beside training"] = clicked(user, places)
    train.runs.ask("stop")
    user.wait_until(lambda: not train.runs.story.is_going)
    train.run.use.click()
    user.wait_until(lambda: widget.segmenter.models.choice.model != "default")
    user.wait()
    results["with the new model"] = clicked(user, places)
    for each in (train, widget):
        each.release()
    viewer.close()
    QApplication.processEvents()
    return results


def begin(user, train) -> None:
    """Start a run on the open layers, and wait until it takes steps."""
    train.data.layers.labels.value = user.viewer.layers["given"]
    user.wait_until(train.start.isEnabled)
    train.start.click()
    user.wait_until(lambda: train.runs.story.done >= _STEPS)


def clicked(user, places) -> dict[str, float]:
    """Make some objects, undo them, and return the medians of clicks, stalls and memory."""
    first, further = [], []
    pulse = Pulse(user.viewer.window._qt_viewer.canvas._scene_canvas)
    for row, col in places[:OBJECTS]:
        first.append(timed_click(user, (row, col)))
        further.append(timed_click(user, (row, col + 9)))
        user.press("n")
    pulse.stop()
    for _ in range(3 * OBJECTS):
        user.does.undo()
    user.wait()
    time.sleep(1)
    return {
        "first_median": median(first),
        "further_median": median(further),
        "longest_stall": max(pulse.gaps),
        "longest_stall_undrawn": max(pulse.undrawn),
        "memory_mb": resident() / _MEGABYTE,
    }


def median(times: list[float | None]) -> float:
    return float(np.median([ms for ms in times if ms is not None]))


def coins() -> tuple[np.ndarray, np.ndarray, list[tuple[int, int]]]:
    """Return an image, its labels, and a place in each object."""
    from skimage import data, filters, measure, morphology

    image = data.coins()
    smooth = filters.gaussian(image, 2)
    mask = morphology.remove_small_objects(smooth > filters.threshold_otsu(smooth), max_size=400)
    labels = measure.label(mask).astype(np.int32)
    centres = (each.centroid for each in measure.regionprops(labels))
    places = [(round(row), round(col)) for row, col in centres]
    inner = [
        (row, col)
        for row, col in places
        if 30 < row < image.shape[0] - 30 and 30 < col < image.shape[1] - 30
    ]
    return image, labels, inner


if __name__ == "__main__":
    main()
