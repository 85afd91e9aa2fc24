from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from boundary_click.core.changes import PixelChange
from boundary_click.core.clicks import Click
from boundary_click.core.pieces import Piece, placed, size, union, within
from boundary_click.core.planes import Plane
from boundary_click.core.records import ObjectRecord, Part

WHERE = slice(3, 7), slice(2, 8)
spans = st.tuples(st.integers(0, 20), st.integers(1, 20)).map(lambda at: slice(at[0], sum(at)))
rectangles = st.tuples(spans, spans)


def plane(z: int = 0) -> Plane:
    return Plane((10, 10), (1, 2), (z, 0, 0))


def test_change_keeps_both_sides_and_can_be_reversed():
    before = np.arange(24, dtype=np.int32).reshape(4, 6)
    change = PixelChange.of(plane(), WHERE, before, before.T.reshape(4, 6))
    np.testing.assert_array_equal(change.before, before)
    np.testing.assert_array_equal(change.reverse.after, before)
    np.testing.assert_array_equal(change.reverse.before, before.T.reshape(4, 6))
    assert change.before.dtype == np.int32


def test_change_of_a_usual_object_takes_little_memory():
    where = slice(0, 200), slice(0, 200)
    after = np.zeros((200, 200), np.int32)
    after[20:180, 30:170] = 7
    assert PixelChange.of(plane(), where, np.zeros_like(after), after).nbytes < 5000


@given(first=rectangles, second=rectangles)
def test_union_holds_both_rectangles(first, second):
    both = union(first, second)
    for part in (first, second):
        mask = np.ones(size(part), bool)
        assert placed(Piece(part, mask), both)[within(part, both)].all()
        assert placed(Piece(part, mask), both).sum() == mask.size
    assert union(None, first) == union(first, None) == first


def test_piece_of_a_mask_is_tight_and_lies_where_it_was():
    mask = np.zeros((4, 6), bool)
    mask[1, 2:4] = True
    piece = Piece.of(mask, WHERE)
    assert piece.where == (slice(4, 5), slice(4, 6))
    np.testing.assert_array_equal(placed(piece, WHERE), mask)
    assert Piece.of(np.zeros((4, 6), bool), WHERE) is None


def test_record_keeps_one_part_a_plane_in_their_order():
    record = ObjectRecord(5, ())
    for z in (2, 0, 2):
        record = record.with_part(Part(plane(z), (Click(1, 1),) * (z + 1), area=z))
    assert [part.plane.at[0] for part in record.parts] == [0, 2]
    assert (record.clicks, record.area) == (4, 2)
    assert record.part_on(plane(2)).area == 2
    assert record.part_on(plane(1)) is None
