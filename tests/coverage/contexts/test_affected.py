"""Which cases a change affects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.coverage.contexts.affected import Hunk, affected
from pyharness.coverage.contexts.model import CaseLines, Contexts, FileVersion, FunctionLines, Piece
from pyharness.coverage.contexts.ranges import to_ranges

FILE = FileVersion(
    path="a.c",
    blob="1",
    executable=((10, 14), (18, 20), (30, 40)),
    functions=(FunctionLines("f", 10, 20), FunctionLines("g", 30, 40), FunctionLines("h", 41, 41)),
)
"""Lines 15 to 17 are a comment in `f`."""
CONTEXTS = Contexts(
    files=(FILE, FileVersion(path="b.c", blob="2", executable=((1, 9),), functions=(FunctionLines("b", 1, 9),))),
    pieces=(Piece(0, ((10, 12),)), Piece(0, ((10, 10), (18, 20))), Piece(0, ((30, 40),)), Piece(1, ((1, 9),))),
    cases={
        "s::begin": CaseLines((0,)),
        "s::end": CaseLines((1,)),
        "s::g": CaseLines((2,)),
        "s::elsewhere": CaseLines((3,)),
        "s::lost": CaseLines(unknown="it crashed"),
    },
)
TOUCHING = {"s::begin", "s::end", "s::g"}


@pytest.mark.parametrize(
    ("hunk", "expected"),
    [
        (Hunk(11, 1), {"s::begin"}),
        (Hunk(10, 1), {"s::begin", "s::end"}),
        (Hunk(13, 1), set()),
        (Hunk(19, 2), {"s::end"}),
        (Hunk(35, 1), {"s::g"}),
        # between two lines
        (Hunk(12, 0), {"s::begin"}),
        (Hunk(13, 0), set()),
        (Hunk(19, 0), {"s::end"}),
        (Hunk(10, 0), {"s::begin", "s::end"}),
        # where no code is, what is around it
        (Hunk(16, 1), {"s::end"}),
        (Hunk(16, 0), {"s::end"}),
        # outside of functions
        (Hunk(5, 1), TOUCHING),
        (Hunk(0, 0), TOUCHING),
        (Hunk(9, 0), TOUCHING),
        (Hunk(20, 0), TOUCHING),
        (Hunk(19, 3), TOUCHING),
        (Hunk(40, 0), TOUCHING),  # between two functions
        (Hunk(100, 0), TOUCHING),
    ],
)
def test_a_change_affects_who_touches_it(hunk, expected):
    assert affected(CONTEXTS, {0: (hunk,)}) == expected


def test_a_change_that_is_not_known_affects_all_that_touch_the_file():
    assert affected(CONTEXTS, {0: None}) == TOUCHING


def test_nothing_changed_affects_nothing():
    assert affected(CONTEXTS, {}) == set()
    assert affected(CONTEXTS, {0: ()}) == set()


def test_lines_that_run_outside_of_cases_affect_all_of_them():
    outside = FileVersion(
        path="a.c", blob="1", executable=FILE.executable, functions=FILE.functions, outside=((13, 13),)
    )
    contexts = Contexts(files=(outside, CONTEXTS.files[1]), pieces=CONTEXTS.pieces, cases=CONTEXTS.cases)
    for change in ((Hunk(13, 1),), (Hunk(5, 1),), None):
        assert affected(contexts, {0: change}) == TOUCHING | {"s::elsewhere"}
    assert affected(contexts, {0: (Hunk(35, 1),)}) == {"s::g"}


line_sets = st.sets(st.integers(1, 30), max_size=12)


@st.composite
def files_with_cases(draw):
    """Return contexts of one file, where all that cases cover can be executed."""
    cases = draw(st.lists(line_sets, min_size=1, max_size=5))
    executable = set().union(*cases) | draw(line_sets)
    functions = draw(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 10)), max_size=5))
    file = FileVersion(
        path="a.c",
        blob="1",
        executable=to_ranges(executable),
        functions=tuple(
            sorted((FunctionLines("f", first, first + size) for first, size in functions), key=lambda f: f[1:])
        ),
    )
    pieces = tuple(Piece(0, to_ranges(lines)) for lines in cases)
    return Contexts(
        files=(file,), pieces=pieces, cases={f"s::{number}": CaseLines((number,)) for number in range(len(cases))}
    ), cases


hunks = st.lists(st.builds(Hunk, st.integers(1, 30), st.integers(0, 5)), min_size=1, max_size=4).map(tuple)


@given(files_with_cases(), hunks)
def test_a_changed_line_always_picks_the_cases_that_cover_it(both, changed):
    contexts, cases = both
    lines = {line for hunk in changed for line in range(hunk.first, hunk.first + hunk.length)}
    found = affected(contexts, {0: changed})
    assert found >= {f"s::{number}" for number, covered in enumerate(cases) if covered & lines}


@given(files_with_cases(), hunks)
def test_an_insertion_always_picks_the_cases_of_the_lines_around_it(both, changed):
    contexts, cases = both
    lines = {line for hunk in changed if not hunk.length for line in (hunk.first, hunk.first + 1)}
    found = affected(contexts, {0: changed})
    assert found >= {f"s::{number}" for number, covered in enumerate(cases) if covered & lines}


@given(files_with_cases(), hunks, hunks)
def test_more_changes_never_affect_less(both, some, more):
    contexts, _ = both
    assert affected(contexts, {0: (*some, *more)}) >= affected(contexts, {0: some})


@given(files_with_cases(), hunks)
def test_nothing_is_affected_that_does_not_touch_the_file(both, changed):
    contexts, cases = both
    assert affected(contexts, {0: changed}) <= {f"s::{number}" for number, covered in enumerate(cases) if covered}
