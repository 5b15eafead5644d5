"""What the tests of reports share: a coverage with everything in it, and a real program's."""

from __future__ import annotations

import pytest

from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Region, Segment
from tests.coverage.clang_program import Measured, measure

HOSTILE = "/p/src/\x1b[2J[bold red]x[/] \n</pre><script>alert(1)</script>\"'&\u202e\udcff.cpp"


def segment(line: int, column: int, hits: int, *, entry: bool = True) -> Segment:
    return Segment(line, column, hits, has_count=True, is_region_entry=entry)


def end(line: int, column: int) -> Segment:
    return Segment(line, column, 0, has_count=False, is_region_entry=False)


@pytest.fixture
def coverage() -> Coverage:
    """Files that are covered in part, whole, not at all; one without code; one whose name is out to harm."""
    part = FileCoverage(
        path="/p/src/a.cpp",
        segments=(
            segment(1, 12, 5),
            segment(3, 5, 0),
            segment(4, 3, 5, entry=False),
            segment(6, 3, 0),
            end(9, 2),
            segment(12, 1, 0),
            end(12, 20),
        ),
        functions=(
            Function("f", 1, 5, (Region(1, 12, 9, 2, 5), Region(3, 5, 4, 3, 0), Region(6, 3, 9, 2, 0))),
            Function("g", 12, 0, (Region(12, 1, 12, 20, 0),)),
        ),
        branches=(Branch(2, 7, 2, 12, 0, 5), Branch(2, 16, 2, 20, 0, 0), Branch(6, 3, 6, 8, 5, None)),
    )
    whole = FileCoverage(
        path="/p/src/deep/b.cpp",
        segments=(segment(1, 9, 1), end(2, 2)),
        functions=(Function("h", 1, 1, (Region(1, 9, 2, 2, 1),)),),
    )
    hostile = FileCoverage(
        path=HOSTILE,
        segments=(segment(1, 9, 0), end(2, 2)),
        functions=(Function("<b>\n\x00", 1, 0, (Region(1, 9, 2, 2, 0),)),),
    )
    empty = FileCoverage(path="/usr/include/none.h", segments=())
    return Coverage(files=(hostile, part, whole, empty))


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return measure(tmp_path_factory.mktemp("clang"))
