from __future__ import annotations

import pytest

from boundary_click.io.runs.place import free_name, new_run, runs_folder


def test_the_folder_is_that_of_the_environment(runs_of_the_user, monkeypatch):
    assert runs_folder() == runs_of_the_user
    monkeypatch.delenv("BOUNDARY_CLICK_RUNS")
    assert runs_folder().parts[-2:] == ("boundary-click", "runs")


def test_a_name_is_that_of_one_run_and_of_no_model(runs_of_the_user):
    folder = new_run("my cells")
    assert folder.path == runs_of_the_user / "my cells"
    assert not folder.path.exists()
    folder.path.mkdir(parents=True)
    with pytest.raises(ValueError, match="there is a run 'my cells' already"):
        new_run("my cells")
    with pytest.raises(ValueError, match="there is a model 'default' already"):
        new_run("default")
    with pytest.raises(ValueError, match="cannot be the name of a model"):
        new_run("../cells")


def test_a_name_is_suggested_that_is_free():
    assert free_name("a/b: cells*") == "a-b- cells"
    new_run("cells").path.mkdir(parents=True)
    assert free_name("cells") == "cells 2"
    assert free_name("default") == "default 2"
    assert free_name(" ... ") == "model"
