"""What ``project.json`` says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from boundary_click.core.clicks import Click
from boundary_click.core.pieces import Where
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord, Part
from boundary_click.io.atomic import written_whole
from boundary_click.io.project.identity import ImageIdentity, ModelIdentity

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Document:
    """All that a project knows beside its labels.

    Attributes
    ----------
    image : ImageIdentity
    geometry : mapping
        Where the image lies in the world: ``scale``, ``units``, ``axis_labels`` and so on, as
        JSON can hold them.
    model : ModelIdentity
        That was used last.
    records : tuple of ObjectRecord
    is_done : bool
        Whether the user is through with the image.
    journal : tuple of str
        Names of the entries that may not be in the labels yet, in their order.
    entries : int
        Number of entries written so far.
    saved : str
        When, in UTC.
    """

    image: ImageIdentity
    geometry: Mapping[str, Any] = field(default_factory=dict)
    model: ModelIdentity = field(default_factory=ModelIdentity)
    records: tuple[ObjectRecord, ...] = ()
    is_done: bool = False
    journal: tuple[str, ...] = ()
    entries: int = 0
    saved: str = ""

    def differences(self, image: ImageIdentity, model: ModelIdentity) -> tuple[str, ...]:
        """Return what is not as it was when the project was saved, as sentences."""
        found = self.image.differences(image)
        if self.records and self.model.sha256 and model != self.model:
            found += (
                f"The objects were made with model {self.model.name} "
                f"({self.model.sha256[:8]}); {model.name} ({model.sha256[:8]}) is in use.",
            )
        return found


def write_document(path: Path, document: Document) -> None:
    """Write a document, whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written; the one before is then still there.
    """
    content = {
        "schema": SCHEMA,
        "saved": datetime.now(UTC).isoformat(timespec="seconds"),
        "image": asdict(document.image),
        "geometry": dict(document.geometry),
        "model": asdict(document.model),
        "is_done": document.is_done,
        "journal": list(document.journal),
        "entries": document.entries,
        "objects": [_of_record(record) for record in document.records],
    }
    with written_whole(path) as partial:
        partial.write_text(json.dumps(content, indent=1), encoding="utf-8")


def read_document(path: Path) -> Document:
    """Read a document.

    Raises
    ------
    ValueError
        If it is missing, damaged, or of a later version of this program.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path.parent} is no project: it has no {path.name}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is damaged: {error}; restore it from a backup") from error
    schema = content.get("schema") if isinstance(content, dict) else None
    if not isinstance(schema, int):
        raise ValueError(f"{path} is no project file: it names no schema")
    if schema > SCHEMA:
        raise ValueError(
            f"{path} was written by a later version (schema {schema}, this one reads {SCHEMA}); "
            "update napari-boundary-click"
        )
    try:
        return _document(content)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {error!r}; restore it from a backup") from error


def _document(content: dict[str, Any]) -> Document:
    image = content["image"]
    return Document(
        image=ImageIdentity(**{**image, "shape": tuple(image["shape"])}),
        geometry=content["geometry"],
        model=ModelIdentity(**content["model"]),
        records=tuple(_record(each) for each in content["objects"]),
        is_done=content["is_done"],
        journal=tuple(content["journal"]),
        entries=content["entries"],
        saved=content["saved"],
    )


def _of_record(record: ObjectRecord) -> dict[str, Any]:
    return {
        "id": record.object_id,
        "seconds": round(record.seconds, 2),
        "model": record.model,
        "parts": [_of_part(part) for part in record.parts],
    }


def _of_part(part: Part) -> dict[str, Any]:
    return {
        "plane": of_plane(part.plane),
        "where": of_where(part.where) if part.where else None,
        "area": part.area,
        "origin": part.origin,
        "doubt": part.doubt,
        "extent": part.extent,
        "clicks": [[click.row, click.col, click.kind, click.threshold] for click in part.clicks],
    }


def _record(told: Mapping[str, Any]) -> ObjectRecord:
    parts = tuple(_part(part) for part in told["parts"])
    return ObjectRecord(told["id"], parts, told["seconds"], told["model"])


def _part(told: Mapping[str, Any]) -> Part:
    return Part(
        plane=plane_of(told["plane"]),
        clicks=tuple(Click(*click) for click in told["clicks"]),
        where=where_of(told["where"]) if told["where"] else None,
        area=told["area"],
        origin=told["origin"],
        doubt=told["doubt"],
        extent=told["extent"],
    )


def of_plane(plane: Plane) -> dict[str, Any]:
    """Return a plane as JSON holds it."""
    return {"shape": list(plane.shape), "axes": list(plane.axes), "at": list(plane.at)}


def plane_of(told: Mapping[str, Any]) -> Plane:
    """Return the plane that JSON tells of."""
    (height, width), (rows, cols) = told["shape"], told["axes"]
    return Plane((height, width), (rows, cols), tuple(told["at"]))


def of_where(where: Where) -> list[int]:
    """Return a rectangle as ``[top, bottom, left, right]``, ends left out."""
    rows, cols = where
    return [rows.start, rows.stop, cols.start, cols.stop]


def where_of(told: list[int]) -> Where:
    """Return the rectangle of four numbers."""
    top, bottom, left, right = told
    return slice(top, bottom), slice(left, right)
