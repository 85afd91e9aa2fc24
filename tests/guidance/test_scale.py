import math

import pytest

from boundary_click.core.clicks import Click
from boundary_click.guidance.scale import object_scale


def test_a_disk_has_the_scale_of_its_area():
    clicks = (Click(50, 50), Click(50, 70, "negative"), Click(0, 0), Click(99, 0, "negative"))
    assert object_scale(clicks) == pytest.approx(math.sqrt(math.pi * 20**2))


@pytest.mark.parametrize("kind", ["positive", "boundary"])
def test_one_sign_says_nothing_of_the_scale(kind):
    assert object_scale((Click(3, 4), Click(9, 9, kind))) is None
    assert object_scale((Click(9, 9, "negative"),)) is None


def test_clicks_on_one_spot_say_nothing():
    assert object_scale((Click(3, 4), Click(3, 4, "negative"))) is None
