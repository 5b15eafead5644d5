"""One row for each file: its shares, its path below the root, and the lines that were not executed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from pyharness.coverage.model import Coverage, FileCoverage, Segment
from pyharness.coverage.rows import rows, uncovered
from pyharness.coverage.segments import line_hits
from tests.coverage.conftest import end, segment
from tests.coverage.coverages import coverages


def file_of(*segments: Segment) -> FileCoverage:
    return FileCoverage(path="/p/x.cpp", segments=segments)


def test_rows_are_in_the_order_of_what_is_shown(coverage: Coverage) -> None:
    _, files = rows(coverage, "/p")
    paths = [row.path for row in files]
    assert paths[:2] == ["/usr/include/none.h", "src/\x1b" + paths[1][5:]]
    assert paths[2:] == ["src/a.cpp", "src/deep/b.cpp"]


def test_a_row_has_shares_and_the_lines_that_were_not_executed(coverage: Coverage) -> None:
    _, files = rows(coverage, "/p")
    (row,) = [row for row in files if row.path == "src/a.cpp"]
    assert (row.lines, row.functions, row.regions, row.branches) == ((10, 5), (2, 1), (4, 1), (5, 2))
    assert row.uncovered == ((4, 4), (7, 12))


def test_a_tool_without_regions_has_no_share_of_them(coverage: Coverage) -> None:
    total, files = rows(msgspec.structs.replace(coverage, has_regions=False), "/p")
    assert {row.regions for row in (total, *files)} == {None}


def test_all_together_have_neither_path_nor_lines(coverage: Coverage) -> None:
    total, files = rows(coverage, "/p")
    assert (total.path, total.uncovered) == ("", ())
    assert total.lines.total == sum(row.lines.total for row in files)


def test_nothing_has_no_rows() -> None:
    total, files = rows(Coverage(files=()), "/p")
    assert (files, total.lines) == ((), (0, 0))


@pytest.mark.parametrize(
    ("segments", "ranges"),
    [
        ((), ()),
        ((segment(1, 1, 1), end(3, 2)), ()),
        ((segment(1, 1, 0), end(3, 2)), ((1, 3),)),
        ((segment(1, 1, 0), end(2, 2), segment(5, 1, 0), end(6, 2)), ((1, 6),)),
        ((segment(1, 1, 0), end(2, 2), segment(4, 1, 1), end(4, 9), segment(6, 1, 0), end(6, 9)), ((1, 2), (6, 6))),
    ],
)
def test_lines_that_cannot_be_executed_do_not_part_a_range(
    segments: tuple[Segment, ...], ranges: tuple[tuple[int, int], ...]
) -> None:
    assert uncovered(file_of(*segments)) == ranges


@given(coverages)
def test_ranges_hold_every_line_that_was_not_executed_and_none_that_was(coverage: Coverage) -> None:
    for file in coverage.files:
        hits = line_hits(file.segments)
        within = {line for first, last in uncovered(file) for line in range(first, last + 1)}
        assert {line for line, count in hits.items() if not count} == within & set(hits)
