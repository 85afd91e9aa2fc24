from __future__ import annotations

import zipfile

import numpy as np
import pytest
import yaml

from boundary_click.io.model_exports.bioimageio import export_bioimageio
from boundary_click.io.model_exports.readme import PAPERS

pytest.importorskip("onnxscript")
spec = pytest.importorskip("bioimageio.spec")
runtime = pytest.importorskip("onnxruntime")


@pytest.fixture
def package(loaded, request, tmp_path):
    """A package, and the folder it was unpacked to."""

    def package(name: str, **card):
        path = tmp_path / "out" / "mine.zip"
        export_bioimageio(loaded(request.getfixturevalue(name), **card), path)
        assert [file.name for file in path.parent.iterdir()] == ["mine.zip"]
        with zipfile.ZipFile(path) as file:
            file.extractall(tmp_path / "unpacked")
        return path, tmp_path / "unpacked"

    return package


def is_reproduced(folder, described) -> bool:
    """Return whether the weights make the test outputs of the test inputs, as a reader would."""
    session = runtime.InferenceSession(
        folder / described["weights"]["onnx"]["source"], providers=["CPUExecutionProvider"]
    )
    feed = {
        port["id"]: np.load(folder / port["test_tensor"]["source"]) for port in described["inputs"]
    }
    tolerance = described["config"]["bioimageio"]["reproducibility_tolerance"][0]
    found = session.run(None, feed)
    for port, array in zip(described["outputs"], found, strict=True):
        steps = [step["id"] for step in port["postprocessing"]]
        assert ("sigmoid" in steps) == (port["id"] == "probability")
        if "sigmoid" in steps:
            array = 1 / (1 + np.exp(-array))
        expected = np.load(folder / port["test_tensor"]["source"])
        assert array.shape == expected.shape
        if not np.allclose(array, expected, 1e-3, tolerance["absolute_tolerance"]):
            return False
    return bool(np.ptp(expected) > 0)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # bioimageio.spec
@pytest.mark.parametrize(
    ("name", "attachments"), [("architecture", ["refinement.onnx"]), ("guided_architecture", [])]
)
def test_a_package_is_valid_and_reproduces_its_test(package, name, attachments):
    path, folder = package(name, metrics={"clicks@85": 2.5})
    with spec.ValidationContext(perform_io_checks=True):
        summary = spec.load_model_description(path).validation_summary
    assert summary.status == "valid-format", summary.format()
    described = yaml.safe_load((folder / "rdf.yaml").read_text(encoding="utf-8"))
    assert described["name"] == "Boundary Click mine"
    assert described["license"] == "MIT"
    assert [cited["url"] for cited in described["cite"]] == [paper.url for paper in PAPERS]
    assert not described["authors"]  # whose it is only the user knows
    assert [file["source"] for file in described["attachments"]] == attachments
    assert is_reproduced(folder, described)
    told = (folder / "README.md").read_text(encoding="utf-8")
    for part in ("# Validation", "clicks@85: 2.500", "- disks", "MIT", *(p.url for p in PAPERS)):
        assert part in told
    assert (folder / described["covers"][0]["source"]).stat().st_size < 500_000


def test_a_licence_without_an_identifier(loaded, architecture, tmp_path):
    model = loaded(architecture, licence="ask me")
    with pytest.raises(ValueError, match="'ask me' is none; set `licence` in the configuration"):
        export_bioimageio(model, tmp_path / "mine.zip")
    assert not list(tmp_path.iterdir())
