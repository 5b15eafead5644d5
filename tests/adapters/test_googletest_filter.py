"""What a short filter matches: the wanted cases, all of them, and nothing else of the program."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.adapters.googletest_filter import MOST_PATTERNS, Names

NUMBERED = [f"Many/Empty.Case/{number}" for number in range(10_000)]


def matched(patterns: list[str], names: list[str]) -> set[str]:
    """Return what GoogleTest would run: `?` stands for one character, `*` for any number."""
    words = ["".join({"?": ".", "*": ".*"}.get(each, re.escape(each)) for each in pattern) for pattern in patterns]
    whole = re.compile("|".join(words))
    return {name for name in names if whole.fullmatch(name)}


@given(
    st.sets(st.text("ab.1", min_size=1, max_size=6), min_size=40).flatmap(
        lambda names: st.tuples(st.just(sorted(names)), st.sets(st.sampled_from(sorted(names)), min_size=1))
    )
)
def test_patterns_match_the_wanted_names_and_no_others(both: tuple[list[str], set[str]]) -> None:
    names, wanted = both
    patterns = Names(names).patterns(sorted(wanted))
    if patterns is None:
        return  # names do as well
    assert matched(patterns, names) == wanted
    assert len(patterns) <= MOST_PATTERNS < len(wanted)


@pytest.mark.parametrize(("begin", "end"), [(0, 2500), (2500, 4375), (4375, 7188)])
def test_thousands_of_numbered_cases_take_few_patterns(begin: int, end: int) -> None:
    wanted = NUMBERED[begin:end]
    patterns = Names(NUMBERED).patterns(wanted)
    assert patterns
    assert matched(patterns, NUMBERED) == set(wanted)


def test_a_whole_program_is_one_pattern() -> None:
    assert Names(NUMBERED).patterns(NUMBERED) == ["*"]


@pytest.mark.parametrize("stranger", ["Suite.Case*", "A-B.C", "A:B.C", "Suite.C\u00e4se", "Odd?.Case", "Two\nlines"])
def test_names_that_a_filter_would_take_otherwise_are_left_as_they_are(stranger: str) -> None:
    assert Names([*NUMBERED, stranger]).patterns(NUMBERED) is None


def test_few_names_are_left_as_they_are() -> None:
    assert Names(NUMBERED).patterns(NUMBERED[:MOST_PATTERNS]) is None
