"""The JSON of llvm-cov: what its tools write is read, and what is written can be read back by anyone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from pyharness.coverage.llvm_export import TYPE, read_export, write_export
from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Region, Segment
from tests.coverage.clang import build, export, merge, run
from tests.coverage.coverages import coverages

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """\
#include "macros.hpp"
#define TWICE(x) ((x) > 0 ? (x) + (x) : (x))
template <class T> T larger(T a, T b) {
  if (a > b)
    return a;
  return b;
}
DEFINED(made) { return n; }
static int never(int n) { while (true) { if (n++ > 3) break; } return n; }
int main(int one, char**) {
  while (true) { if (TWICE(one) && TWICE(one - 1)) break; break; }
  CHECK(larger(1, 2) > 1);
  CHECK(larger(2.0, 1.0) > 1.0);
  return ANSWER(made(1)) > 99 ? never(1) : 0;
}
"""
MACROS = """\
#define CHECK(x) do { if (!(x)) __builtin_trap(); } while (0)
#define DEFINED(name) int name(int n)
#define ANSWER(x) (x)
inline int unused(int n) { return n ? 1 : 2; }
"""


class Real:
    """A program's export, as JSON and as lcov."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "macros.hpp").write_text(MACROS)
        program = build(folder, "program", SOURCE)
        run(program, LLVM_PROFILE_FILE=f"{program}.profraw")
        merged = merge(program.with_suffix(".profraw"))
        self.json = export(program, merged)
        self.lcov = export(program, merged, "--format=lcov")
        self.coverage = read_export(self.json.encode())

    def file(self, name: str) -> FileCoverage:
        return next(file for file in self.coverage.files if file.path == str(self.folder / name))

    def function(self, name: str) -> Function:
        return next(function for file in self.coverage.files for function in file.functions if function.name == name)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    return Real(tmp_path_factory.mktemp("export"))


def test_files_are_named_by_path(real: Real) -> None:
    assert [file.path for file in real.coverage.files] == [
        str(real.folder / "macros.hpp"),
        str(real.folder / "program.cpp"),
    ]
    assert real.coverage.has_regions


def test_functions_have_the_lines_and_hits_of_lcov(real: Real) -> None:
    lines = {name: int(line) for line, name in lcov_entries(real.lcov, "FN")}
    hits = {name: int(count) for count, name in lcov_entries(real.lcov, "FNDA")}
    functions = [function for file in real.coverage.files for function in file.functions]
    assert {function.name: function.hits for function in functions} == hits
    assert {function.name: function.line for function in functions} == lines


def lcov_entries(text: str, word: str) -> list[list[str]]:
    return [line.split(":", 1)[1].split(",", 1) for line in text.splitlines() if line.startswith(f"{word}:")]


def test_a_function_that_a_macro_begins_is_in_the_file_where_it_is_written(real: Real) -> None:
    assert [function.name for function in real.file("macros.hpp").functions] == ["_Z6unusedi"]
    assert real.function("_Z4madei") == Function("_Z4madei", 8, 1, (Region(8, 15, 8, 28, 1),))


def test_regions_are_those_of_the_file(real: Real) -> None:
    main = real.function("main")
    assert main.regions[0][:4] == (2, 18, 2, 45)
    assert {region.line for region in main.regions} <= {2, *range(10, 15)}
    assert len({region[:4] for region in main.regions}) == len(main.regions)


def test_instances_of_a_template_share_its_branches(real: Real) -> None:
    assert [branch for branch in real.file("program.cpp").branches if branch.line == 4] == [Branch(4, 7, 4, 12, 1, 1)]


def test_branches_of_macros_are_where_they_are_written(real: Real) -> None:
    assert Branch(2, 19, 2, 26, 1, 1) in real.file("program.cpp").branches
    assert real.file("macros.hpp").branches[0] == Branch(1, 27, 1, 31, 0, 2)


def test_what_the_compiler_has_decided_is_no_branch(real: Real) -> None:
    decided = [[9, 34, 9, 38], [11, 10, 11, 14]]
    exported = json.loads(real.json)["data"][0]["files"][1]["branches"]
    assert sorted(branch[:4] for branch in exported if branch[:4] in decided) == decided
    assert [branch for branch in real.file("program.cpp").branches if list(branch[:4]) in decided] == []


def test_a_real_export_is_the_same_after_it_was_written(real: Real) -> None:
    assert read_export(write_export(real.coverage)) == real.coverage


def test_other_readers_find_the_line_of_a_function_in_its_first_region(real: Real) -> None:
    functions = json.loads(write_export(real.coverage))["data"][0]["functions"]
    first = {function["name"]: function["regions"][0][0] for function in functions}
    assert first == {name: int(line) for line, name in lcov_entries(real.lcov, "FN")}


