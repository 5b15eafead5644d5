"""What ninja knows of who needs which file."""

from __future__ import annotations

from pyharness.building.dependents import parse_deps

PRINTED = """\
b/x.o: #deps 2, deps mtime 1763752800000000000 (VALID)
    x.test.cpp
    include/with blank: #deps 1.h

b/y.o: #deps 0, deps mtime 1 (STALE)

b/z.o: #deps 1, deps mtime 1 (STALE)
    ../z.h

"""


def test_inputs_are_listed_by_output():
    assert parse_deps(PRINTED) == {
        "b/x.o": ["x.test.cpp", "include/with blank: #deps 1.h"],
        "b/y.o": [],
        "b/z.o": ["../z.h"],
    }


def test_of_nothing_built_nothing_is_known():
    assert parse_deps("") == {}
