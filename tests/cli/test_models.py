from __future__ import annotations

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from boundary_click.io.user_models import user_models


def test_a_model_lives_in_the_library(run, model, tmp_path):
    code, out, err = run("models", "import", model, "--name", "cells")
    assert (code, err) == (0, "")
    assert out == f"cells is in the library: {user_models()['cells']}\n"
    assert run("models", "rename", "cells", "my cells").out == "cells is now my cells\n"
    assert '"name": "tiny"' in run("models", "my cells").out
    target = tmp_path / "out.safetensors"
    assert run("models", "export", "my cells", "--to", target).out == f"Wrote {target}\n"
    assert target.read_bytes() == model.read_bytes()
    assert run("models", "delete", "my cells").out == "my cells is deleted\n"
    assert user_models() == {}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_a_model_is_imported_from_an_address(run, model):
    serve = partial(Quiet, directory=str(model.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/{model.name}"
        digest = hashlib.sha256(model.read_bytes()).hexdigest()
        without = run("models", "import", url)
        assert (without.code, without.out) == (1, "")
        assert "a model from the internet needs --sha256 HASH" in without.err
        done = run("models", "import", url, "--sha256", digest)
        server.shutdown()
        thread.join()
    assert (done.code, done.err) == (0, "")
    assert list(user_models()) == ["tiny"]


@pytest.fixture
def exports(monkeypatch) -> list[tuple[str, str]]:
    """What is exported, by format and the name on the model's card; no file is written."""
    made: list[tuple[str, str]] = []

    def onnx(loaded, path):
        made.append(("onnx", loaded.card.name))
        return path, path.with_stem(f"{path.stem}-refinement")

    def bioimageio(loaded, path):
        made.append(("bioimageio", loaded.card.name))

    folder = "boundary_click.io.model_exports"
    monkeypatch.setattr(f"{folder}.onnx_file.export_onnx", onnx)
    monkeypatch.setattr(f"{folder}.bioimageio.export_bioimageio", bioimageio)
    return made


@pytest.mark.parametrize(
    ("file", "form", "written"),
    [("a.onnx", "onnx", ("a.onnx", "a-refinement.onnx")), ("a.zip", "bioimageio", ("a.zip",))],
)
def test_other_formats(run, model, exports, file, form, written):
    """By the file's ending, and by name."""
    for named in ((), ("--format", form)):
        code, out, err = run("models", "export", model, "--to", file, *named)
        assert (code, err) == (0, "")
        assert out == "".join(f"Wrote {name}\n" for name in written)
    assert exports == [(form, "tiny")] * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("export", "default"), "say where to write the model: --to FILE"),
        (("export", "default", "--to", "a.txt"), "a.txt ends like no format; let it end in one of"),
        (
            ("export", "default", "--to", "a.txt", "--format", "onnx"),
            "a.txt must end in .onnx to hold onnx",
        ),
        (("delete", "default"), "model 'default' came with the package and stays as it is"),
        (("rename", "none", "other"), "there is no model 'none' of your own"),
        (("import", "none.safetensors"), "model file not found: none.safetensors"),
        (("none",), "unknown model 'none'"),
    ],
)
def test_what_does_not_go(run, arguments, message):
    code, out, err = run("models", *arguments)
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("import",), "import is none of: NAME, import FILE_OR_URL, rename OLD NEW, delete NAME"),
        (("rename", "cells"), "rename cells is none of: NAME, import"),
        (("default", "guidance"), "default guidance is none of: NAME"),
        (("default", "--to", "a.onnx"), "--to belongs to export"),
        (("delete", "cells", "--name", "x"), "--name belongs to import"),
        (("export", "default", "--format", "pickle"), "invalid choice: 'pickle'"),
    ],
)
def test_wrong_words(run, arguments, message):
    code, out, err = run("models", *arguments)
    assert (code, out) == (2, "")
    assert message in err
