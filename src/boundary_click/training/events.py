"""What a training run reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import Tensor

Stage = Literal["selection", "refinement", "guidance", "stride-32", "stride-16", "stride-8"]
"""The first two are those of two-in-one models; ``guidance`` is that of the light network of the
guidance family, the strides those of FCN-8s."""


@dataclass(frozen=True, slots=True)
class StepDone:
    """An optimiser step is done.

    Attributes
    ----------
    stage : str
    step, steps : int
        Steps done, and steps of the stage.
    loss : float
        Of this step, of the batches of all processes together.
    learning_rate : float
    seconds : float
        Duration of the step.
    """

    stage: Stage
    step: int
    steps: int
    loss: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Validated:
    """The averaged model was tried on held-out objects.

    Attributes
    ----------
    metrics : dict of float
        By name, such as ``clicks@85``.
    """

    stage: Stage
    step: int
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class TrainingState:
    """Everything a run needs to go on where it stopped.

    Attributes
    ----------
    weights, average : dict of Tensor
        The model's state dict, and that of its moving average.
    optimizer : dict
        State dict of the optimiser.
    history : tuple of Validated
        Validations so far.
    seconds : float
        Time spent on steps so far.
    """

    stage: Stage
    step: int
    weights: dict[str, Tensor]
    average: dict[str, Tensor]
    optimizer: dict[str, Any]
    history: tuple[Validated, ...] = field(default=())
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CheckpointDue:
    """The state should be stored now."""

    state: TrainingState


@dataclass(frozen=True, slots=True)
class BatchHalved:
    """Memory ran out, so that a batch is learned in more and smaller parts from now on.

    The optimiser still steps once for the whole batch, by the accumulated gradient.

    Attributes
    ----------
    stage : str
    step : int
        Steps done before.
    batch_size : int
        Objects that are looked at together.
    """

    stage: Stage
    step: int
    batch_size: int


Event = StepDone | Validated | CheckpointDue | BatchHalved
