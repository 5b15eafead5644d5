"""What `--coverage-fail-under` takes."""

from __future__ import annotations

import pytest

from pyharness.config.floors import read
from pyharness.coverage.floors import parse


@pytest.mark.parametrize(
    "value", ["80", 80, 79.5, "0", "100", "lines=80,branches=50.25", "functions=1,regions=2", "functions=90,70"]
)
def test_a_floor_is_a_percentage_for_lines_or_for_what_is_named(value: object) -> None:
    text = read(value)
    assert text == str(value)
    assert [floor.kind for floor in parse(text)]


@pytest.mark.parametrize(
    "value", ["", "101", "100.1", "-1", "80,90", "lines=80,lines=90", "line=80", "80%", " 80", "1e1", "nan", True, None]
)
def test_what_makes_no_sense_is_refused(value: object) -> None:
    assert read(value) is None
