import pytest

from boundary_click.io.pixel_size import PixelSize, length_unit


def test_symbols_and_names_mean_the_same():
    assert length_unit("µm") is length_unit("micrometer")


def test_no_unit_of_length():
    with pytest.raises(ValueError, match=r"in 'second', which is no unit .* use one of pm, Å, nm"):
        length_unit("second")


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({}, ((1.0, 1.0), "pixel")),
        ({"X": (2.0, "µm")}, ((1.0, 1.0), "pixel")),
        ({"Y": (3.0, "µm"), "X": (2.0, "µm")}, ((3.0, 2.0), "µm")),
        ({"Y": (3.0, "mm"), "X": (2.0, "µm")}, ((pytest.approx(3000.0), 2.0), "µm")),
    ],
)
def test_sizes_share_the_unit_of_the_last_axis(sizes, expected):
    assert PixelSize(sizes).along("YX") == expected
