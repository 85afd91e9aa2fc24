from __future__ import annotations

import json
import os

import numpy as np
import pytest

from boundary_click.core.records import ObjectRecord
from boundary_click.io.project import automatic
from boundary_click.io.project.automatic import earlier_on, new_path, tidy
from boundary_click.io.project.identity import identity_of
from boundary_click.io.project.project import Project

IMAGE = np.arange(30 * 40, dtype=np.uint16).reshape(30, 40)


def kept(image=IMAGE, name="cells", objects=1, saved=None):
    """Keep a project without labels, as if it had been saved at a time."""
    path = new_path(name)
    project = Project.create(path, image=identity_of(image))
    project.save([ObjectRecord(number + 1, ()) for number in range(objects)], ())
    project.close()
    if saved:
        document = path / "project.json"
        document.write_text(json.dumps(json.loads(document.read_text()) | {"saved": saved}))
    return path


def test_the_latest_on_the_same_image_is_found():
    kept(saved="2026-11-01T10:00:00+00:00")
    latest = kept(objects=3, saved="2026-11-03T10:00:00+00:00")
    kept(IMAGE + 1, saved="2026-11-04T10:00:00+00:00")
    kept(objects=0, saved="2026-11-05T10:00:00+00:00")
    found = earlier_on(identity_of(IMAGE, source="moved.tif"))
    assert (found.path, found.objects, found.saved.day) == (latest, 3, 3)
    assert earlier_on(identity_of(IMAGE.T)) is None


def test_nothing_is_found_where_nothing_was_kept():
    assert earlier_on(identity_of(IMAGE)) is None
    tidy()


def test_damaged_projects_are_passed_over():
    first, second = kept(saved="2026-11-01T10:00:00+00:00"), kept()
    (second / "project.json").write_text("{")
    assert earlier_on(identity_of(IMAGE)).path == first


@pytest.mark.parametrize("name", ["a/b\\c:d", "", "…", "x" * 200])
def test_any_name_of_an_image_will_do(name):
    assert kept(name=name).is_dir()
    assert kept(name=name).is_dir()


def test_projects_in_use_are_neither_offered_nor_deleted(monkeypatch):
    monkeypatch.setattr(automatic, "MOST", 1)
    old = kept(saved="2026-11-01T10:00:00+00:00")
    used = kept(saved="2026-11-02T10:00:00+00:00")
    project = Project.open(used)
    newest = kept(IMAGE + 1, saved="2026-11-03T10:00:00+00:00")
    assert earlier_on(identity_of(IMAGE)).path == old
    tidy()
    assert sorted(path.exists() for path in (old, used, newest)) == [False, True, True]
    assert not old.exists()
    project.close()
    assert earlier_on(identity_of(IMAGE)).path == used


def test_only_the_latest_are_kept():
    paths = [kept(saved=f"2026-11-01T10:00:{second:02d}+00:00") for second in range(23)]
    tidy()
    assert [path.exists() for path in paths] == [False] * 3 + [True] * 20
    assert len(os.listdir(paths[0].parent)) == 20
