from __future__ import annotations

import itertools

import numpy as np
import pytest

from boundary_click.core.arrays import inner_boundary
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import Box
from boundary_click.engine.session import Session
from boundary_click.engine.two_in_one import TwoInOnePredictor
from boundary_click.models.build import build_model
from boundary_click.models.config import GuidanceConfig, RefinementConfig

OUTLINE = ((60, 90), (40, 70), (60, 50), (80, 70))
"""Clicks on the outline of the fixture's disk."""


class CountingImage:
    """A huge image that does not exist: pixels are made up as they are read, and counted."""

    shape, ndim, dtype = (8192, 8192), 2, np.dtype("u2")

    def __init__(self) -> None:
        self.pixels = 0

    def __getitem__(self, where):
        rows, cols = (np.arange(*s.indices(8192)) for s in where)
        self.pixels += rows.size * cols.size
        disk = (rows[:, None] - 5000) ** 2 + (cols[None] - 6000) ** 2 <= 400
        texture = (rows[:, None] * 7 + cols[None] * 13) % 50
        return (disk * 1000 + texture).astype(self.dtype)

    def __array__(self, *args, **kwargs):
        raise AssertionError("the whole image was read")


def gap(session: Session, click: tuple[float, float]) -> float:
    """Distance from a click to the mask's outermost pixels."""
    outline = np.argwhere(inner_boundary(session.mask))
    return float(np.linalg.norm(outline - click, axis=1).min())


def tolerance(session: Session) -> float:
    """Two cells of the crop's grid and a pixel of the image, in pixels."""
    return 2 / min(session._now.states[-1].crop.zoom) + 1


@pytest.mark.parametrize("place", [(60, 70), (45, 66), (0, 0), (119, 149), (3, 140)])
def test_the_mask_holds_the_selection_click(predictor, image, place):
    session = Session(image, predictor)
    mask = session.add_click(*place)
    assert mask.shape == image.shape
    assert mask[place]
    assert session.probability.dtype == np.float32
    assert 0 <= session.probability.min() <= session.probability.max() <= 1


def test_the_outline_passes_by_each_boundary_click(predictor, image):
    session = Session(image, predictor)
    session.add_click(60, 70)
    for place in OUTLINE:
        session.add_click(*place, kind="boundary")
        assert gap(session, place) <= tolerance(session)
    assert session.mask[60, 70]


def test_signed_clicks_are_obeyed(predictor, image):
    session = Session(image, predictor)
    session.add_click(60, 70)
    for place in ((60, 80), (100, 120), (52, 74)):
        kind = "negative" if place == (100, 120) else "positive"
        assert session.add_click(*place, kind=kind)[place] == (kind == "positive")


@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.astype(np.uint16) * 200,
        lambda x: x.astype(np.int32) * -1,
        lambda x: x.astype(np.float32) / 255,
        lambda x: x.astype(np.float64) * 1e6 - 5,
        lambda x: x > 100,
        lambda x: np.stack([x] * 3, axis=-1),
        lambda x: np.stack([x, x.T[:120, :120].repeat(2, axis=1)[:, :150]], axis=-1),
        lambda x: np.stack([x] * 5, axis=-1).astype(np.uint16),
    ],
)
def test_any_real_type_and_number_of_channels(predictor, image, convert):
    session = Session(convert(image), predictor)
    session.add_click(60, 70)
    mask = session.add_click(*OUTLINE[0], kind="boundary")
    assert mask.shape == (120, 150)
    assert gap(session, OUTLINE[0]) <= tolerance(session)


def test_brightness_does_not_matter(predictor, image):
    masks = [
        Session(picture, predictor).add_click(60, 70)
        for picture in (image, image.astype(np.float32) * 3 + 1000)
    ]
    assert np.count_nonzero(masks[0] != masks[1]) <= 5


@pytest.mark.parametrize("shape", [(2, 2), (5, 40), (20, 20), (31, 9)])
def test_images_smaller_than_the_window(predictor, shape):
    image = np.random.default_rng(0).random(shape)
    session = Session(image, predictor)
    mask = session.add_click(1, 1)
    assert mask.shape == shape
    assert mask[1, 1]
    session.add_click(shape[0] - 1, shape[1] - 1, kind="boundary")
    assert session.mask.any()


@pytest.mark.parametrize("corner", [(0, 0), (0, 149), (119, 0), (119, 149)])
def test_objects_at_the_edge(predictor, corner):
    rows, cols = np.ogrid[:120, :150]
    distance = np.hypot(rows - corner[0], cols - corner[1])
    session = Session(np.where(distance < 30, 200.0, 20.0 + distance / 50), predictor)
    inside = tuple(abs(c - 8) for c in corner)
    assert session.add_click(*inside)[inside]
    edge = (abs(corner[0] - 29), corner[1])
    session.add_click(*edge, kind="boundary")
    assert gap(session, edge) <= tolerance(session)


