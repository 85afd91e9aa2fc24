"""What a training run is made of; read from a TOML file, stored with the result."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt, model_validator

from boundary_click.models.config import (
    PRESETS,
    Config,
    FcnConfig,
    GuidedConfig,
    ModelConfig,
    PresetName,
    TwoInOneConfig,
)
from boundary_click.training.events import Stage

NegativeStrategy = Literal["background", "others", "around"]
"""See `boundary_click.training.click_sampling`."""

LossName = Literal[
    "cross-entropy", "class-balanced", "boundary-aware", "boundary-aware-dice", "cross-entropy-dice"
]


class AugmentationConfig(Config):
    """Random changes of each training sample."""

    rotation: float = Field(0.5, ge=0, le=1)
    """Probability of a rotation by any angle; flips and quarter turns are always drawn."""
    gamma: float = Field(0.3, ge=0, le=2)
    """Standard deviation of the logarithm of the gamma exponent."""
    contrast: float = Field(0.2, ge=0, le=1)
    """Largest relative change of contrast and shift of brightness."""
    invert: float = Field(0.1, ge=0, le=1)
    """Probability of a negative."""
    noise: float = Field(0.04, ge=0, le=0.5)
    """Largest standard deviation of added noise; half of the samples get none."""
    blur: float = Field(1.5, ge=0, le=10)
    """Largest standard deviation of a blur, in pixels of the network input; 3 in 10 get one."""
    colour: float = Field(0.0, ge=0, le=1)
    """Largest relative change of each channel by itself; gray pictures get a tint by it."""
    gray: float = Field(0.2, ge=0, le=1)
    """Probability that a colour picture loses its colour."""


class WindowDrawConfig(Config):
    """How training windows are laid round objects, as inference will lay them."""

    search_share: float = Field(0.4, ge=0, le=1)
    """Share of samples seen as the first, coarse pass sees them, centred on the click."""
    search_side: float = Field(192.0, ge=16, le=8192)
    """Typical side of a coarse window, in image pixels."""
    search_spread: float = Field(0.4, ge=0, le=2)
    """Standard deviation of the logarithm of the coarse window's side."""
    focus_ratio: float = Field(2.0, ge=1.1, le=10)
    """Typical side of a fine window over the longer side of the object."""
    focus_spread: float = Field(0.25, ge=0, le=1)
    """Standard deviation of the logarithm of the fine window's side."""
    focus_shift: float = Field(0.08, ge=0, le=0.5)
    """Standard deviation of the fine window's centre, as a share of its side."""
    min_side: float = Field(28.0, ge=8, le=1024)
    """Smallest side of a window, in image pixels."""


class StageConfig(Config):
    """One stage of a run."""

    steps: int = Field(3000, ge=0)
    """Optimiser steps; 0 leaves the stage out."""
    batch_size: int = Field(8, ge=1, le=1024)
    """Objects per step and process."""
    optimizer: Literal["adamw", "sgd"] = "adamw"
    """``sgd`` has Nesterov momentum 0.9, as published."""
    learning_rate: float = Field(1e-3, gt=0, le=1)
    """Peak of the schedule."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """``cosine`` falls to zero; both start with a linear warm-up."""
    warmup_steps: int = Field(200, ge=0)
    """Steps of the warm-up."""
    weight_decay: float = Field(5e-4, ge=0, le=1)
    """Decay of all weights."""
    clip_norm: float = Field(5.0, ge=0)
    """Largest norm of the gradient; 0 for no limit, as summed losses need."""
    loss: LossName
    """``class-balanced`` is CB-CE (eq. 1), ``boundary-aware`` BA-CE (eq. 3); those with ``dice``
    add Dice and leave out the class balance; ``cross-entropy`` has neither."""
    reduction: Literal["mean", "sum"] = "mean"
    """Whether the cross-entropy is a mean or a sum over pixels (the paper sums)."""
    average: float = Field(0.999, ge=0, lt=1)
    """Decay of the exponential moving average of the weights that is kept; 0 for none."""
    freeze_norms: bool = False
    """Whether batch norms keep the means and variances that they began with. Those of a few
    images of another kind make a model forget what it knew."""


class SelectionStageConfig(StageConfig):
    """Training of the selection network."""

    loss: LossName = "boundary-aware-dice"
    click_jitter: float = Field(0.2, ge=0, le=1)
    """Noise of the selection click, as a share of the square root of the object's area."""


