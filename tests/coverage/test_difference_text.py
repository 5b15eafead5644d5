"""What has changed, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyharness.coverage.difference_text import ranges, render
from pyharness.coverage.differing import difference
from pyharness.coverage.model import Coverage, FileCoverage
from tests.coverage.test_coverage_table import striped

if TYPE_CHECKING:
    from collections.abc import Callable


def test_ranges_go_over_lines_without_code() -> None:
    assert ranges([2, 4, 9], [1, 2, 4, 7, 9, 10]) == [(2, 4), (9, 9)]
    assert ranges([], [1, 2]) == []


def test_a_difference_looks_like_its_golden_file(coverage: Coverage, golden: Callable[[str, str], None]) -> None:
    hostile, part, whole, empty = coverage.files
    moved = striped("/p/src/moved.cpp", 10)
    before = Coverage(files=(part, whole, empty, striped("/p/src/moved.cpp", 8), striped("/p/src/s.cpp", 9)))
    without = tuple(each._replace(hits=0) for each in before.files[4].segments)
    unlike = FileCoverage(path="/p/src/s.cpp", segments=without)
    found = difference(before, Coverage(files=(hostile, part, empty, moved, unlike)))
    golden("difference.txt", render(found, root="/p"))
