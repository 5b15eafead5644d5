from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.coverage.floors import Floor, below, parse
from pyharness.coverage.model import Share
from pyharness.coverage.shares import Shares
from pyharness.errors import UsageError

NONE = Share(0, 0)


def lines(covered: int, total: int) -> Shares:
    return Shares(Share(total, covered), NONE, NONE, NONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80", [("lines", "80")]),
        ("0", [("lines", "0")]),
        ("100", [("lines", "100")]),
        ("79.95", [("lines", "79.95")]),
        (" branches=50 , lines = 80", [("lines", "80"), ("branches", "50")]),
        (
            "lines=80,functions=70.5,regions=60,branches=50",
            [("lines", "80"), ("functions", "70.5"), ("regions", "60"), ("branches", "50")],
        ),
    ],
)
def test_floors_are_read(text: str, expected: list[tuple[str, str]]) -> None:
    assert parse(text) == tuple(Floor(kind, Decimal(percent)) for kind, percent in expected)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("lines=80,lines=70", "coverage floor 'lines=80,lines=70': 'lines' is given twice; give it once"),
        ("line=80", "coverage floor 'line=80': there is no 'line'; use lines, functions, regions, branches"),
        ("=80", "coverage floor '=80': there is no ''; use lines, functions, regions, branches"),
        ("", "coverage floor '': '' is no percentage; use a number from 0 to 100"),
        ("80,", "coverage floor '80,': 'lines' is given twice; give it once"),
        ("80%", "coverage floor '80%': '80%' is no percentage; use a number from 0 to 100"),
        ("100.01", "coverage floor '100.01': '100.01' is no percentage; use a number from 0 to 100"),
        ("-1", "coverage floor '-1': '-1' is no percentage; use a number from 0 to 100"),
        ("nan", "coverage floor 'nan': 'nan' is no percentage; use a number from 0 to 100"),
        ("\u0663", "coverage floor '\u0663': '\u0663' is no percentage; use a number from 0 to 100"),
    ],
)
def test_what_is_no_floor_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("floor", "covered", "total", "sentence"),
    [
        ("80", 7996, 10000, "lines: 79.96 % is below 80 %"),
        ("80", 7999999, 10000000, "lines: 79.99 % is below 80 %"),
        ("79.9995", 79999, 100000, "lines: 79.9990 % is below 79.9995 %"),
        ("66.67", 2, 3, "lines: 66.66 % is below 66.67 %"),
        ("100", 0, 7, "lines: 0.00 % is below 100 %"),
        ("80.50", 1, 2, "lines: 50.00 % is below 80.5 %"),
    ],
)
def test_a_share_is_never_rounded_up_to_its_floor(floor: str, covered: int, total: int, sentence: str) -> None:
    assert below(parse(floor), lines(covered, total), has_regions=True) == (sentence,)


@pytest.mark.parametrize(("floor", "covered", "total"), [("80", 4, 5), ("100", 3, 3), ("100", 0, 0), ("0", 0, 9)])
def test_a_floor_that_is_just_reached_is_reached(floor: str, covered: int, total: int) -> None:
    assert below(parse(floor), lines(covered, total), has_regions=True) == ()


def test_each_kind_has_its_own_floor() -> None:
    shares = Shares(Share(10, 9), Share(10, 5), Share(10, 4), Share(10, 10))
    floors = parse("lines=90,functions=60,regions=50,branches=100")
    assert below(floors, shares, has_regions=True) == (
        "functions: 50.00 % is below 60 %",
        "regions: 40.00 % is below 50 %",
    )


def test_a_floor_of_what_gcc_does_not_count_is_told() -> None:
    assert below(parse("regions=0"), lines(1, 1), has_regions=False) == (
        "regions: GCC's coverage has none, so their floor cannot be checked; use lines, functions or branches",
    )


@given(st.decimals(0, 100, places=4), st.integers(1, 10**6), st.integers(0, 10**6))
def test_the_shown_share_is_below_the_shown_floor(floor: Decimal, total: int, covered: int) -> None:
    covered = min(covered, total)
    said = below((Floor("lines", floor),), lines(covered, total), has_regions=True)
    assert bool(said) == (covered * 100 < floor * total)
    for sentence in said:
        words = sentence.split()
        assert Decimal(words[1]) < Decimal(words[5])