class RefinementStageConfig(StageConfig):
    """Training of the refinement head on the frozen selection network."""

    loss: LossName = "cross-entropy-dice"
    clicks: tuple[int, int] = (2, 4)
    """Fewest and most corrections of one object."""
    iterative: bool = True
    """Whether each correction answers the mask before it; the paper places all of them at once."""
    iou_range: tuple[float, float] = (0.0, 1.0)
    """Objects whose first mask has an IoU in this range are learned; the paper takes 0.2 to 0.6."""
    min_share: tuple[float, float] = (0.01, 0.05)
    """Range of the smallest error region that is corrected, as a share of the object's area."""
    signed_share: float = Field(0.3, ge=0, le=1)
    """Share of objects corrected by positive and negative clicks instead of boundary clicks."""
    fp_rule: Literal["farthest", "nearest"] = "farthest"
    """See `boundary_click.engine.robot_user`."""
    click_jitter: float = Field(0.03, ge=0, le=1)
    """Noise of the corrections, as a share of the square root of the object's area."""
    near_weight: float = Field(2.0, ge=1, le=100)
    """Weight of the loss near each click."""
    keep_weight: float = Field(1.0, ge=1, le=100)
    """Weight of the loss where the mask before the click was right."""
    near_side: float = Field(40.0, gt=0, le=512)
    """Side of the square round a click where it holds, in pixels of the network input."""


Choices = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
Distances = Annotated[tuple[NonNegativeFloat, ...], Field(min_length=1)]


class ClickConfig(Config):
    """How the clicks of a sample are simulated; distances in pixels of the network input.

    Each number is drawn from its list for every sample, as published. Distances shrink with the
    object where it is too small for them.
    """

    positives: Choices = (2, 3, 4, 5)
    """Positive clicks, the selection click among them."""
    inner_margin: Distances = (15, 20, 40)
    """Distance of positive clicks from the outline."""
    inner_gap: Distances = (7, 10, 20)
    """Distance between positive clicks."""
    background: Choices = (5, 10)
    """Negative clicks where they lie anywhere outside the object, or all round it."""
    others: Choices = (3, 5)
    """Negative clicks on each other object where they lie on those."""
    outer_margin: Distances = (15, 40, 60)
    """Distance of negative clicks from the outline."""
    outer_gap: Distances = (10, 15, 25)
    """Distance between negative clicks."""
    strategies: Annotated[tuple[NegativeStrategy, ...], Field(min_length=1)] = (
        *("background", "others", "around"),
    )
    """Where negative clicks lie."""
    first_share: float = Field(0.3, ge=0, le=1)
    """Share of samples that are shown the selection click alone, as a user begins; the paper has
    none."""


class GuidedStageConfig(StageConfig):
    """Training of a network of the guidance family; with FCN-8s, of each of its three strides."""

    loss: LossName = "boundary-aware-dice"
    clicks: ClickConfig = ClickConfig()
    click_jitter: float = Field(0.1, ge=0, le=1)
    """Noise of the selection click, as a share of the square root of the object's area."""
    iterative_share: float = Field(0.5, ge=0, le=1)
    """Share of samples whose clicks answer the errors of a first prediction; 0 for none."""
    error_clicks: tuple[PositiveInt, PositiveInt] = (1, 3)
    """Fewest and most clicks on such errors, in the middle of the largest."""
    error_weight: float = Field(1.0, ge=1, le=100)
    """Weight of the loss where the first prediction was wrong; the paper has none."""
    replace_share: float = Field(0.3, ge=0, le=1)
    """Probability that they take the place of the clicks before, instead of joining them."""
    drop_all: float = Field(0.2, ge=0, le=1)
    """Probability that all maps are reset where no other object is in sight."""
    drop_sign: float = Field(0.4, ge=0, le=1)
    """Probability that the maps of one sign are reset where both signs are clicked."""

    @model_validator(mode="after")
    def _check_range(self) -> GuidedStageConfig:
        if self.error_clicks[0] > self.error_clicks[1]:
            raise ValueError(f"error_clicks must not fall, got {self.error_clicks}")
        return self


