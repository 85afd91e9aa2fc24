from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ome_zarr_models.v05.image_label import ImageLabelAttrs

from boundary_click.core.changes import PixelChange
from boundary_click.core.clicks import Click
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord, Part
from boundary_click.io.project.document import read_document
from boundary_click.io.project.identity import ModelIdentity, identity_of
from boundary_click.io.project.project import Project

SHAPE = (4, 60, 70)
IMAGE = np.random.default_rng(0).integers(0, 255, SHAPE).astype(np.uint8)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cells.bclick"


@pytest.fixture
def project(folder):
    made = Project.create(folder, image=identity_of(IMAGE, source="cells.tif"))
    yield made
    made.close()


def plane(axes: tuple[int, int] = (1, 2), at: int = 1) -> Plane:
    return Plane.through((at, at, at), SHAPE, axes)


def change(labels: np.ndarray, on: Plane, where: tuple[slice, slice], value: int) -> PixelChange:
    """Fill a rectangle of labels, in memory."""
    before = on.read(labels, *where).copy()
    after = np.full_like(before, value)
    labels[on.index(*where)] = value
    return PixelChange.of(on, where, before, after)


def record(object_id: int, on: Plane | None = None) -> ObjectRecord:
    clicks = Click(3.5, 4, "positive"), Click(1, 2, "boundary")
    where = slice(1, 5), slice(2, 9)
    parts = (
        Part(on or plane(), clicks, where, 28, "clicks", extent=31.5),
        Part(plane(at=2), doubt="it jumps"),
    )
    return ObjectRecord(object_id, parts, 12.5, "default")


def reopened(project: Project) -> Project:
    project.close()
    return Project.open(project.path)


