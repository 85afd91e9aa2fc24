"""Saves one object after the other until it is killed, and says which are saved."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from boundary_click.core.changes import PixelChange
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord
from boundary_click.io.project.project import Project


def main(folder: Path) -> None:
    project = Project.open(folder)
    sys.stdout.write("started\n")
    sys.stdout.flush()
    labels, records = project.labels[:], project.document.records
    while True:
        number = len(records) + 1
        plane = Plane.through((number % 4, 0, 0), labels.shape, (1, 2))
        where = slice(number % 50, number % 50 + 9), slice(3, 60)
        before = plane.read(labels, *where).copy()
        change = PixelChange.of(plane, where, before, np.full_like(before, number))
        labels[plane.index(*where)] = number
        records = (*records, ObjectRecord(number, ()))
        project.save(records, [change])
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
