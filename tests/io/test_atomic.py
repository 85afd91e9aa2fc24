import errno
import os

import pytest

from boundary_click.io.atomic import folder_written_whole, written_whole


def test_a_file_appears_at_the_end(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with written_whole(path) as partial:
        partial.write_text("text", encoding="utf-8")
        assert not path.exists()
        assert (partial.parent, partial.suffix) == (path.parent, ".txt")
    assert [each.name for each in path.parent.iterdir()] == ["a.txt"]


def test_a_folder_replaces_the_former_one(tmp_path):
    path = tmp_path / "new" / "a.zarr"
    for name in ("one", "two"):
        with folder_written_whole(path) as partial:
            (partial / name).touch()
            assert not (path / name).exists()
            assert partial.suffix == ".zarr"
        assert [each.name for each in path.iterdir()] == [name]
    assert [each.name for each in path.parent.iterdir()] == ["a.zarr"]


@pytest.mark.parametrize("write", [written_whole, folder_written_whole])
def test_a_failure_leaves_nothing(tmp_path, write):
    path = tmp_path / "a.zarr"
    with pytest.raises(RuntimeError), write(path):
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_moved_leaves_the_former_one(tmp_path, monkeypatch):
    path = tmp_path / "a.zarr"
    with folder_written_whole(path) as partial:
        (partial / "former").touch()
    replace = os.replace

    def fail(source, target):
        if source.name.startswith("new"):
            raise OSError(errno.EACCES, "no")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    message = "the folder may not be written to; choose another one"
    with pytest.raises(OSError, match=message), folder_written_whole(path):
        pass
    assert [each.name for each in path.iterdir()] == ["former"]
    assert [each.name for each in tmp_path.iterdir()] == ["a.zarr"]
