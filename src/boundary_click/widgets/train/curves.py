"""Curves of a run: the loss, and how many clicks held-out objects take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QSizePolicy

from boundary_click.widgets.train.looks import PlotColours
from boundary_click.widgets.train.story import RunStory

_INTERVAL = 700
"""Milliseconds between two drawings."""
_HEIGHT = 150
_POINTS = 400
"""Most points of a curve that are drawn."""
_FONT = 8


class Curves(FigureCanvasQTAgg):
    """Two plots side by side, drawn now and then."""

    def __init__(self) -> None:
        self._figure = Figure(layout="constrained")
        super().__init__(self._figure)
        self._story: RunStory | None = None
        self._colours = PlotColours()
        self.drawings = 0
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_INTERVAL)
        self._wait.timeout.connect(self._draw)

    def show_story(self, story: RunStory) -> None:
        """Show the curves of a run; another one at once, more of the same one soon."""
        if story is not self._story:
            self._story = story
            self._draw()
        elif not self._wait.isActive():
            self._wait.start()

    def use_colours(self, colours: PlotColours) -> None:
        """Look like the rest of napari."""
        self._colours = colours
        self._draw()

    def close_figure(self) -> None:
        """Draw no more."""
        self._wait.stop()
        self._story = None

    def _draw(self) -> None:
        self._wait.stop()
        self._figure.clear()
        self._figure.set_facecolor(self._colours.background)
        loss, clicks = self._figure.subplots(1, 2)
        for axes, title in ((loss, "Loss"), (clicks, "Clicks@85")):
            self._style(axes, title)
        if self._story is not None:
            self._draw_loss(loss, self._story)
            self._draw_trials(clicks, self._story)
        self.drawings += 1
        self.draw_idle()

    def _draw_loss(self, axes: Axes, story: RunStory) -> None:
        if not story.losses:
            return
        places, losses = (np.array(each, dtype=float) for each in zip(*story.losses, strict=True))
        thin = slice(None, None, max(1, len(places) // _POINTS))
        axes.plot(places[thin], losses[thin], color=self._colours.faint, linewidth=0.8)
        smooth = smoothed(losses)
        axes.plot(places[thin], smooth[thin], color=self._colours.line, linewidth=1.6)
        axes.set_ylim(0, max(1e-6, float(np.quantile(losses, 0.98)) * 1.15))

    def _draw_trials(self, axes: Axes, story: RunStory) -> None:
        trials = [trial for trial in story.trials if trial[1]]
        if not trials:
            return
        places = [place for place, _ in trials]
        clicks = [metrics["clicks@85"] for _, metrics in trials]
        ious = [metrics["iou@1"] for _, metrics in trials]
        line, other = self._colours.line, self._colours.second
        axes.plot(places, clicks, color=line, marker="o", markersize=3, linewidth=1.6)
        axes.set_ylim(0, max(clicks) * 1.15)
        axes.tick_params(axis="y", labelcolor=line)
        twin = axes.twinx()
        self._style(twin, "")
        twin.plot(places, ious, color=other, marker="s", markersize=3, linewidth=1.2)
        twin.set_ylim(0, 1)
        twin.tick_params(axis="y", labelcolor=other)
        twin.set_title("IoU@1", fontsize=_FONT, color=other, loc="right")
        axes.set_title("Clicks@85", fontsize=_FONT, color=line, loc="left")

    def _style(self, axes: Axes, title: str) -> None:
        colours = self._colours
        axes.set_facecolor("none")
        axes.set_title(title, fontsize=_FONT, color=colours.text, loc="left")
        axes.tick_params(labelsize=_FONT - 1, colors=colours.text, length=2)
        axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        for spine in axes.spines.values():
            spine.set_color(colours.grid)
            spine.set_linewidth(0.8)
        axes.spines["top"].set_visible(False)
        if self._story is not None and self._story.total:
            axes.set_xlim(0, self._story.total)


def smoothed(values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an exponential moving average that starts without a bias."""
    keep = 1 - 1 / max(1.0, min(25.0, len(values) / 8))
    result, average, weight = np.empty(len(values)), 0.0, 0.0
    for place, value in enumerate(values):
        average = keep * average + (1 - keep) * value
        weight = keep * weight + (1 - keep)
        result[place] = average / weight
    return result
