from __future__ import annotations

import numpy as np
import pytest

from boundary_click.core.clicks import Click
from boundary_click.guidance.proposal import find_proposals, object_map


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """A bright disk with a darker core on a dim ground, a little uneven."""
    rows, cols = np.ogrid[:80, :90]
    distance = np.hypot(rows - 40, cols - 40)
    level = np.select([distance < 10, distance < 22], [0.5, 0.9], 0.1)
    noise = np.random.default_rng(0).normal(0, 0.01, (80, 90, 3))
    return np.clip(level[..., None] + noise, 0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def proposals(image):
    return find_proposals(image)


def nodes_of(proposals) -> list[np.ndarray]:
    """The pixels of every proposal, by brute force."""
    masks = []
    for node in np.flatnonzero(proposals.is_proposal):
        held = [b for b in range(len(proposals.basins)) if node in proposals.tree.ancestors(b)]
        masks.append(np.isin(proposals.basins.labels, held))
    return masks


def test_areas_and_sizes(proposals):
    masks = nodes_of(proposals)
    assert len(masks) == len(proposals) > 3
    areas = proposals.areas[proposals.is_proposal]
    np.testing.assert_array_equal([mask.sum() for mask in masks], areas)
    assert areas.min() >= 20
    assert areas.max() <= 0.8 * 80 * 90


def test_the_object_and_its_core_are_proposed(image, proposals):
    for radius in (10, 22):
        rows, cols = np.ogrid[:80, :90]
        truth = np.hypot(rows - 40, cols - 40) < radius
        best = proposals.best_iou(truth)
        assert best > 0.8
        ious = [(m & truth).sum() / (m | truth).sum() for m in nodes_of(proposals)]
        assert best == pytest.approx(max(ious))


@pytest.mark.parametrize(
    "places", [[(40, 40)], [(40, 58)], [(40, 40), (5, 80)], [(40, 40), (-9, 200)]]
)
def test_each_proposal_votes_for_its_pixels(proposals, places):
    """As in eq. 3, proposal by proposal."""
    drawn = object_map(proposals, tuple(Click(*place) for place in places))
    assert drawn.dtype == np.float32
    votes = np.zeros((80, 90))
    for row, col in places:
        if row >= 0:  # a click outside is in no proposal
            votes += sum(mask for mask in nodes_of(proposals) if mask[row, col])
    np.testing.assert_allclose(drawn, votes * 255 / votes.max(), rtol=1e-5)


def test_only_proposals_of_the_scale_vote(proposals):
    scale, tolerance = np.sqrt(np.pi) * 10, (0.5, 2.0)
    drawn = object_map(proposals, (Click(40, 40),), scale=scale, tolerance=tolerance)
    low, high = (factor * scale**2 for factor in tolerance)
    voters = [m for m in nodes_of(proposals) if m[40, 40] and low <= m.sum() <= high]
    votes = np.sum(voters, axis=0)
    np.testing.assert_allclose(drawn, votes * 255 / votes.max(), rtol=1e-5)
    assert not object_map(proposals, (Click(40, 40),), scale=0.1, tolerance=(1, 2)).any()


def test_no_click_no_votes(proposals):
    assert not object_map(proposals, ()).any()


def test_a_flat_image_has_no_proposal():
    flat = find_proposals(np.full((12, 12, 3), 0.5, np.float32))
    assert len(flat) == 0
    assert flat.best_iou(np.ones((12, 12), bool)) == 0.0
    assert not object_map(flat, (Click(3, 3),)).any()
