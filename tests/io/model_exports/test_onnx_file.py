from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from boundary_click.io.model_exports import onnx_file
from boundary_click.io.model_exports.networks import exported_networks
from boundary_click.io.model_exports.onnx_file import export_onnx
from boundary_click.models.build import TwoInOne
from boundary_click.models.config import FcnConfig, RefinementConfig, SelectionConfig

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")


@pytest.fixture
def paper(architecture):
    """The parts of the paper's model: no decoder, a plain head."""
    return architecture.model_copy(
        update={
            "selection": SelectionConfig(
                backbone="resnet18", pyramid_channels=16, feature_channels=16, decoder=False
            ),
            "refinement": RefinementConfig(
                head="plain", planes=("boundary",), channels=(8, 8), roi_size=32
            ),
        }
    )


@pytest.fixture
def fcn(guided_architecture):
    network = FcnConfig(widths=(4,) * 5, fc_channels=8, dropout=0.5)
    return guided_architecture.model_copy(update={"network": network})


def feed_of(network, batch: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(batch)
    feed = {p.name: rng.random((batch, *p.shape), dtype=np.float32) for p in network.inputs}
    if "box" in feed:
        top_left = rng.uniform(-4, 20, (batch, 2))
        feed["box"] = np.hstack([top_left, top_left + rng.uniform(8, 60, (batch, 2))])
        feed["box"] = feed["box"].astype(np.float32)
    return feed


@pytest.mark.slow
@pytest.mark.parametrize("name", ["architecture", "paper", "guided_architecture", "fcn"])
def test_the_file_computes_what_the_network_does(name, request, loaded, tmp_path):
    model = loaded(request.getfixturevalue(name))
    networks = exported_networks(model.model)
    paths = export_onnx(model, tmp_path / "out" / "mine.onnx")
    names = ["mine.onnx", "mine-refinement.onnx"]
    assert [path.name for path in paths] == names[: len(networks)]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(names[: len(networks)])
    for path, network in zip(paths, networks, strict=True):
        onnx.checker.check_model(str(path), full_check=True)
        session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
        assert [port.name for port in session.get_inputs()] == [p.name for p in network.inputs]
        for batch in (1, 3):
            feed = feed_of(network, batch)
            with torch.no_grad():
                expected = network.module(*map(torch.from_numpy, feed.values()))
            expected = expected if isinstance(expected, tuple) else (expected,)
            got = session.run([port.name for port in network.outputs], feed)
            for port, mine, its in zip(network.outputs, got, expected, strict=True):
                assert mine.shape == (batch, *port.shape)
                assert its.abs().max() > 1e-2
                np.testing.assert_allclose(mine, its.numpy(), rtol=0, atol=1e-4)
    check_metadata(session.get_modelmeta().custom_metadata_map, networks[-1])


def check_metadata(told: dict[str, str], network) -> None:
    assert told["name"] == "mine"
    assert told["network"] == network.name
    assert told["licence"] == "MIT"
    assert json.loads(told["data"]) == ["disks"]
    for ports, described in ((network.inputs, "inputs"), (network.outputs, "outputs")):
        for port, has in zip(ports, json.loads(told[described]), strict=True):
            assert (port.name, list(port.shape), port.meaning) == (
                has["name"],
                has["shape"],
                has["meaning"],
            )
            assert not port.channels or len(has["channels"]) == port.shape[0]


def test_the_networks_together_are_the_model(loaded, architecture):
    """Selection, RoIAlign and head, batch norms folded."""
    model = loaded(architecture).model
    assert isinstance(model, TwoInOne)
    selection, refinement = exported_networks(model)
    feed, rest = feed_of(selection, 2), feed_of(refinement, 2)
    box, planes = torch.from_numpy(rest["box"]), torch.from_numpy(rest["planes"])
    with torch.no_grad():
        logits, features = selection.module(*map(torch.from_numpy, feed.values()))
        refined = refinement.module(features, box, planes)
        expected = model.selection(*map(torch.from_numpy, feed.values()))
        crop = model.crop_features(expected.features, box)
        torch.testing.assert_close(logits, expected.logits, rtol=0, atol=1e-4)
        torch.testing.assert_close(refined, model.refinement(crop, planes), rtol=0, atol=1e-4)


def test_no_file_is_changed_if_one_cannot_be_written(loaded, architecture, tmp_path, monkeypatch):
    def write(path, network, _):
        if network.name == "refinement":
            raise OSError(28, "full")
        path.write_bytes(b"new")

    monkeypatch.setattr(onnx_file, "write_network", write)
    before = tmp_path / "mine.onnx"
    before.write_bytes(b"old")
    with pytest.raises(OSError, match="the disk is full"):
        export_onnx(loaded(architecture), before)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_packages_that_are_missing(loaded, architecture, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    expected = "needs onnx and onnxscript; .* pip install 'napari-boundary-click.export.'"
    with pytest.raises(ImportError, match=expected):
        export_onnx(loaded(architecture), tmp_path / "mine.onnx")
    assert not list(tmp_path.iterdir())