class DataConfig(Config):
    """One folder of pairs and how often it is drawn from."""

    path: str
    """Folder with ``images/`` and ``labels/``, relative to the data root: the folder of the
    configuration file unless another is given."""
    weight: float = Field(1.0, gt=0)
    """Relative share of the samples."""
    licence: str = ""
    """Licence of the pictures, for the model card."""


class TrainingConfig(Config):
    """A whole run."""

    name: str = "model"
    """Name of the run and of the model it makes."""
    description: str = ""
    """What the model is for, in a sentence."""
    licence: str = ""
    """Licence of the weights."""
    seed: int = Field(0, ge=0)
    """Seed of everything random in the run but for ``validation_seed``."""
    preset: PresetName | None = "fast"
    """Model configuration by name; none if ``model`` gives it."""
    model: ModelConfig | None = None
    """Model configuration in full, instead of a preset."""
    pretrained: bool = True
    """Whether the backbone starts from ImageNet weights."""
    backbone_weights: str | None = None
    """State dict of a backbone in torchvision's names to start from: path of a safetensors file,
    relative to the folder of the configuration file."""
    start_from: str | None = None
    """Model whose weights the run starts from: name in the model library, or path of its file,
    relative to the folder of the configuration file. The network that sees the image is built
    alike; if it reads other guidance maps, these start at zero. A refinement head that is built
    otherwise starts anew."""
    keep_head: bool = True
    """Whether the head starts from that model as well; if not, it always starts anew."""
    keep_base: float = Field(0.0, ge=0, lt=1)
    """Share of that model's weights in the result, the average of its and the trained ones, so
    that less of what it could do before is forgotten (WiSE-FT: M. Wortsman et al., CVPR 2022)."""
    replay: float = Field(0.0, ge=0, le=0.9)
    """Share of the samples that are drawn from pictures which come with the package, of nuclei and
    cells as the bundled models learned them, so that less of that is forgotten."""
    data: tuple[DataConfig, ...]
    """Training data."""
    validation_share: float = Field(0.05, ge=0, lt=1)
    """Share of the images of each folder that is held out."""
    validation_seed: int = Field(0, ge=0)
    """Seed of what is held out and of the simulated user on it: one for runs that go on from each
    other, so that none learns what another held out."""
    validation_objects: int = Field(64, ge=0)
    """Objects that each validation looks at."""
    validation_clicks: int = Field(20, ge=1, le=100)
    """Most clicks each of them gets; one that is not right by then counts as this many."""
    validation_interval: int = Field(500, ge=1)
    """Steps between validations."""
    checkpoint_interval: int = Field(200, ge=1)
    """Steps between checkpoints."""
    augmentation: AugmentationConfig = AugmentationConfig()
    windows: WindowDrawConfig = WindowDrawConfig()
    selection: SelectionStageConfig = SelectionStageConfig()
    refinement: RefinementStageConfig = RefinementStageConfig()
    guidance: GuidedStageConfig = GuidedStageConfig()

    @model_validator(mode="after")
    def _check_base(self) -> TrainingConfig:
        if self.keep_base and (self.start_from is None or not self.keep_head):
            raise ValueError("keep_base averages with a model: set start_from and keep_head = true")
        return self

    @model_validator(mode="after")
    def _check_clicks(self) -> TrainingConfig:
        model = self.architecture
        if not self.refinement.steps or isinstance(model, GuidedConfig):
            return self
        planes, share = model.refinement.planes, self.refinement.signed_share
        if share < 1 and "boundary" not in planes:
            raise ValueError(
                "the refinement head has no plane for boundary clicks; "
                "set refinement.signed_share = 1"
            )
        if share > 0 and not {"positive", "negative"} <= set(planes):
            raise ValueError(
                "the refinement head has no planes for positive and negative clicks; "
                "set refinement.signed_share = 0"
            )
        return self

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Stages of the run in their order."""
        model = self.architecture
        if isinstance(model, TwoInOneConfig):
            return "selection", "refinement"
        if isinstance(model.network, FcnConfig):
            return "stride-32", "stride-16", "stride-8"
        return ("guidance",)

    def options_of(self, stage: Stage) -> StageConfig:
        """Return how a stage is trained."""
        if stage == "selection":
            return self.selection
        return self.refinement if stage == "refinement" else self.guidance

    @property
    def architecture(self) -> ModelConfig:
        """The model's configuration, from the preset or in full."""
        if self.model is not None:
            return self.model
        return PRESETS[self.preset or "fast"]()
