"""Whole models: the networks of one configuration."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from boundary_click.models.config import (
    BackboneName,
    FcnConfig,
    GuidedConfig,
    TwoInOneConfig,
    network_of,
)
from boundary_click.models.guided_fcn import GuidedFcn
from boundary_click.models.layers import roi_align
from boundary_click.models.pretrained import imagenet_weights, load_pretrained
from boundary_click.models.refinement import LocalRefinement, build_refinement
from boundary_click.models.selection import Selection, SelectionNetwork


class TwoInOne(nn.Module):
    """Selection network and refinement head that share the feature map F.

    Parameters
    ----------
    config : TwoInOneConfig
    """

    def __init__(self, config: TwoInOneConfig) -> None:
        super().__init__()
        self.config = config
        self.selection = SelectionNetwork(
            config.selection, guidance_channels=len(config.guidance.maps)
        )
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


class Guided(nn.Module):
    """One network that sees the image, all clicks and the mask before, each time.

    Parameters
    ----------
    config : GuidedConfig
    """

    def __init__(self, config: GuidedConfig) -> None:
        super().__init__()
        self.config = config
        channels = len(config.guidance.maps)
        self.network: GuidedFcn | SelectionNetwork = (
            GuidedFcn(config.network, guidance_channels=channels)
            if isinstance(config.network, FcnConfig)
            else SelectionNetwork(config.network, guidance_channels=channels)
        )

    def forward(self, image: Tensor, guidance: Tensor) -> Tensor:
        """Return logits (B, 1, H, W) of an image (B, 3, H, W) and maps (B, K, H, W), in [0, 1]."""
        output: Selection | Tensor = self.network(image, guidance)
        return output.logits if isinstance(output, Selection) else output


Model = TwoInOne | Guided
"""A model of either family."""


def build_model(config: TwoInOneConfig | GuidedConfig, *, pretrained: bool = False) -> Model:
    """Build a model, randomly initialised from torch's generator.

    Parameters
    ----------
    config : TwoInOneConfig or GuidedConfig
    pretrained : bool
        Whether the backbone starts from ImageNet weights.

    Raises
    ------
    ImportError
        If the package that carries the ImageNet weights is not installed.
    """
    model = TwoInOne(config) if isinstance(config, TwoInOneConfig) else Guided(config)
    if pretrained:
        load_pretrained(first_network(model).backbone, imagenet_weights(_backbone_of(config)))
    return model


def first_network(model: Model) -> SelectionNetwork | GuidedFcn:
    """Return the network that sees the image."""
    return model.selection if isinstance(model, TwoInOne) else model.network


def _backbone_of(config: TwoInOneConfig | GuidedConfig) -> BackboneName | Literal["vgg16"]:
    network = network_of(config)
    return "vgg16" if isinstance(network, FcnConfig) else network.backbone
