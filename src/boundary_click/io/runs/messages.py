"""What a run says on standard output, one JSON object a line; typed on both sides.

Reading needs no torch.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)


class Started(_Message):
    """The data is read and the model is built."""

    event: Literal["started"] = "started"
    folder: str
    """Folder of the run."""
    device: str
    """Where it trains."""
    stages: dict[str, int]
    """Steps of each stage, in their order."""
    parameters: int
    """Weights of the model."""
    training_objects: int
    """Objects to learn."""
    validation_objects: int
    """Objects that are held out and tried on."""


class Stepped(_Message):
    """An optimiser step is done."""

    event: Literal["step"] = "step"
    stage: str
    step: int
    """Steps of the stage done."""
    loss: float
    learning_rate: float
    seconds: float
    """Duration of the step."""
    seconds_left: float
    """Estimate for all that follows."""


class Tried(_Message):
    """A model was tried on held-out objects; the one that the run starts from at step 0."""

    event: Literal["validated"] = "validated"
    stage: str
    step: int
    metrics: dict[str, float]
    """By name: ``clicks@85``, ``clicks@90``, ``reached@85``, ``iou@1``."""
    is_best: bool
    """Whether it is the best model so far."""


class Untried(_Message):
    """A model could not be tried; the run goes on."""

    event: Literal["not_validated"] = "not_validated"
    stage: str
    step: int
    problem: str
    """Why, and what to do."""


class Preview(_Message):
    """Pictures of held-out objects were written: true outlines green, predicted ones magenta."""

    event: Literal["preview"] = "preview"
    stage: str
    step: int
    paths: tuple[str, ...]
    """PNG files."""


class Checkpoint(_Message):
    """The run can go on from here, whatever happens."""

    event: Literal["checkpoint"] = "checkpoint"
    stage: str
    step: int


class Halved(_Message):
    """Memory ran out, so that a batch is learned in smaller parts from now on."""

    event: Literal["batch_halved"] = "batch_halved"
    stage: str
    step: int
    batch_size: int
    """Objects that are looked at together."""


class Paused(_Message):
    """The run waits; a checkpoint is stored."""

    event: Literal["paused"] = "paused"


class WentOn(_Message):
    """The run trains again after a pause."""

    event: Literal["went_on"] = "went_on"


class Finished(_Message):
    """The model is written."""

    event: Literal["finished"] = "finished"
    model: str
    """Path of the model file."""
    before: dict[str, float]
    """Metrics of the model that the run started from."""
    after: dict[str, float]
    """Metrics of the model."""
    warning: str
    """What to be wary of, empty if there is nothing."""
    is_early: bool
    """Whether the run was stopped before its end."""


class Left(_Message):
    """The run ended with a checkpoint to go on from, and made no model."""

    event: Literal["left"] = "left"


class Failed(_Message):
    """The run failed."""

    event: Literal["failed"] = "failed"
    message: str
    """What happened and what to do."""


Message = (
    Started
    | Stepped
    | Tried
    | Untried
    | Preview
    | Checkpoint
    | Halved
    | Paused
    | WentOn
    | Finished
    | Left
    | Failed
)

_ANY: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="event")])


def read_message(line: str | bytes) -> Message:
    """Read a line that a run wrote.

    Raises
    ------
    ValueError
        If it is no message of a run.
    """
    try:
        return _ANY.validate_json(line)
    except ValidationError as error:
        raise ValueError(f"not a message of a training run: {line!r} ({error})") from None
