"""What is known of an object beside its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from boundary_click.core.clicks import Click
from boundary_click.core.pieces import Where
from boundary_click.core.planes import Plane

Origin = Literal["clicks", "mask", "propagated", "interpolated"]
"""Where the mask of a plane comes from: a selection click, a mask from elsewhere that was
corrected, the plane beside it, or the planes to both sides."""


@dataclass(frozen=True, slots=True)
class Part:
    """An object on one plane.

    Attributes
    ----------
    plane : Plane
    clicks : tuple of Click
        In their order; the selection click first if ``origin`` is ``"clicks"``.
    where : tuple of slice or None
        Rows and columns that hold its pixels; None if it has none.
    area : int
        Number of pixels.
    origin : {"clicks", "mask", "propagated", "interpolated"}
    doubt : str
        Why a user should look at it; empty if there is no reason.
    extent : float or None
        Usual size of objects when it was made, in pixels: its clicks make its mask again only
        with this.
    """

    plane: Plane
    clicks: tuple[Click, ...] = ()
    where: Where | None = None
    area: int = 0
    origin: Origin = "clicks"
    doubt: str = ""
    extent: float | None = None


@dataclass(frozen=True, slots=True)
class ObjectRecord:
    """An accepted object.

    Attributes
    ----------
    object_id : int
        Its value in the labels.
    parts : tuple of Part
        One a plane.
    seconds : float
        That a user spent on it.
    model : str
        Name of the model that made it.
    """

    object_id: int
    parts: tuple[Part, ...]
    seconds: float = 0.0
    model: str = ""

    @property
    def clicks(self) -> int:
        """Number of clicks on all planes."""
        return sum(len(part.clicks) for part in self.parts)

    @property
    def area(self) -> int:
        """Number of pixels on all planes."""
        return sum(part.area for part in self.parts)

    def part_on(self, plane: Plane) -> Part | None:
        """Return what the object is on a plane, None if nothing."""
        return next((part for part in self.parts if part.plane == plane), None)

    def with_part(self, part: Part) -> ObjectRecord:
        """Return the object with another part on that plane."""
        others = (each for each in self.parts if each.plane != part.plane)
        parts = tuple(sorted((*others, part), key=lambda each: (each.plane.axes, each.plane.at)))
        return ObjectRecord(self.object_id, parts, self.seconds, self.model)
