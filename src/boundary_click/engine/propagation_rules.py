"""When a mask that is carried from plane to plane is to be looked at, and when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from boundary_click.models.config import Config

Reason = Literal["vanished", "changed", "resized", "moved", "unlike", "drifted", "unreadable"]
"""What is wrong: no mask is left; it overlaps the one before too little; its area changed too
much; its centre moved too far; the image there is another; changes have added up; the image has no
contrast."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a mask compares with the one on the plane before.

    Attributes
    ----------
    overlap : float
        IoU with the mask before.
    area_ratio : float
        Area over the area before.
    shift : float
        Way of the centre of mass, in square roots of the area before.
    likeness : float
        Correlation of the image in the mask and round it with that of the plane before, moved
        along, from -1 to 1.
    drift : float
        Sum of ``(1 - overlap) * (1 - seconded)`` since the mask that propagation began with: the
        changes that the model did not second.
    seconded : float
        IoU of the model's own mask with the one carried along; 0 if it was not asked.
    confidence : float
        Mean of ``|p - 1/2|`` along the outline, from 0 to 1/2, where ``p`` is the probability.
    """

    overlap: float
    area_ratio: float
    shift: float
    likeness: float
    drift: float
    seconded: float = 0.0
    confidence: float = 0.0


class Limits(Config):
    """What a mask may change by."""

    overlap: float = Field(ge=0, le=1)
    """Least IoU with the mask on the plane before."""
    area_factor: float = Field(gt=1)
    """Most that the area may grow or shrink by from a plane to the next, as a factor."""
    shift: float = Field(gt=0)
    """Farthest that the centre may move from a plane to the next, in square roots of the area."""
    likeness: float = Field(ge=-1, le=1)
    """Least correlation of the image with that of the plane before, moved along."""
    drift: float = Field(gt=0)
    """Most that changes which the model did not second may add up to since the plane begun with,
    in masks: at 1, as much has changed as the mask holds."""

    def broken_by(self, agreement: Agreement) -> Reason | None:
        """Return the first limit that a mask breaks, None if there is none."""
        factor = max(agreement.area_ratio, 1 / max(agreement.area_ratio, 1e-9))
        broken: dict[Reason, bool] = {
            "changed": agreement.overlap < self.overlap,
            "resized": factor > self.area_factor,
            "moved": agreement.shift > self.shift,
            "unlike": agreement.likeness < self.likeness,
            "drifted": agreement.drift > self.drift,
        }
        return next((reason for reason, is_so in broken.items() if is_so), None)


class PropagationRules(Config):
    """How masks are carried from plane to plane."""

    model_weight: float = Field(0.2, ge=0, le=1)
    """Pixels that the outline moves for each unit of the model's logits where it sees the object
    as it was carried along. 0: the model is not asked, and the image's motion alone decides."""
    trust: tuple[float, float] = (0.65, 0.85)
    """IoU of the model's own mask with the one carried along, in [0, 1], from which the model
    counts at all and from which it counts wholly."""
    min_area: int = Field(10, ge=1)
    """Smaller masks have vanished, in pixels."""
    doubt: Limits = Limits(overlap=0.6, area_factor=1.4, shift=0.35, likeness=0.4, drift=0.6)
    """A mask beyond them is listed as doubtful."""
    stop: Limits = Limits(overlap=0.25, area_factor=3.0, shift=1.0, likeness=0.1, drift=2.0)
    """A mask beyond them is dropped, and propagation ends."""


EXPLANATIONS: dict[Reason, str] = {
    "vanished": "nothing of the object is left here",
    "changed": "the mask overlaps the one on the plane before little",
    "resized": "the mask's area is far from that on the plane before",
    "moved": "the mask's centre jumped from the plane before",
    "unlike": "the image looks unlike the plane before",
    "drifted": "many changes have added up since the plane that this began with",
    "unreadable": "the image has no contrast here",
}
"""Reasons for a user."""
