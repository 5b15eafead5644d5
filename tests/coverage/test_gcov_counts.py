"""From reports of gcovr to values: sums, and nothing that nobody has counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pyharness.coverage.gcov_counts import LINE_END, Counts
from pyharness.coverage.model import Branch, Function, Segment
from pyharness.coverage.segments import line_hits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.coverage.model import FileCoverage


def way(count: int, block: int = 0, number: int = -1, to: int = -1, *, throw: bool = False) -> dict[str, Any]:
    return {
        "count": count, "throw": throw, "source_block_id": block, "branchno": number, "destination_block_id": to,
    }  # fmt: skip


def line(number: int, count: int, *branches: Any, function: str = "f") -> dict[str, Any]:
    return {"line_number": number, "count": count, "function_name": function, "branches": branches}


def report(*lines: Any, functions: Sequence[Any] = (), file: str = "/src/a.c") -> bytes:
    return json.dumps({"files": [{"file": file, "lines": lines, "functions": functions}]}).encode()


def counted(*reports: bytes) -> FileCoverage:
    counts = Counts()
    for one in reports:
        counts.add(one, "/work")
    (file,) = counts.coverage().files
    return file


def test_a_line_ends_before_the_next_one() -> None:
    file = counted(report(line(1, 5), line(2, 0), line(9, 3)))
    assert file.segments[:2] == (Segment(1, 1, 5, True, True), Segment(1, LINE_END, 0, False, False))
    assert line_hits(file.segments) == {1: 5, 2: 0, 9: 3}


def test_reports_are_added_up() -> None:
    function = {"name": "f", "lineno": 1, "execution_count": 2}
    one = report(line(1, 2, way(1, number=0), way(0, number=1)), functions=[function])
    assert line_hits(counted(one, one).segments) == {1: 4}
    assert counted(one, one).functions == (Function("f", 1, 4),)
    assert counted(one, one).branches == (Branch(1, 1, 1, 1, 2, 0),)


@pytest.mark.parametrize(
    ("branches", "pairs"),
    [
        ([way(1, number=0), way(2, number=1)], [(1, 2)]),
        ([way(2, number=10), way(1, number=9)], [(1, 2)]),
        ([way(1, 3, to=4), way(2, 3, to=5), way(3, 3, to=6)], [(1, 2), (3, None)]),
        ([way(1, 0, 0), way(2, 0, 1), way(3, 2, 2), way(4, 2, 3)], [(1, 2), (3, 4)]),
        ([way(1, 0, 0), way(2, 0, 1, throw=True), way(3, 2, 2), way(4, 2, 3)], [(3, 4)]),
        ([way(1, 0, 0), way(2, 0, 1, throw=True)], []),
    ],
)
def test_ways_make_decisions(branches: list[Any], pairs: list[tuple[int, int | None]]) -> None:
    found = counted(report(line(4, 1, *branches))).branches
    assert [(branch.taken, branch.not_taken) for branch in found] == pairs
    assert [branch[:4] for branch in found] == [(4, number, 4, number) for number in range(1, len(pairs) + 1)]


def test_functions_on_one_line_decide_each_for_itself() -> None:
    ways = [way(1, number=0), way(0, number=1)], [way(0, number=0), way(1, number=1)]
    file = counted(report(line(1, 1, *ways[0], function="f"), line(1, 1, *ways[1], function="g")))
    assert [(branch.taken, branch.not_taken) for branch in file.branches] == [(1, 0), (0, 1)]
    assert line_hits(file.segments) == {1: 2}


def test_linker_names_go_before() -> None:
    functions = [
        {"name": "_Z1fi", "demangled_name": "f(int)", "lineno": 2, "execution_count": 1},
        {"demangled_name": "g(int)", "lineno": 1, "execution_count": 0},
        {"demangled_name": "unknown", "lineno": 7},
        {"name": "left out", "lineno": 8, "execution_count": 1, "gcovr/excluded": True},
    ]
    file = counted(report({**line(3, 1), "gcovr/excluded": True}, functions=functions))
    assert file.functions == (Function("g(int)", 1, 0), Function("_Z1fi", 2, 1))
    assert file.segments == ()


@pytest.mark.parametrize(
    ("path", "expected"),
    [("../a.c", "/a.c"), ("/mirror/src/./a.c", "/src/a.c"), ("/mirrored/a.c", "/mirrored/a.c"), ("a.c", "/work/a.c")],
)
def test_paths_are_those_of_sources(path: str, expected: str) -> None:
    counts = Counts()
    counts.add(report(line(1, 1), file=path), "/work", "/mirror")
    assert [file.path for file in counts.coverage().files] == [expected]


def test_what_is_no_report() -> None:
    with pytest.raises(ValueError, match="files"):
        Counts().add(b"{}", "/work")


def test_nothing_is_covered_where_there_is_nothing() -> None:
    coverage = Counts().coverage()
    assert (coverage.files, coverage.has_regions) == ((), False)