@given(coverages)
def test_what_is_written_is_read_back(coverage: Coverage) -> None:
    assert read_export(write_export(coverage)) == coverage


def test_whatever_other_readers_need_is_written(real: Real) -> None:
    ours, theirs = json.loads(write_export(real.coverage)), json.loads(real.json)
    assert missing(theirs, ours) == []
    assert ours["version"] == theirs["version"]
    assert ours["type"] == theirs["type"] == TYPE


def missing(expected: Any, written: Any, place: str = "") -> list[str]:
    """Name the keys of the one that the other has not, and entries of another length."""
    if isinstance(expected, dict):
        return [
            f"{place}.{key}"
            for key in expected
            if key not in written or missing(expected[key], written[key], f"{place}.{key}")
        ]
    if isinstance(expected, list) and expected and written:
        if isinstance(expected[0], int):
            return [] if len(expected) == len(written) else [place]
        return missing(expected[0], written[0], f"{place}[]")
    return []


def test_functions_are_summed_up_as_llvm_does(real: Real) -> None:
    ours, theirs = (json.loads(text)["data"][0]["totals"] for text in (write_export(real.coverage), real.json))
    for kind in ("functions", "instantiations", "mcdc"):
        assert ours[kind] == pytest.approx(theirs[kind]), kind


def test_ways_that_make_no_pair_survive() -> None:
    branches = (Branch(1, 1, 1, 2, 3, None), Branch(1, 1, 1, 2, 0, None), Branch(2, 1, 2, 2, 3, 0))
    function = Function("main", 7, 3)
    file = FileCoverage(path="/a.c", segments=(), functions=(function,), branches=branches)
    coverage = Coverage(files=(file,), has_regions=False)
    content = json.loads(write_export(coverage))
    assert content["data"][0]["files"][0]["branches"][0] == [1, 1, 1, 2, 3, 0, 0, 0, 4]
    assert content["data"][0]["functions"][0]["regions"] == [[7, 1, 7, 1, 3, 0, 0, 0]]
    assert read_export(write_export(coverage)) == coverage


def test_a_path_that_is_no_utf8_is_written_with_replacements() -> None:
    coverage = Coverage(files=(FileCoverage(path="/a\udcff.c", segments=()),))
    assert read_export(write_export(coverage)).files[0].path == "/a\ufffd.c"


def minimal(**changes: object) -> bytes:
    return json.dumps({"type": TYPE, "version": "2.0.1", "data": [{"files": []}], **changes}).encode()


def file(name: str, **others: object) -> dict[str, object]:
    return {"filename": name, "segments": [], **others}


@pytest.mark.parametrize("version", ["2.0.0", "2.0.1", "3.0.0", "3.1.4"])
def test_known_versions_are_read(version: str) -> None:
    assert read_export(minimal(version=version)) == Coverage(files=())


def test_a_segment_of_version_2_0_0_says_nothing_of_gaps() -> None:
    content = minimal(data=[{"files": [file("/a.c", segments=[[1, 2, 3, True, True]])]}])
    assert read_export(content).files[0].segments == (Segment(1, 2, 3, True, True),)


def test_an_export_without_functions_has_the_branches_of_its_files() -> None:
    content = minimal(data=[{"files": [file("/a.c", branches=[[1, 2, 1, 5, 3, 4, 0, 0, 4]])]}])
    assert read_export(content).files[0].branches == (Branch(1, 2, 1, 5, 3, 4),)


def test_a_relative_path_is_one_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_export(minimal(data=[{"files": [file("src/a.c")]}])).files[0].path == f"{tmp_path}/src/a.c"


def test_several_exports_in_one_are_added() -> None:
    segments = [[1, 2, 3, True, True, False], [2, 2, 0, False, False, False]]
    content = minimal(data=[{"files": [file("/a.c", segments=segments)]}] * 2)
    assert read_export(content).files[0].segments[0].hits == 6


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (minimal(version="4.0.0"), "its version is 4.0.0, and only 2.x and 3.x are known"),
        (minimal(type="other"), f"its type is 'other', not '{TYPE}'"),
        (b"{}", "Object missing required field `type`"),
        (b"[1", "Expected `object`, got `array`"),
        (b"", "Input data was truncated"),
        (minimal(data=[{"files": [file("/a.c", segments=[[1, 2]])]}]), "Expected `array` of length 5 to 6"),
        (
            minimal(data=[{"files": [], "functions": [{"name": "f", "count": 1, "filenames": [], "regions": []}]}]),
            "it speaks of a file that it does not name",
        ),
    ],
    ids=["version", "type", "no type", "no object", "empty", "short segment", "no file"],
)
def test_anything_else_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match="^" + reason.replace("[", r"\[")):
        read_export(content)
