"""What the widget says."""

from __future__ import annotations

from boundary_click.widgets.train.preparing import sentence
from boundary_click.widgets.train.setup import SetupDesk
from boundary_click.widgets.train.story import RunStory

METRICS: tuple[tuple[str, str, str, bool], ...] = (
    ("clicks@85", "Clicks to 85 % IoU", "{:.2f}", True),
    ("clicks@90", "Clicks to 90 % IoU", "{:.2f}", True),
    ("iou@1", "IoU after one click", "{:.3f}", False),
)
"""Name, heading, format, and whether less is better."""

NO_RUNS = "<b>No runs yet.</b> Set one up under <b>New run</b>."

_STATES = {
    "starting": "Starting: reading the data and loading the model…",
    "running": "Training",
    "paused": "Paused",
    "stopped": "Stopped",
    "finished": "Finished",
    "failed": "Failed",
}


def data_text(desk: SetupDesk) -> str:
    """Return what was found in the data."""
    if desk.is_checking:
        return "Looking through the data…"
    if desk.checked is None:
        return "" if desk.problem else "No data yet."
    report, split = desk.checked.report, desk.checked.split
    found = (
        f"<b>{_count(report.objects, 'object')}</b> of about {report.median_side:.0f} px in "
        f"{_count(report.images, 'image')}."
    )
    if split is None:
        return found
    how = "whole images" if split.by == "images" else "single objects"
    return (
        f"{found}<br><b>{split.learned}</b> to learn, <b>{split.held_out}</b> held out to try "
        f"the model on ({how})."
    )


def problem_text(desk: SetupDesk) -> str:
    """Return what is wrong with the data, worst first."""
    if desk.problem:
        return as_sentence(desk.problem)
    problems = desk.checked.report.problems if desk.checked else ()
    ranked = sorted(problems, key=lambda problem: not problem.is_fatal)
    told = [_escaped(sentence(problem)) for problem in ranked[:4]]
    if len(ranked) > 4:
        told.append(f"… and {len(ranked) - 4} more.")
    return "<br>".join(told)


def run_text(story: RunStory, wish: str | None) -> str:
    """Return how a run stands, in a sentence or two of rich text."""
    if story.state == "running" and not story.losses:
        return "<b>Trying the model as it is</b> on the held-out objects…"
    text = f"<b>{_STATES[story.state]}</b>"
    if story.state == "running":
        text += f", {story.doing}" if story.doing else ""
        text += f" on {story.device}" if story.device else ""
        text += _asked(wish)
    elif story.state == "paused":
        text += ". Press <b>Go on</b>." if wish != "go on" else ". Going on…"
    elif story.state == "stopped":
        text += f" after {story.done} of {story.total} steps." if story.total else "."
    elif story.state == "finished":
        text += f" after {story.total} steps."
    if story.batch_size is not None and story.is_going:
        text += f"<br>Memory ran out: it goes on with {story.batch_size} objects at once."
    return text


def _asked(wish: str | None) -> str:
    asked = {"pause": "Pausing", "stop": "Stopping", "leave": "Leaving"}
    return f".<br>{asked[wish]} after this step…" if wish in asked else "."


def time_left(story: RunStory) -> str:
    """Return the time that a run will still take, for its progress bar."""
    if story.state != "running" or story.seconds_left is None or not story.losses:
        return ""
    seconds = story.seconds_left
    if seconds < 60:
        return f"{max(1, round(seconds))} s left"
    if seconds < 5400:
        return f"{round(seconds / 60)} min left"
    return f"{seconds / 3600:.1f} h left"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def as_sentence(text: str) -> str:
    """Return what went wrong as a sentence of rich text."""
    text = _escaped(text)
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith((".", "…")) else ".")


def start_text(desk: SetupDesk, name: str) -> tuple[str, bool]:
    """Return what to do next in rich text, and whether a run can be started."""
    if desk.is_preparing:
        return "<b>Writing the data</b> of the run…", False
    if desk.is_checking or desk.plan is None:
        return "One moment: looking through the data and the model…", False
    if desk.source is None:
        return "<b>Choose what to learn from</b>: images with labels.", False
    if desk.checked is None or desk.checked.split is None:
        return "The data <b>cannot be learned from</b> as it is; see below.", False
    if not name:
        return "Give the run a <b>name</b>.", False
    return "Look whether these are <b>the objects to learn</b>, then press <b>Start</b>.", True