def test_a_project_comes_back_as_it_was_saved(project):
    labels = np.zeros(SHAPE, np.int32)
    changes = [change(labels, plane(), (slice(1, 5), slice(2, 9)), 1)]
    project.save([record(1)], changes, model=ModelIdentity("default", "ab12"))
    again = reopened(project)
    assert again.document.records == (record(1),)
    assert again.document.model == ModelIdentity("default", "ab12")
    assert again.document.image == identity_of(IMAGE, source="cells.tif")
    np.testing.assert_array_equal(again.labels[:], labels)
    again.close()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_labels_follow_changes_on_any_planes(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("any") / "p.bclick"
    project = Project.create(folder, image=identity_of(IMAGE))
    labels = np.zeros(SHAPE, np.int32)
    for turn in range(data.draw(st.integers(1, 4))):
        axes = data.draw(st.sampled_from([(1, 2), (2, 1), (0, 2), (2, 0), (0, 1)]))
        on = plane(axes, data.draw(st.integers(0, 3)))
        spans = [sorted(data.draw(st.tuples(*[st.integers(0, n)] * 2))) for n in on.shape]
        where = slice(*spans[0]), slice(*spans[1])
        project.save([], [change(labels, on, where, data.draw(st.integers(0, 9)))])
        if data.draw(st.booleans()):
            project = reopened(project)
        np.testing.assert_array_equal(project.labels[:], labels, err_msg=str(turn))
    project.close()


def test_labels_are_ome_zarr_that_others_read(folder):
    geometry = {"scale": [2.0, 0.5, 0.5], "units": ["micrometer"] * 3}
    Project.create(folder, image=identity_of(IMAGE), geometry=geometry).close()
    group = zarr.open_group(folder / "labels.zarr", mode="r")
    told = ImageLabelAttrs.model_validate(group.attrs["ome"])
    assert [axis.name for axis in told.multiscales[0].axes] == ["z", "y", "x"]
    assert told.multiscales[0].axes[0].unit == "micrometer"
    assert group[told.multiscales[0].datasets[0].path].shape == SHAPE


def test_labels_that_were_there_before_are_kept(folder):
    given = np.zeros(SHAPE, np.uint16)
    given[2, 5:9, 5:9] = 70
    project = Project.create(folder, image=identity_of(IMAGE), labels=[((2,), given[2])])
    np.testing.assert_array_equal(project.labels[:], given)
    project.close()


def test_a_save_that_fails_loses_nothing(project, monkeypatch):
    labels = np.zeros(SHAPE, np.int32)
    project.save([record(1)], [change(labels, plane(), (slice(0, 5), slice(0, 5)), 1)])

    def full(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("boundary_click.io.project.project.write_document", full)
        with pytest.raises(OSError, match="No space left"):
            project.save([record(2)], [change(labels, plane(), (slice(8, 9), slice(0, 5)), 2)])
    assert project.has_unsaved
    assert read_document(project.path / "project.json").records == (record(1),)
    project.save([record(3)], [change(labels, plane(), (slice(10, 12), slice(0, 5)), 3)])
    assert not project.has_unsaved
    again = reopened(project)
    np.testing.assert_array_equal(again.labels[:], labels)
    again.close()


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounts need root")
def test_a_full_disk(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    options = ["-t", "tmpfs", "-o", "size=256k"]
    mounted = subprocess.run(["mount", *options, "none", small], check=False)
    if mounted.returncode:
        pytest.skip("tmpfs cannot be mounted here")
    try:
        project = Project.create(small / "p.bclick", image=identity_of(IMAGE))
        project.save([record(1)], [])
        filler = small / "filler"
        fill(filler)
        noise = np.random.default_rng(0).integers(0, 2**31, (40, 40)).astype(np.int32)
        where = slice(0, 40), slice(0, 40)
        noisy = PixelChange.of(plane(), where, np.zeros_like(noise), noise)
        with pytest.raises(OSError, match="disk is full"):
            project.save([record(2)], [noisy])
        filler.unlink()
        project.save([record(2)], [])
        again = reopened(project)
        assert again.document.records == (record(2),)
        np.testing.assert_array_equal(again.labels[1, :40, :40], noise)
        again.close()
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.slow
def test_killed_at_any_moment_it_is_as_saved_last(tmp_path):
    rng = np.random.default_rng(3)
    folder = tmp_path / "p.bclick"
    Project.create(folder, image=identity_of(IMAGE)).close()
    script = Path(__file__).with_name("saving_forever.py")
    for _ in range(25):
        child = subprocess.Popen(
            [sys.executable, str(script), str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n"
        time.sleep(rng.uniform(0, 0.08))
        child.send_signal(signal.SIGKILL)
        told = [int(line) for line in child.communicate()[0].split()]
        project = Project.open(folder)
        count = len(project.document.records)
        assert count >= (told[-1] if told else 0)
        expected = np.zeros(SHAPE, np.int32)
        for number in range(1, count + 1):
            expected[number % 4, number % 50 : number % 50 + 9, 3:60] = number
        np.testing.assert_array_equal(project.labels[:], expected)
        project.close()
    assert count > 5
    leftovers = [each.name for each in folder.glob("journal/*")]
    assert set(leftovers) <= set(project.document.journal)


# Bad input


def test_a_folder_in_use_is_refused_and_a_dead_process_is_not(project):
    with pytest.raises(ValueError, match="in use by process"):
        Project.open(project.path)
    (project.path / "lock").write_text(json.dumps({"pid": 2**22 + 1, "host": os.uname().nodename}))
    Project.open(project.path).close()
    (project.path / "lock").write_text(json.dumps({"pid": 1, "host": "elsewhere"}))
    with pytest.raises(ValueError, match="in use on elsewhere"):
        Project.open(project.path)
    (project.path / "lock").unlink()


def test_what_is_no_project_is_refused(tmp_path, project):
    with pytest.raises(ValueError, match="is no project"):
        Project.open(tmp_path)
    with pytest.raises(ValueError, match="is there already"):
        Project.create(tmp_path, image=identity_of(IMAGE))
    file = project.path / "project.json"
    content = file.read_text()
    project.close()
    for damaged, message in (
        (content[:50], "is damaged"),
        (content.replace('"schema": 1', '"schema": 99'), "later version"),
        (content.replace('"journal"', '"diary"'), "is damaged"),
        ("[]", "names no schema"),
    ):
        file.write_text(damaged)
        with pytest.raises(ValueError, match=message):
            Project.open(project.path)
    file.write_text(content.replace("   4,", "   5,", 1))
    with pytest.raises(ValueError, match="needs"):
        Project.open(project.path)


def test_another_image_is_noticed_and_a_moved_one_is_not():
    first = identity_of(IMAGE, source="a.tif")
    assert first.differences(identity_of(IMAGE, source="moved/b.tif")) == ()
    assert "not those" in first.differences(identity_of(IMAGE + 1))[0]
    assert "shape" in first.differences(identity_of(IMAGE[:2]))[0]
    assert "holds float64" in first.differences(identity_of(IMAGE.astype(float)))[0]


def test_only_a_little_of_an_image_is_read():
    read = []

    class Lazy:
        shape, dtype = (50, 90_000, 90_000), np.dtype(np.uint8)

        def __getitem__(self, where):
            read.append(where)
            return np.zeros([along.stop - along.start for along in where], np.uint8)

    identity_of(Lazy())
    assert sum(np.prod([w.stop - w.start for w in where]) for where in read) < 20_000
