from dataclasses import replace

import pytest

from boundary_click.io.exports import FORMATS

WRITE = FORMATS["effort"].write


def test_clicks_and_seconds(labelled, tmp_path):
    first, second = labelled.records
    timed = replace(first, seconds=12.5, model="default")
    WRITE(tmp_path / "x.csv", replace(labelled, records=(timed, second)))
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").splitlines() == [
        "object,planes,clicks,positive,negative,boundary,seconds,model",
        "1,2,4,2,1,1,12.5,default",
        "70000,1,2,1,0,1,,",
    ]


def test_no_records(nothing, tmp_path):
    with pytest.raises(ValueError, match="no clicks are known of these labels; give their table"):
        WRITE(tmp_path / "x.csv", nothing)
    assert not list(tmp_path.iterdir())
