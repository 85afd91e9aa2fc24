import json

import numpy as np
import pytest
import shapely
from label_cases import awkward, centres

from boundary_click.io.exports import FORMATS

WRITE = FORMATS["geojson"].write


@pytest.fixture
def features(labelled, tmp_path):
    path = tmp_path / "x.geojson"
    WRITE(path, labelled)
    return json.loads(path.read_text(encoding="utf-8"))["features"]


def test_shapely_gives_the_masks_back(labelled, features):
    again = np.zeros_like(awkward())
    for feature in features:
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.is_valid
        mask = shapely.contains_xy(shape, centres(labelled.size)).reshape(labelled.size)
        properties = feature["properties"]
        again[properties["t"], properties["z"]][mask] = properties["object_id"]
        assert properties["area_pixels"] == shape.area == mask.sum()
        assert properties["area"] == pytest.approx(mask.sum() * 0.02)
        assert properties["unit"] == "µm"
    assert np.array_equal(again, awkward())


def test_qupath_finds_plane_name_and_kind(features):
    feature = features[3]
    assert feature["geometry"]["plane"] == {"c": -1, "z": 1, "t": 0}
    assert feature["properties"]["objectType"] == "annotation"
    assert feature["properties"]["name"] == "70000"
    assert [feature["geometry"]["type"] for feature in features] == [
        "Polygon", "Polygon", "Polygon", "MultiPolygon", "MultiPolygon", "Polygon"
    ]  # fmt: skip


def test_no_object_is_an_empty_collection(nothing, tmp_path):
    WRITE(tmp_path / "x.geojson", nothing)
    content = json.loads((tmp_path / "x.geojson").read_text(encoding="utf-8"))
    assert content == {"type": "FeatureCollection", "features": []}