def test_a_click_outside_the_crop_widens_it(predictor):
    rows, cols = np.ogrid[:400, :400]
    image = np.where(np.hypot(rows - 200, cols - 200) < 20, 200.0, 20.0) + (rows * 7 + cols) % 5
    session = Session(image, predictor, extent=40)
    session.add_click(200, 200)
    before = session._now.states[-1].crop.box
    far = Click(200.0, 398.0, "boundary")
    assert not before.holds(far)
    session.add_click(far.row, far.col, kind="boundary")
    after = session._now.states[-1].crop.box
    assert after.holds(far)
    assert after.padded(1e-6).contains(before.intersection(Box.of_image((400, 400))))
    assert gap(session, (far.row, far.col)) <= tolerance(session)
    assert session.mask[200, 200]


def test_clicks_on_the_edge_of_the_image_leave_the_crop_as_it_is(predictor):
    rows, cols = np.ogrid[:200, :200]
    image = np.where(np.hypot(rows - 6, cols - 100) < 12, 200.0, 20.0) + (rows * 7 + cols) % 5
    session = Session(image, predictor, extent=24)
    session.add_click(6, 100)
    session.add_click(0, 108, kind="boundary")
    crop = session._now.states[-1].crop
    for col in (106, 92, 110):
        session.add_click(0, col, kind="boundary")
    assert session._now.states[-1].crop == crop


def test_a_huge_image_is_read_round_the_clicks_only(predictor):
    image = CountingImage()
    session = Session(image, predictor, extent=40)
    session.add_click(5000, 6000)
    first = image.pixels
    session.add_click(5000, 6020, kind="boundary")
    assert first < 12 * (64 * 6) ** 2
    assert image.pixels - first < 2 * (64 * 6) ** 2
    patch = session.patch
    assert patch.mask.any()
    assert 5000 in range(patch.where[0].start, patch.where[0].stop)


def test_the_same_clicks_give_the_same_mask(predictor, image):
    def run() -> np.ndarray:
        session = Session(image, predictor)
        session.add_click(60, 70)
        for place in OUTLINE[:2]:
            session.add_click(*place, kind="boundary")
        return session.probability

    np.testing.assert_array_equal(run(), run())


def test_undo_and_redo_give_the_very_same_mask(predictor, image):
    session = Session(image, predictor)
    first = session.add_click(60, 70)
    second = session.add_click(*OUTLINE[0], kind="boundary")
    np.testing.assert_array_equal(session.undo(), first)
    np.testing.assert_array_equal(session.redo(), second)


def test_the_image_is_not_changed(predictor, image):
    before = image.copy()
    Session(image, predictor).add_click(60, 70)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(
    ("value", "message"), [(7.0, r"constant \(value 7\) near the click"), (np.nan, "NaN")]
)
def test_images_without_contrast_or_values(predictor, value, message):
    session = Session(np.full((90, 90), value), predictor)
    with pytest.raises(ValueError, match=message):
        session.add_click(40, 40)
    assert session.clicks == ()


def test_the_first_look_is_a_small_one(architecture, image):
    model = build_model(architecture.model_copy(update={"window_size": 128}))
    predictor = TwoInOnePredictor(model, name="tiny")
    seen = []
    predictor._model.selection.register_forward_pre_hook(
        lambda _, args: seen.append(tuple(args[0].shape[-2:]))
    )
    predictor.select(image, Click(60, 70))
    assert seen[0] == (96, 96)
    assert seen[-1] == (128, 128)


def test_crops_grow_with_the_padding_round_the_one_in_use(predictor, image):
    click = Click(60, 70)
    crops = predictor.crop_boxes(image, click, (0.0, 0.25, 0.5))
    for inner, outer in itertools.pairwise(crops):
        assert outer.contains(inner)
    assert predictor.select(image, click).crop.box == crops[1]  # the padding of the default head


def test_the_model_says_what_it_takes(predictor):
    assert predictor.name == "tiny"
    assert predictor.device == "cpu"
    assert predictor.click_kinds == ("boundary", "positive", "negative")


@pytest.mark.parametrize(
    ("taken", "refused"), [(("boundary",), "negative"), (("positive", "negative"), "boundary")]
)
def test_the_papers_heads_take_one_style_of_clicks(architecture, image, taken, refused):
    head = RefinementConfig(head="plain", planes=taken, channels=(8, 8), roi_size=32)
    model = build_model(architecture.model_copy(update={"refinement": head}))
    plain = TwoInOnePredictor(model, name="plain")
    assert plain.click_kinds == taken
    session = Session(image, plain)
    session.add_click(60, 70)
    with pytest.raises(ValueError, match=f"takes clicks of kind .*{taken[-1]} after the first"):
        session.add_click(60, 80, kind=refused)
    for kind in taken:
        assert session.add_click(60, 90, kind=kind).shape == image.shape


def test_content_aware_maps_feed_the_selection_network(architecture, build, image):
    maps = GuidanceConfig(maps=("superpixel-positive", "object"), superpixel_count=60)
    model = build(architecture.model_copy(update={"guidance": maps}))
    assert model.selection.backbone.stem[0].weight.shape[1] == 5
    session = Session(image, TwoInOnePredictor(model.eval(), name="tiny"))
    assert session.add_click(60, 70)[60, 70]
    session.add_click(60, 90, kind="boundary")
    assert gap(session, (60, 90)) <= tolerance(session)
