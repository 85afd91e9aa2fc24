from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Layer

from boundary_click.widgets import samples


@pytest.mark.parametrize(
    ("sample", "shape"),
    [
        (samples.nuclei_stack, (4, 256, 256)),
        (samples.stained_tissue, (512, 512, 3)),
        (samples.coins, (303, 384)),
    ],
)
def test_samples_are_images_with_contrast(sample, shape):
    (layer_data,) = sample()
    layer = Layer.create(*layer_data)
    assert layer.data.shape == shape
    assert np.ptp(layer.data) > 100
