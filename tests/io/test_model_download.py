from __future__ import annotations

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from boundary_click.io.checkpoint import CheckpointError, ModelCard, save_model
from boundary_click.io.library import load_predictor
from boundary_click.io.model_download import download_model, is_address
from boundary_click.io.user_models import import_model, models_folder, user_models


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder; what is called ``cut`` ends before its end."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        if "cut" not in self.path:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.wfile.write(b"no more than this")


@pytest.fixture
def site(tmp_path, architecture, build):
    """A web site with a model, and the checksum of the model."""
    folder = tmp_path / "site"
    folder.mkdir()
    path = folder / "my cells.safetensors"
    save_model(path, build(architecture), ModelCard(name="mine", architecture=architecture))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", path
    server.shutdown()
    thread.join()
    server.server_close()


def digest(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def nothing_came() -> bool:
    return not models_folder().exists() or not list(models_folder().iterdir())


@pytest.mark.parametrize("prefix", ["", "sha256:"])
def test_a_model_comes_into_the_library(site, prefix):
    address, path = site
    told = []
    got = download_model(
        *(f"{address}/my%20cells.safetensors",),
        sha256=prefix + digest(path).upper() if not prefix else prefix + digest(path),
        progress=lambda *counts: told.append(counts),
    )
    assert got == models_folder() / "my cells.safetensors"
    assert got.read_bytes() == path.read_bytes()
    assert load_predictor("my cells", device="cpu").click_kinds
    size = path.stat().st_size
    assert told[-1] == (size, size)
    assert list(models_folder().iterdir()) == [got]


def test_an_address_without_a_name_needs_one(site):
    address, path = site
    path.rename(path.with_name("file"))
    with pytest.raises(ValueError, match=r"does not end in the name of a \.safetensors file"):
        download_model(f"{address}/file?id=3", sha256="0" * 64)
    download_model(f"{address}/file?id=3", sha256=digest(path.with_name("file")), name="cells")
    assert list(user_models()) == ["cells"]


def test_a_name_that_is_taken_downloads_nothing():
    with pytest.raises(ValueError, match="there is a model 'default' already; choose another name"):
        download_model("http://127.0.0.1:1/default.safetensors", sha256="0" * 64)


def test_another_checksum(site):
    address, path = site
    with pytest.raises(CheckpointError, match=f"its SHA-256 is {digest(path)}, expected 0{{64}};"):
        download_model(f"{address}/my%20cells.safetensors", sha256="0" * 64)
    with pytest.raises(ValueError, match="'12' is no SHA-256 checksum, which has 64 digits"):
        download_model(f"{address}/my%20cells.safetensors", sha256="12")
    assert nothing_came()


def test_a_file_that_is_no_model(site):
    address, path = site
    page = path.with_name("page.safetensors")
    page.write_text("<html>Sign in first</html>", encoding="utf-8")
    with pytest.raises(CheckpointError, match="is truncated or no safetensors file"):
        download_model(f"{address}/page.safetensors", sha256=digest(page))
    assert nothing_came()


def test_no_such_page(site):
    address, _ = site
    with pytest.raises(ConnectionError, match="404 Client Error: File not found; check the add"):
        download_model(f"{address}/other.safetensors", sha256="0" * 64)


def test_a_connection_that_breaks_off(site):
    address, _ = site
    with pytest.raises(
        ConnectionError, match=r"cannot download .*; check the address and the netw"
    ):
        download_model(f"{address}/cut.safetensors", sha256="0" * 64)
    assert nothing_came()


def test_no_connection():
    with pytest.raises(ConnectionError, match=r"refused; check the address and the network, or do"):
        download_model("http://127.0.0.1:1/cells.safetensors", sha256="0" * 64)


def test_a_file_can_have_a_checksum_too(site):
    _, path = site
    with pytest.raises(CheckpointError, match="the file is not the one that was meant"):
        import_model(path, sha256="0" * 64)
    assert import_model(path, sha256=digest(path)).stem == "my cells"


def test_what_an_address_is():
    assert is_address("https://example.org/a.safetensors")
    assert not is_address("a.safetensors")
    assert not is_address("C:/models/a.safetensors")
