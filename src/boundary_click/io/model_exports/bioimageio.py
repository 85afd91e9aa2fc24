"""Models as packages for bioimage.io, the model zoo of bioimage analysis."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage import io as skimage_io

import boundary_click
from boundary_click.core.arrays import inner_boundary
from boundary_click.core.geometry import FloatArray
from boundary_click.engine.state import sigmoid
from boundary_click.io.atomic import written_whole
from boundary_click.io.bundled import bundled_models
from boundary_click.io.checkpoint import LoadedModel, file_digest
from boundary_click.io.model_exports.example import Example, example_of
from boundary_click.io.model_exports.networks import Port, exported_networks
from boundary_click.io.model_exports.onnx_file import OPSET, require, write_network
from boundary_click.io.model_exports.readme import PAPERS, readme

_TOLERANCE = 1e-3
"""Difference of an output on another machine that is let pass."""
_SHARE = 0.005
"""Most of it, as a share of the largest output: bioimage.io takes no more than a hundredth."""
PROBABILITY = "probability"
"""What the logits become in a package."""
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+- ()")
_OUTLINE = (255, 0, 200)


def export_bioimageio(loaded: LoadedModel, path: Path) -> None:
    """Write a model as a bioimage.io package.

    Parameters
    ----------
    loaded : LoadedModel
    path : Path
        The zip file: ``rdf.yaml``, the network that sees the image as ONNX, what to test it with,
        a README and a cover. The refinement network of a two-in-one model is an attachment.

    Raises
    ------
    ImportError
        If the packages of the extra ``export`` are not installed.
    ValueError
        If the model's licence is no SPDX identifier.
    OSError
        If the file cannot be written.
    """
    require("onnx", "onnxscript", "bioimageio.spec")
    from bioimageio.spec import ValidationContext, save_bioimageio_package

    licence = _licence(loaded.card.licence)
    # It leaves files open, which Windows then does not delete.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # No address is looked up: a package can be written without a network.
        with ValidationContext(root=folder, perform_io_checks=False), written_whole(path) as whole:
            description = _description(loaded, licence, folder)
            whole.unlink()  # it wants to make the file itself
            save_bioimageio_package(description, output_path=whole)


def _licence(licence: str) -> Any:
    """Return a licence as bioimage.io names it, None if the model states none."""
    from bioimageio.spec.generic.v0_3 import LicenseId

    try:
        return LicenseId(licence) if licence else None
    except ValueError:
        raise ValueError(
            f"bioimage.io names licences by SPDX identifiers such as CC-BY-4.0, and {licence!r} is "
            "none; set `licence` in the configuration that the model is trained with"
        ) from None


def _description(loaded: LoadedModel, licence: Any, folder: Path) -> Any:
    """Write the files of a package into a folder, and return what describes them."""
    from bioimageio.spec.model import v0_5

    card = loaded.card
    network, *others = exported_networks(loaded.model)
    example = example_of(loaded.model, network)
    write_network(folder / "weights.onnx", network, loaded)
    attachments = [folder / f"{other.name}.onnx" for other in others]
    for other, path in zip(others, attachments, strict=True):
        write_network(path, other, loaded)
    (folder / "README.md").write_text(readme(card, network, others), encoding="utf-8")
    skimage_io.imsave(folder / "cover.png", _cover(example), check_contrast=False)
    authors = [v0_5.Author(name="The napari-boundary-click contributors")] * _is_ours(loaded)
    return v0_5.ModelDescr(
        name=_name(card.name),
        description=card.description or "Interactive segmentation by clicks.",
        authors=authors,
        cite=[v0_5.CiteEntry(text=paper.text, url=v0_5.HttpUrl(paper.url)) for paper in PAPERS],
        license=licence,
        documentation=_file(folder / "README.md"),
        covers=[_file(folder / "cover.png")],
        attachments=[_file(path) for path in attachments],
        tags=["interactive-segmentation", "instance-segmentation", "2d", "pytorch", "napari"],
        inputs=[
            _input(port, array, folder)
            for port, array in zip(network.inputs, example.inputs, strict=True)
        ],
        outputs=[
            _output(port, array, folder)
            for port, array in zip(network.outputs, example.outputs, strict=True)
        ],
        weights=v0_5.WeightsDescr(
            onnx=v0_5.OnnxWeightsDescr(
                source=folder / "weights.onnx",
                opset_version=OPSET,
                comment=f"written by napari-boundary-click {boundary_click.__version__}",
            )
        ),
        config=v0_5.Config(
            bioimageio=v0_5.BioimageioConfig(
                reproducibility_tolerance=[
                    v0_5.ReproducibilityTolerance(absolute_tolerance=_tolerance(example))
                ]
            )
        ),
    )


def _input(port: Port, array: FloatArray, folder: Path) -> Any:
    """Write what an input is tested with, and describe it."""
    from bioimageio.spec.model import v0_5

    return v0_5.InputTensorDescr(
        id=v0_5.TensorId(port.name),
        description=port.meaning,
        axes=_axes(port, v0_5.SpaceInputAxis),
        test_tensor=_saved(array, folder / f"{port.name}.npy"),
        data=v0_5.IntervalOrRatioDataDescr(type="float32", range=(0.0, 1.0)),
    )


def _output(port: Port, array: FloatArray, folder: Path) -> Any:
    """Write what an output is to be, and describe it; logits become a probability."""
    from bioimageio.spec.model import v0_5

    is_mask = port.name == "logits"
    name = PROBABILITY if is_mask else port.name
    return v0_5.OutputTensorDescr(
        id=v0_5.TensorId(name),
        description="above 0.5 where the object is" if is_mask else port.meaning,
        axes=_axes(port, v0_5.SpaceOutputAxis),
        test_tensor=_saved(sigmoid(array) if is_mask else array, folder / f"{name}.npy"),
        data=v0_5.IntervalOrRatioDataDescr(type="float32"),
        postprocessing=[v0_5.SigmoidDescr()] if is_mask else [],
    )


def _axes(port: Port, space: Any) -> list[Any]:
    """Describe the axes of a tensor; only the batch may have any size."""
    from bioimageio.spec.model import v0_5

    names = [v0_5.Identifier(name.replace("-", "_")) for name in port.channels]
    return [
        v0_5.BatchAxis(),
        v0_5.ChannelAxis(channel_names=names),
        space(id=v0_5.AxisId("y"), size=port.shape[1]),
        space(id=v0_5.AxisId("x"), size=port.shape[2]),
    ]


def _tolerance(example: Example) -> float:
    """Return how much every output may differ on another machine."""
    logits, *others = example.outputs
    largest = (float(output.max()) for output in (sigmoid(logits), *others))
    return min(_TOLERANCE, *(_SHARE * value for value in largest))


def _saved(array: FloatArray, path: Path) -> Any:
    """Write an array, and describe the file."""
    np.save(path, array)
    return _file(path)


def _file(path: Path) -> Any:
    from bioimageio.spec.common import FileDescr

    return FileDescr(source=path)


def _is_ours(loaded: LoadedModel) -> bool:
    """Return whether a model came with the package: others have authors of their own."""
    return loaded.digest in {file_digest(path) for path in bundled_models().values()}


def _name(name: str) -> str:
    """Return a name that bioimage.io takes."""
    return "Boundary Click " + "".join(letter if letter in _LETTERS else "_" for letter in name)


def _cover(example: Example) -> NDArray[np.uint8]:
    """Return what the network sees, with the outline of its mask."""
    image, logits = example.inputs[0][0], example.outputs[0][0, 0]
    drawn: NDArray[np.uint8] = (255 * np.moveaxis(image, 0, 2)).astype(np.uint8)
    drawn[inner_boundary(logits > 0)] = _OUTLINE
    return drawn
