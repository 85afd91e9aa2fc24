"""Optimiser and learning rate of a stage, and what is done when memory runs out."""

from __future__ import annotations

import math

import torch
from torch import nn

from boundary_click.training.config import StageConfig

_SIGNS = ("not enough memory", "can't allocate memory", "out of memory")


class OutOfMemoryError(RuntimeError):
    """There is not enough memory even for the smallest part of a batch."""


def optimizer_of(network: nn.Module, options: StageConfig) -> torch.optim.Optimizer:
    """Return the optimiser of all weights that learn."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    if options.optimizer == "sgd":
        return torch.optim.SGD(
            parameters,
            lr=options.learning_rate,
            momentum=0.9,
            nesterov=True,
            weight_decay=options.weight_decay,
        )
    return torch.optim.AdamW(
        parameters, lr=options.learning_rate, weight_decay=options.weight_decay
    )


def learning_rate(step: int, options: StageConfig) -> float:
    """Return the learning rate of a step."""
    warmup = min(1.0, (step + 1) / max(1, options.warmup_steps))
    if options.schedule == "constant":
        return options.learning_rate * warmup
    fall = 0.5 * (1 + math.cos(math.pi * step / options.steps))
    return options.learning_rate * warmup * fall


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out, on a graphics card or beside it."""
    if isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and tells_of_memory(str(error))


def tells_of_memory(text: str) -> bool:
    """Return whether the text of an error says that memory ran out."""
    return any(sign in text.lower() for sign in _SIGNS)
