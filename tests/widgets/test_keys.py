from __future__ import annotations

from importlib import resources
from types import SimpleNamespace

import npe2
import pytest

pytest.importorskip("qtpy.QtCore")

from boundary_click.widgets.keys import COMMANDS, KeyBindings, keys_wanted
from boundary_click.widgets.preferences import preferences

USUAL = {command.name: command.key for command in COMMANDS}


class Provider:
    """Binds keys as viewers and layers of napari do."""

    def __init__(self, **bound):
        self.bound = bound

    def bind_key(self, key, function, *, overwrite=False):
        assert overwrite
        before = self.bound.pop(key, None)
        if function is not None:
            self.bound[key] = function
        return before


def test_the_manifest_offers_every_key():
    path = str(resources.files("boundary_click") / "napari.yaml")
    offered = npe2.PluginManifest.from_file(path).contributions.configurations["keys"].properties
    assert {name: each.default for name, each in offered.items()} == USUAL


def test_keys_are_the_usual_ones_where_nothing_is_told():
    assert keys_wanted(None) == USUAL


def test_keys_are_those_the_user_wants():
    told = SimpleNamespace(**USUAL | {"accept": "Control-Alt-K", "start": " F5 "})
    assert keys_wanted(told) == USUAL | {"accept": "Control-Alt-K", "start": "F5"}


@pytest.mark.parametrize("bad", ["", "nope", "N M", "Hyper-K", None])
def test_what_is_no_key_is_passed_over(bad):
    assert keys_wanted(SimpleNamespace(accept=bad)) == USUAL


def test_the_first_of_two_commands_has_their_key():
    wanted = keys_wanted(SimpleNamespace(accept="U"))
    assert wanted["accept"] == "U"
    assert "undo" not in wanted


def test_bindings_follow_the_keys_and_leave_no_trace():
    mine, done = object(), []
    viewer, layer = Provider(N=mine), Provider()
    keys = KeyBindings()
    keys.use({"N": lambda: done.append("accept")})
    keys.attach(viewer)
    keys.attach(layer)
    layer.bound["N"](layer)
    assert done == ["accept"]
    keys.use({"F5": lambda: done.append("again")})
    assert viewer.bound["N"] is mine
    viewer.bound["F5"](viewer)
    assert done == ["accept", "again"]
    keys.detach(layer)
    assert layer.bound == {}
    keys.release()
    assert viewer.bound == {"N": mine}


@pytest.mark.gui
def test_a_key_changed_in_the_settings_counts_at_once(desk):
    told = preferences("keys")
    desk.click(1, 50, 60)
    try:
        told.accept = "F5"
        assert "<b>F5</b>" in desk.widget._help.text()
        desk.press(desk.active, "F5")
        assert desk.now.clicks == 0
        assert set(desk.now.records) == {1}
    finally:
        told.accept = "N"
    desk.click(1, 20, 60)
    desk.press(desk.viewer, "N")
    assert set(desk.now.records) == {1, 2}
