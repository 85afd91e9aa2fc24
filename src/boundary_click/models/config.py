"""What a model is made of: frozen, validated, stored in every checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    NonNegativeFloat,
    Tag,
    model_validator,
)

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

MapName = Literal[
    "gaussian-positive",
    "gaussian-negative",
    "euclidean-positive",
    "euclidean-negative",
    "superpixel-positive",
    "superpixel-negative",
    "object",
    "previous",
]
"""A guidance map, an input channel beside the image; see `boundary_click.engine.guidance_stack`."""

SELECTION_MAPS: tuple[MapName, ...] = (
    "gaussian-positive",
    "euclidean-positive",
    "superpixel-positive",
    "object",
)
"""Maps that say something of a single positive click."""

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


class GuidanceConfig(Config):
    """The guidance maps that a network reads beside the image: how clicks reach it."""

    maps: tuple[MapName, ...] = ("gaussian-positive",)
    """Maps in channel order."""
    sigma: float = Field(10.0, gt=0, le=100)
    """Standard deviation of Gaussians, in pixels of the network input."""
    superpixels: Literal["slic", "felzenszwalb"] = "slic"
    """How the image is divided; see `boundary_click.guidance.superpixel`."""
    superpixel_count: int = Field(500, ge=1, le=20000)
    """About how many superpixels the network input is divided into."""
    superpixel_reach: float | None = Field(None, gt=0)
    """Distances in superpixel maps end at this multiple of the object's estimated scale (f of
    eq. 4); none for no limit."""
    proposal_range: tuple[NonNegativeFloat, NonNegativeFloat] | None = None
    """Object proposals vote whose area over the squared scale is in this range (f1 and f2 of
    eq. 5); none if all do."""

    @model_validator(mode="after")
    def _check_range(self) -> GuidanceConfig:
        if self.proposal_range is not None and self.proposal_range[0] > self.proposal_range[1]:
            raise ValueError(f"proposal_range must not fall, got {self.proposal_range}")
        return self


class SelectionConfig(Config):
    """A network of backbone, pyramid pooling and decoder: logits and features out."""

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


class FcnConfig(Config):
    """FCN-8s on VGG-16, the network of the guidance paper."""

    widths: tuple[int, int, int, int, int] = (64, 128, 256, 512, 512)
    """Channels of the five convolutional stages."""
    fc_channels: int = Field(4096, ge=8, le=8192)
    """Channels of the two layers that were fully connected in VGG-16."""
    dropout: float = Field(0.5, ge=0, lt=1)
    """Share of their channels that is dropped in training."""


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


class WindowedConfig(Config):
    """What all models have: a window on the image, and guidance maps drawn in it."""

    window_size: int = Field(256, ge=64, le=1024, multiple_of=32)
    """Side of the network input, in pixels."""
    windows: WindowConfig = WindowConfig()
    guidance: GuidanceConfig = GuidanceConfig()

    @property
    def search_size(self) -> int:
        """Side of the network input of the first, coarse pass, in pixels."""
        return max(32, round(self.windows.search_detail * self.window_size / 32) * 32)


class TwoInOneConfig(WindowedConfig):
    """A whole two-in-one model: selection, then refinement of its features."""

    family: Literal["two-in-one"] = "two-in-one"
    """The published method."""
    crop_threshold: float = Field(0.001, gt=0, lt=1)
    """Pixels more probable than this are inside the crop."""
    selection: SelectionConfig = SelectionConfig()
    refinement: RefinementConfig = RefinementConfig()

    @model_validator(mode="after")
    def _check_maps(self) -> TwoInOneConfig:
        if unknown := [name for name in self.guidance.maps if name not in SELECTION_MAPS]:
            raise ValueError(
                f"the selection network sees one positive click, not {unknown[0]!r}; choose from "
                f"{', '.join(SELECTION_MAPS)}"
            )
        return self


_CONTENT_AWARE: tuple[MapName, ...] = (
    *("superpixel-positive", "superpixel-negative", "object", "previous"),
)


class GuidedConfig(WindowedConfig):
    """A whole model of the guidance family: one network that sees all clicks each time."""

    family: Literal["guidance"] = "guidance"
    """The published method."""
    guidance: GuidanceConfig = GuidanceConfig(maps=_CONTENT_AWARE)
    network: SelectionConfig | FcnConfig = SelectionConfig()

    @model_validator(mode="before")
    @classmethod
    def _fill_in_maps(cls, fields: Any) -> Any:
        """Take this family's maps where a file names other fields of the guidance alone."""
        guidance = fields.get("guidance") if isinstance(fields, dict) else None
        if isinstance(guidance, dict) and "maps" not in guidance:
            return fields | {"guidance": {"maps": _CONTENT_AWARE, **guidance}}
        return fields

    @model_validator(mode="after")
    def _check_signs(self) -> GuidedConfig:
        for sign in ("positive", "negative"):
            if not any(name.endswith(sign) for name in self.guidance.maps):
                raise ValueError(f"guidance.maps need one that ends in '{sign}'")
        return self


FAMILIES = ("two-in-one", "guidance")


def _family_of(model: Any) -> str:
    """Return the family of a configuration, two-in-one where a file names none."""
    family = model.get("family") if isinstance(model, dict) else getattr(model, "family", None)
    return str(family or "two-in-one")


ModelConfig = Annotated[
    Annotated[TwoInOneConfig, Tag("two-in-one")] | Annotated[GuidedConfig, Tag("guidance")],
    Discriminator(_family_of),
]
"""A model of either family."""


def network_of(model: ModelConfig) -> SelectionConfig | FcnConfig:
    """Return the configuration of the network that sees the image."""
    return model.selection if isinstance(model, TwoInOneConfig) else model.network


def fast() -> TwoInOneConfig:
    """Return the default for CPUs: a light backbone and a narrow, local head."""
    return TwoInOneConfig()


def paper() -> TwoInOneConfig:
    """Return the published sizes: dilated ResNet-101, 512 channels, 513-512-256-256 head."""
    return TwoInOneConfig(
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


def paper_pnr() -> TwoInOneConfig:
    """Return the paper's ablation PNR: refinement by positive and negative clicks, a plane each."""
    config = paper()
    head = config.refinement.model_copy(update={"planes": ("positive", "negative")})
    return config.model_copy(update={"refinement": head})


def guidance() -> GuidedConfig:
    """Return the guidance method for CPUs: its maps into the light network."""
    return GuidedConfig()


def guidance_paper() -> GuidedConfig:
    """Return the guidance paper's own network, FCN-8s on VGG-16."""
    return GuidedConfig(window_size=384, network=FcnConfig())


PresetName = Literal["fast", "paper", "paper-pnr", "guidance", "guidance-paper"]

PRESETS: dict[PresetName, Callable[[], TwoInOneConfig | GuidedConfig]] = {
    "fast": fast,
    "paper": paper,
    "paper-pnr": paper_pnr,
    "guidance": guidance,
    "guidance-paper": guidance_paper,
}
"""Model configurations by name."""
