"""Models as ONNX, which other programs run without PyTorch."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

import boundary_click
from boundary_click.io.atomic import written_whole
from boundary_click.io.checkpoint import LoadedModel
from boundary_click.io.model_exports.networks import Exported, Port, exported_networks

OPSET = 20
"""Version of the ONNX operators; onnxruntime 1.17 and newer run it."""
_BATCH = 2
"""An example of one would be taken for a fixed size."""


def export_onnx(loaded: LoadedModel, path: Path) -> tuple[Path, ...]:
    """Write the networks of a model as ONNX files.

    Parameters
    ----------
    loaded : LoadedModel
    path : Path
        File of the network that sees the image; that of the refinement network of a two-in-one
        model lies beside it, with ``-refinement`` at the end of its stem.

    Returns
    -------
    tuple of Path
        The files. Their metadata say what goes in and comes out, see `describe`.

    Raises
    ------
    ImportError
        If the packages of the extra ``export`` are not installed.
    OSError
        If a file cannot be written; none is changed then.
    """
    first, *others = exported_networks(loaded.model)
    networks = {path: first}
    networks |= {path.with_stem(f"{path.stem}-{other.name}"): other for other in others}
    with ExitStack() as files:
        for target, network in networks.items():
            write_network(files.enter_context(written_whole(target)), network, loaded)
    return tuple(networks)


def write_network(path: Path, network: Exported, loaded: LoadedModel) -> None:
    """Write one network as ONNX, with its description in the metadata; raises as `export_onnx`."""
    require("onnx", "onnxscript")
    program = _program(network)
    for name, text in describe(network, loaded).items():
        program.model.metadata_props[name] = text
    program.save(str(path), external_data=False)


def describe(network: Exported, loaded: LoadedModel) -> dict[str, str]:
    """Return what the file says of itself, by name.

    ``inputs`` and ``outputs`` are JSON: lists of `Port` with name, shape without the batch,
    meaning and the names of the channels.
    """
    card = loaded.card
    return {
        "name": card.name,
        "network": network.name,
        "description": card.description,
        "licence": card.licence,
        "data": json.dumps(card.data),
        "sha256": loaded.digest,
        "written_by": f"boundary_click {boundary_click.__version__}, torch {torch.__version__}",
        "inputs": json.dumps([asdict(port) for port in network.inputs]),
        "outputs": json.dumps([asdict(port) for port in network.outputs]),
        "configuration": card.architecture.model_dump_json(),
    }


def require(*packages: str) -> None:
    """Raise if a package of the extra ``export`` is missing.

    Raises
    ------
    ImportError
        If one is.
    """
    if missing := [name for name in packages if find_spec(name.partition(".")[0]) is None]:
        raise ImportError(
            f"this export needs {' and '.join(missing)}; install what exports need: "
            "pip install 'napari-boundary-click[export]'"
        )


def _program(network: Exported) -> Any:
    """Return the ONNX program of a network; the size of the batch is free, all others are not."""
    batch = torch.export.Dim("batch")
    examples = tuple(_example(port) for port in network.inputs)
    with _quiet():
        program = torch.onnx.export(
            network.module.eval(),
            examples,
            input_names=[port.name for port in network.inputs],
            output_names=[port.name for port in network.outputs],
            dynamic_shapes=tuple({0: batch} for _ in examples),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # None is what the older exporter returns
    return program


def _example(port: Port) -> torch.Tensor:
    if port.name == "box":
        return torch.tensor([[8.0, 8.0, 40.0, 48.0]]).repeat(_BATCH, 1)
    return torch.zeros(_BATCH, *port.shape)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what the exporter says of packages and functions that are not ours."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)
