"""What a model is made of: frozen, validated, stored in every checkpoint."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

BackboneName = Literal[
    "efficientnet_lite0",
    "efficientnet_lite1",
    "efficientnet_lite2",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
]

GuidancePlane = Literal[
    "boundary",
    "positive",
    "negative",
    "latest",
    "previous",
    "outline",
    "reach",
    "image",
]
"""A named input of the refinement head; see `boundary_click.engine.refinement_input`."""

PLANE_CHANNELS: dict[GuidancePlane, int] = {
    "boundary": 1,
    "positive": 1,
    "negative": 1,
    "latest": 1,
    "previous": 1,
    "outline": 1,
    "reach": 1,
    "image": 3,
}


class Config(BaseModel):
    """Base of all configurations: immutable, unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SelectionConfig(Config):
    """The selection network: image and one click in, logits and features out."""

    backbone: BackboneName = "efficientnet_lite0"
    """Feature extractor, dilated after stride 16."""
    pyramid_bins: tuple[int, ...] = (1, 2, 3, 6)
    """Grid sizes of the pyramid pooling, in cells per side."""
    pyramid_channels: int = Field(128, ge=8, le=1024)
    """Channels of the pooled context map."""
    decoder: bool = True
    """Whether features of stride 8 and 4 sharpen the result; the paper has no decoder."""
    feature_channels: int = Field(64, ge=8, le=1024)
    """Channels of the feature map F that the refinement head reuses."""
    click_sigma: float = Field(10.0, gt=0, le=100)
    """Standard deviation of the click's Gaussian, in pixels of the network input."""


class RefinementConfig(Config):
    """The refinement head: cropped features and guidance in, refined logits out."""

    head: Literal["plain", "local"] = "local"
    """``plain`` is the paper's three blocks; ``local`` corrects the previous mask near a click."""
    planes: tuple[GuidancePlane, ...] = (
        "image",
        "previous",
        "outline",
        "reach",
        "latest",
        "boundary",
        "positive",
        "negative",
    )
    """Guidance planes in channel order."""
    channels: tuple[int, ...] = (16, 64, 96, 128)
    """Output channels of the blocks (plain) or of the scales, fine to coarse (local)."""
    roi_size: int = Field(96, ge=16, le=256, multiple_of=8)
    """Side of the grid that the crop is resampled to, in cells."""
    padding: float = Field(0.25, ge=0, le=2)
    """Relaxation of the crop on each side, as a share of its longer side."""
    click_sigma: float = Field(5.0, gt=0, le=100)
    """Standard deviation of the clicks' Gaussians, in cells of the crop's grid."""

    @model_validator(mode="after")
    def _check_local_head(self) -> RefinementConfig:
        missing = {"previous", "outline", "reach"} - set(self.planes)
        if self.is_local and missing:
            raise ValueError(f"the local head needs the planes {sorted(missing)}")
        if self.is_local and len(self.channels) != 4:
            raise ValueError(f"the local head has four scales, got channels {self.channels}")
        return self

    @property
    def is_local(self) -> bool:
        """Whether the head corrects the mask before."""
        return self.head == "local"

    @property
    def plane_channels(self) -> int:
        """Number of guidance channels."""
        return sum(PLANE_CHANNELS[plane] for plane in self.planes)


class WindowConfig(Config):
    """How much of the image the selection network is shown; no object size is ever known."""

    search_side: float = Field(160.0, ge=16, le=8192)
    """Side of the window of the first, coarse pass, in image pixels."""
    search_detail: float = Field(0.75, gt=0, le=1)
    """Side of the network input of the first pass, as a share of that of the second."""
    focus_ratio: float = Field(1.55, ge=1.1, le=10)
    """Side of the window of the second pass over the longer side of the mask found by the first."""
    min_side: float = Field(28.0, ge=8, le=1024)
    """Smallest side of a window, in image pixels."""


class ModelConfig(Config):
    """A whole two-in-one model."""

    family: Literal["two-in-one"] = "two-in-one"
    """The published method."""
    window_size: int = Field(256, ge=64, le=1024, multiple_of=32)
    """Side of the network input, in pixels."""
    crop_threshold: float = Field(0.001, gt=0, lt=1)
    """Pixels more probable than this are inside the crop."""
    windows: WindowConfig = WindowConfig()
    selection: SelectionConfig = SelectionConfig()
    refinement: RefinementConfig = RefinementConfig()

    @property
    def search_size(self) -> int:
        """Side of the network input of the first, coarse pass, in pixels."""
        return max(32, round(self.windows.search_detail * self.window_size / 32) * 32)


def fast() -> ModelConfig:
    """Return the default for CPUs: a light backbone and a narrow, local head."""
    return ModelConfig()


def paper() -> ModelConfig:
    """Return the published sizes: dilated ResNet-101, 512 channels, 513-512-256-256 head."""
    return ModelConfig(
        window_size=512,
        selection=SelectionConfig(
            backbone="resnet101", pyramid_channels=512, decoder=False, feature_channels=512
        ),
        refinement=RefinementConfig(
            head="plain",
            planes=("boundary",),
            channels=(512, 256, 256),
            roi_size=64,
            click_sigma=10.0,
        ),
    )


def paper_pnr() -> ModelConfig:
    """Return the paper's ablation PNR: refinement by positive and negative clicks, a plane each."""
    config = paper()
    head = config.refinement.model_copy(update={"planes": ("positive", "negative")})
    return config.model_copy(update={"refinement": head})


PRESETS = {"fast": fast, "paper": paper, "paper-pnr": paper_pnr}
"""Model configurations by name."""
