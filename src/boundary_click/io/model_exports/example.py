"""An object of the bundled sample as a model sees it, to test an exported network with."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import tifffile
import torch

from boundary_click.core.arrays import labelled_objects, normalise
from boundary_click.core.geometry import FloatArray
from boundary_click.engine.guidance_stack import find_regions, guidance_stack
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.windows import focused_window
from boundary_click.io.model_exports.networks import Exported
from boundary_click.models.build import Model


@dataclass(frozen=True, slots=True)
class Example:
    """What goes into a network that sees the image, and what comes out of it.

    Attributes
    ----------
    inputs, outputs : tuple of ndarray of float32
        In the order of the network, each with a batch of one.
    """

    inputs: tuple[FloatArray, ...]
    outputs: tuple[FloatArray, ...]


def example_of(model: Model, network: Exported) -> Example:
    """Return one click in the middle of a nucleus, and the network's answer.

    Parameters
    ----------
    model : TwoInOne or Guided
    network : Exported
        Its network that sees the image.
    """
    assets = Path(str(resources.files("boundary_click") / "assets"))
    image, labels = (
        tifffile.imread(assets / name, key=0) for name in ("nuclei.tif", "nuclei_labels.tif")
    )
    target = max(labelled_objects(labels, min_area=1), key=lambda found: found.area)
    window = focused_window(target.box, labels.shape, model.config)
    picture = normalise(window.read(image), is_colour=False)
    on_grid = window.read(labels == target.object_id) > 0.5
    click = RobotUser().select(on_grid, np.random.default_rng(0))
    guidance = model.config.guidance
    maps = guidance_stack(
        guidance, (click,), on_grid.shape, regions=find_regions(guidance, picture)
    )
    inputs = (np.ascontiguousarray(np.moveaxis(picture, 2, 0))[None], maps[None])
    with torch.no_grad():
        outputs = network.module(*map(torch.from_numpy, inputs))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return Example(inputs, tuple(output.numpy() for output in outputs))
