"""Who covers a line."""

from __future__ import annotations

import pytest

from pyharness.coverage.contexts.asking import Answer, Place, cases_at, not_known, read_place, why_none
from pyharness.errors import UsageError
from tests.coverage.contexts.test_store import CONTEXTS


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a.c", Place("a.c", None)),
        ("a.c:5", Place("a.c", (5, 5))),
        ("a.c:5-7", Place("a.c", (5, 7))),
        ("a:b.c", Place("a:b.c", None)),
        ("a:1:2", Place("a:1", (2, 2))),
        ("a.c:", Place("a.c:", None)),
    ],
)
def test_places_are_read(text, place):
    assert read_place(text) == place
    assert place.text == text


@pytest.mark.parametrize("text", ["a.c:0", "a.c:7-5"])
def test_lines_that_cannot_be_are_told(text):
    with pytest.raises(UsageError, match=f"in '{text}'"):
        read_place(text)


@pytest.mark.parametrize(
    ("lines", "covering"),
    [(None, ("s::a", "s::b")), ((4, 4), ()), ((4, 5), ("s::a",)), ((11, 30), ("s::a", "s::b")), ((99, 99), ())],
)
def test_cases_are_found_by_lines(lines, covering):
    assert cases_at(CONTEXTS, "a 'b'.c", lines) == Answer(covering, ("s::lost",))


def test_a_file_that_was_not_measured_is_told():
    with pytest.raises(UsageError, match=r"no case has been measured with 'none\.c'"):
        cases_at(CONTEXTS, "none.c", None)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("a 'b'.c:4", "no case covers 'a 'b'.c:4'; of one case it is not known what it covers: s::lost"),
        ("a 'b'.c:10", "nothing can be executed at 'a 'b'.c:10'"),
        ("a 'b'.c:21-30", "nothing can be executed at 'a 'b'.c:21-30'; the last line that can is 20"),
        ("z.c:1", "nothing can be executed at 'z.c:1'"),
        ("z.c", "nothing can be executed at 'z.c'"),
    ],
)
def test_why_there_is_no_case_is_told(place, why):
    assert why_none(CONTEXTS, read_place(place), ("s::lost",)) == why


def test_cases_are_not_known_only_where_there_are_such():
    assert why_none(CONTEXTS, read_place("a 'b'.c:4"), ()) == "no case covers 'a 'b'.c:4'"


def test_many_cases_that_are_not_known_are_counted():
    assert not_known(("s::a", "s::b"), "more ") == "of 2 more cases it is not known what they cover, such as s::a"
