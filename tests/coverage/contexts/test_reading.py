"""From the profiles of a run to which case covers what."""

from __future__ import annotations

import os
import shutil

import pytest

from pyharness.coverage.contexts.asking import cases_at
from pyharness.coverage.contexts.ranges import to_lines
from pyharness.coverage.contexts.reading import read_contexts
from pyharness.coverage.llvm_profiles import find_profiles
from pyharness.coverage.llvm_report import measure
from pyharness.coverage.llvm_tools import Toolbox
from pyharness.coverage.reading import Measured
from tests.coverage.contexts.many_ways import CASES, Program, build, covered


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return build(tmp_path_factory.mktemp("many_ways"))


@pytest.fixture
def folder(tmp_path, program):
    """Return the folder of a run that has launched the program once for each case, the sixth suite of the run."""
    for number, profile in enumerate(program.profiles):
        shutil.copyfile(profile.path, tmp_path / f"program0-5.{number}-{100 + number}-1_0.profraw")
    return tmp_path


def names(count: int = len(CASES)) -> dict[tuple[int, int], tuple[str, str]]:
    return {(5, number): (f"s::{number}", "") for number in range(count)}


def read(program, folder, cases):
    toolbox = Toolbox(os.environ)
    found = find_profiles(str(folder), {0: [str(program.path)]}, toolbox)
    totals = measure(found.of_objects, [], str(folder), toolbox).coverage
    measured = Measured(totals, [], found)
    return totals, *read_contexts(str(folder), measured, totals, root=str(program.folder), cases=cases, toolbox=toolbox)


def lines_of(program, contexts):
    return {
        (str(program.folder / contexts.files[piece.file].path), line)
        for piece in contexts.pieces
        for line in to_lines(piece.lines)
    }


def test_all_cases_together_cover_exactly_what_the_totals_do(program, folder):
    totals, contexts, problems = read(program, folder, names())
    assert problems == []
    assert lines_of(program, contexts) == covered(totals)
    assert [file.path for file in contexts.files] == ["all.h", "main.cpp", "other.cpp"]
    assert all(file.outside == () for file in contexts.files)
    assert not any(lines.unknown for lines in contexts.cases.values())


def test_static_functions_of_one_name_are_told_apart(program, folder):
    _, contexts, _ = read(program, folder, names())
    in_main = program.folder.joinpath("main.cpp").read_text().splitlines().index("  return x ? 2") + 1
    in_other = program.folder.joinpath("other.cpp").read_text().splitlines().index("  if (x > 3) {") + 1
    of = {f"s::{number}": words for number, words in enumerate(CASES)}
    assert {of[case][0] for case in cases_at(contexts, "main.cpp", (in_main, in_main)).covering} == {"l", "o"}
    assert {of[case] for case in cases_at(contexts, "other.cpp", (in_other, in_other)).covering} == {
        "o 1", "o 7", "o 1 o 2 o 3 l 0 l 0 m 7 m 7"
    }  # fmt: skip


def test_what_no_case_has_covered_is_outside(program, folder):
    _, contexts, _ = read(program, folder, names(1))
    outside = {number: set(to_lines(file.outside)) for number, file in enumerate(contexts.files)}
    assert any(outside.values())
    assert not any(outside[piece.file].intersection(to_lines(piece.lines)) for piece in contexts.pieces)


def test_cases_without_end_or_counts_are_unknown(program, folder):
    cases = names() | {(5, 0): ("s::crashed", "it crashed"), (6, 0): ("s::uncounted", "")}
    _, contexts, problems = read(program, folder, cases)
    assert problems == []
    unknown = {case: lines.unknown for case, lines in contexts.cases.items() if lines.unknown}
    assert unknown == {"s::crashed": "it crashed", "s::uncounted": "nothing was counted for it"}


def test_a_profile_of_a_host_that_cannot_be_read_is_a_problem(program, folder):
    (folder / "host-7.modules").write_text(f"host-7-0.profraw\t{program.path}\n")
    shutil.copyfile(program.profiles[1].path, folder / "host-7-0.profraw")
    shutil.copyfile(program.profiles[1].path, folder / "case-0.4-7-1-0.profraw")
    (folder / "case-0.5-7-2-0.profraw").write_bytes(b"")
    cases = {(0, 4): ("t::good", ""), (0, 5): ("t::bad", "")}
    _, contexts, problems = read(program, folder, cases)
    assert problems == [f"what 1 case covers of '{program.path}' is not known, of the first since its profile is empty"]
    assert contexts.cases["t::bad"].unknown == "its profile is empty"
    assert contexts.cases["t::good"].pieces


def test_counts_of_gcc_are_a_problem(program, folder):
    (folder / "deep").mkdir()
    (folder / "deep" / "a.gcda").write_bytes(b"x")
    _, _, problems = read(program, folder, names())
    assert len(problems) == 1
    assert problems[0].startswith("GCC counts for all cases together: ")
