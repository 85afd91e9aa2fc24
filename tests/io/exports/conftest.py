"""Labels of an image with clicks, labels without objects, and a disk that is full."""

from __future__ import annotations

import errno

import numpy as np
import pytest
from label_cases import PIXEL_SIZE, awkward

from boundary_click.core.clicks import Click
from boundary_click.io.clicks_csv import ClickedObject, click_records
from boundary_click.io.labelled import LabelledImage
from boundary_click.io.stacks import Stack


@pytest.fixture
def labelled() -> LabelledImage:
    labels = awkward()
    image = np.stack([labels % 251, labels % 13], axis=-1).astype(np.uint8)
    image[..., ::2, 0] += 4
    clicks = Click(4, 5), Click(3, 5, "boundary"), Click(2, 2, "negative")
    clicked = [
        ClickedObject(1, (0, 0), clicks),
        ClickedObject(1, (1, 2), clicks[:1]),
        ClickedObject(70000, (0, 1), clicks[:2]),
    ]
    return LabelledImage(
        Stack(labels, "TZ", PIXEL_SIZE),
        name="cells",
        image=Stack(image, "TZ"),
        records=click_records(clicked, labels.shape),
    )


@pytest.fixture
def nothing() -> LabelledImage:
    """Labels without an object."""
    return LabelledImage(Stack(np.zeros((2, 8, 9), np.uint16), "Z", PIXEL_SIZE))


@pytest.fixture
def full_disk():
    """What stands in for a function that writes."""

    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    return fail
