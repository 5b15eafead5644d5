"""Coverages added up: in any order, and without making up or losing a count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pyharness.coverage.llvm_export import read_export, write_export
from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Region, Segment
from pyharness.coverage.segments import line_hits
from pyharness.coverage.summing import add, add_branches, add_functions, add_lines, add_segments
from tests.coverage.clang import build, export, merge, run
from tests.coverage.coverages import coverages, hits, segment_lists

if TYPE_CHECKING:
    from pathlib import Path

END = Segment(9, 2, 0, False, False)


@given(coverages)
def test_one_alone_stays_as_it_is(coverage: Coverage) -> None:
    assert add([coverage]) == coverage
    assert add([coverage, Coverage(files=())]) == coverage


@given(coverages, coverages, coverages)
def test_the_order_makes_no_difference(first: Coverage, second: Coverage, third: Coverage) -> None:
    together = add([first, second, third])
    assert add([third, first, second]) == together
    assert add([add([first, second]), third]) == together
    assert add([first, add([second, third])]) == together


@given(segment_lists, segment_lists)
def test_a_line_is_covered_when_one_of_them_covers_it(one: tuple[Segment, ...], other: tuple[Segment, ...]) -> None:
    """Where both know of the same places, as for one source; else a gap of one may be the statement of another."""
    mine = line_hits(one)
    shaped = tuple(segment._replace(hits=segment.hits % 3) for segment in one)
    both = line_hits(add_segments([one, shaped]))
    assert both.keys() == mine.keys()
    for line, count in line_hits(shaped).items():
        assert max(count, mine[line]) <= both[line] <= count + mine[line]
    assert line_hits(add_segments([one, other])).keys() <= set(range(1, 13))


@given(segment_lists, st.integers(2, 4))
def test_line_hits_of_the_same_counts_are_added(segments: tuple[Segment, ...], times: int) -> None:
    expected = {line: count * times for line, count in line_hits(segments).items()}
    assert line_hits(add_segments([segments] * times)) == expected


@given(st.lists(st.tuples(st.booleans(), hits, hits), max_size=8))
def test_line_hits_of_the_same_places_are_added_where_a_line_has_one_count(
    lines: list[tuple[bool, int, int]],
) -> None:
    def segments(which: int) -> list[Segment]:
        """Begin each line anew, at its first column; what is around it counts nothing."""
        return [
            segment
            for line, (executable, *counts) in enumerate(lines, 1)
            for segment in (
                Segment(2 * line, 1, counts[which] if executable else 0, executable, True),
                Segment(2 * line, 9, 0, False, False),
            )
        ]

    one, other = line_hits(segments(0)), line_hits(segments(1))
    assert line_hits(add_segments([segments(0), segments(1)])) == {line: one[line] + other[line] for line in one}


def test_a_function_that_one_object_has_alone_keeps_its_count() -> None:
    first = [Segment(1, 1, 3, True, True), Segment(2, 2, 0, False, False)]
    second = [Segment(5, 1, 4, True, True), Segment(6, 2, 0, False, False)]
    assert add_segments([first, second]) == (*first, *second)


def test_statements_within_another_count_are_kept_apart() -> None:
    whole = [Segment(1, 1, 3, True, True), END]
    parted = [Segment(1, 1, 4, True, True), Segment(4, 5, 1, True, True), Segment(5, 6, 4, True, False), END]
    assert add_segments([whole, parted]) == (
        Segment(1, 1, 7, True, True),
        Segment(4, 5, 4, True, True),
        Segment(5, 6, 7, True, False),
        END,
    )


def test_what_the_preprocessor_has_left_out_of_one_object_counts_as_in_the_other() -> None:
    left_out = [Segment(1, 1, 3, True, True), Segment(2, 1, 0, False, True), Segment(4, 1, 3, True, False), END]
    taken = [Segment(1, 1, 5, True, True), END]
    added = add_segments([left_out, taken])
    assert added == (
        Segment(1, 1, 8, True, True),
        Segment(2, 1, 5, True, False),
        Segment(4, 1, 8, True, False),
        END,
    )
    assert line_hits(added)[3] == 5


def test_space_between_statements_does_not_execute_a_statement() -> None:
    space = [Segment(1, 1, 5, True, True), Segment(2, 1, 5, True, False, True), Segment(3, 1, 5, True, False), END]
    statement = [Segment(1, 1, 1, True, True), Segment(2, 1, 0, True, True), Segment(3, 1, 1, True, False), END]
    assert add_segments([space, statement])[1] == Segment(2, 1, 0, True, True, False)
    assert add_segments([space, space])[1] == Segment(2, 1, 10, True, False, True)


def test_functions_of_one_name_become_one() -> None:
    body, nested = Region(3, 9, 7, 2, 4), Region(4, 5, 4, 9, 1)
    assert add_functions(
        [Function("f", 3, 4, (body, nested)), Function("g", 1, 0), Function("f", 3, 6, (body._replace(hits=6),))]
    ) == (Function("g", 1, 0), Function("f", 3, 10, (Region(3, 9, 7, 2, 10), nested)))


def test_branches_of_one_place_become_one() -> None:
    one, other = Branch(3, 5, 3, 9, 1, 0), Branch(3, 5, 3, 9, 2, 7)
    apart = Branch(1, 5, 1, 9, 0, 0)
    assert add_branches([[one], [other, apart]]) == (apart, Branch(3, 5, 3, 9, 3, 7))


def test_ways_that_make_no_pair_are_added_one_by_one() -> None:
    def way(taken: int) -> Branch:
        return Branch(3, 0, 3, 0, taken, None)

    assert add_branches([[way(1), way(0), way(5)], [way(10), way(0)]]) == (way(11), way(0), way(5))


def test_regions_are_known_only_where_all_know_them() -> None:
    file = FileCoverage(path="/a.c", segments=())
    known, unknown = Coverage(files=(file,)), Coverage(files=(file,), has_regions=False)
    assert add([known, known]).has_regions
    assert not add([known, unknown]).has_regions
    assert add([]) == Coverage(files=())


@given(coverages, coverages)
def test_the_lines_of_files_are_added_one_by_one(one: Coverage, other: Coverage) -> None:
    lines = [{file.path: file.lines for file in coverage.files} for coverage in (one, other)]
    for file in add([one, other]).files:
        assert file.lines == add_lines(known[file.path] for known in lines if file.path in known)


WAYS = """\
int ways(int value) {
  int result = 0;

  // a comment
  if (value > 2) {
    result = 1;
  }
  else
  {

    result = 2;
  }

  return result;
}
"""


def test_lines_of_several_objects_are_those_that_llvm_tells_of_each(tmp_path: Path) -> None:
    """Each has only the segments at whose places its own counts change, and blank lines are two at one place."""
    (tmp_path / "ways.h").write_text(WAYS)
    told, exports = [], []
    for name, value in (("low", 1), ("high", 3), ("none", 0)):
        main = f'#include "ways.h"\nint main() {{ return {f"ways({value})" if value else "0"} == 5; }}\n'
        program = build(tmp_path, name, main)
        run(program, LLVM_PROFILE_FILE=str(tmp_path / f"{name}.profraw"))
        merged = merge(tmp_path / f"{name}.profraw")
        told.append(lcov_lines(export(program, merged, "--format=lcov"), "ways.h"))
        exports.append(read_export(export(program, merged).encode()))
    together = add(exports)
    (found,) = [file for file in together.files if file.path.endswith("ways.h")]
    assert found.lines == add_lines(told)
    assert (found.lines[8], 3 in found.lines, 10 in found.lines) == (1, False, False)
    again = read_export(write_export(together))
    assert [file.lines for file in again.files] == [file.lines for file in together.files]
    (twice,) = [file for file in add([again, again]).files if file.path.endswith("ways.h")]
    assert twice.lines == {line: 2 * count for line, count in found.lines.items()}
    assert line_hits(twice.segments).keys() == found.lines.keys()


def lcov_lines(tracefile: str, name: str) -> dict[int, int]:
    (record,) = [part for part in tracefile.split("end_of_record") if f"{name}\n" in part]
    pairs = (line.removeprefix("DA:").split(",") for line in record.splitlines() if line.startswith("DA:"))
    return {int(line): int(count) for line, count in pairs}
