import numpy as np
import pytest
import shapely
from hypothesis import given
from label_cases import centres, labels_of, masks

from boundary_click.io.exports.outlines import outline, polygons


def outlines(mask):
    return [outline(piece) for piece in labels_of(mask).pieces(())]


@given(masks)
def test_outlines_cover_the_pixels_and_nothing_else(mask):
    for shape in outlines(mask):
        assert shape.is_valid
        assert shape.area == mask.sum()
        assert np.array_equal(
            shapely.contains_xy(shape, centres(mask.shape)).reshape(mask.shape), mask
        )
    assert len(outlines(mask)) == mask.any()


@given(masks)
def test_corners_are_integers_and_no_side_goes_on_straight(mask):
    for shape in outlines(mask):
        for ring in (ring for rings in polygons(shape) for ring in rings):
            steps = np.diff(ring, axis=0)
            assert np.array_equal(ring[0], ring[-1])
            assert ((steps == 0).sum(axis=1) == 1).all()
            assert ((steps[1:] * steps[:-1]) == 0).all()


@given(masks)
def test_outer_rings_turn_one_way_and_holes_the_other(mask):
    for shape in outlines(mask):
        for outer, *holes in polygons(shape):
            assert shapely.LinearRing(outer).is_ccw
            assert not any(shapely.LinearRing(hole).is_ccw for hole in holes)


@pytest.mark.parametrize(
    ("mask", "kind", "parts"),
    [
        ([[1]], "Polygon", 1),
        ([[1, 0], [0, 1]], "MultiPolygon", 2),
        ([[1, 1, 1], [1, 0, 1], [1, 1, 1]], "Polygon", 1),
        ([[1, 1, 1], [1, 0, 1], [1, 1, 0]], "Polygon", 1),
        ([[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]], "Polygon", 1),
    ],
)
def test_holes_and_corners(mask, kind, parts):
    (shape,) = outlines(np.array(mask, dtype=bool))
    assert shape.geom_type == kind
    assert len(list(polygons(shape))) == parts
