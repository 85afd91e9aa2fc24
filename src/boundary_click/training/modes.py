"""How a network stands while it learns."""

from __future__ import annotations

from torch import nn

from boundary_click.training.config import StageConfig

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def set_learning(network: nn.Module, options: StageConfig) -> None:
    """Put a network into training mode, but for what its stage keeps as it is."""
    network.train()
    if options.freeze_norms:
        for module in network.modules():
            if isinstance(module, _NORMS):
                module.eval()
