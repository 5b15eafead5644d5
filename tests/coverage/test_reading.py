"""From the folder of a run to coverage: by the tools of both compilers, with what is missing named."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyharness.coverage.llvm_tools import Toolbox
from pyharness.coverage.profile_folder import ProfileFolder
from pyharness.coverage.reading import Objects, measure
from pyharness.coverage.segments import line_hits
from pyharness.errors import CoverageError
from tests.coverage.clang import build, run

if TYPE_CHECKING:
    from pyharness.coverage.model import Coverage

SOURCE = "int main() {\n  return 0;\n}\n"
WITH_ID = "-Wl,--build-id"


@pytest.fixture
def folder(tmp_path: Path) -> ProfileFolder:
    return ProfileFolder(str(tmp_path / "coverage"))


@pytest.fixture(scope="session")
def by_clang(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("by_clang"), "clang_program", SOURCE, WITH_ID)


@pytest.fixture(scope="session")
def by_gcc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by_gcc")
    (folder / "gcc_program.cpp").write_text(SOURCE)
    subprocess.run(["g++", "--coverage", "gcc_program.cpp", "-o", "gcc_program"], cwd=folder, check=True)
    return folder / "gcc_program"


def read(
    folder: ProfileFolder, objects: Objects, tool: str = "auto", *, has_lost_processes: bool = False
) -> tuple[Coverage, list[str]]:
    measured = measure(folder.path, objects, tool, Toolbox(os.environ), root="/", has_lost_processes=has_lost_processes)
    return measured.coverage, measured.problems


def launch(folder: ProfileFolder, program: Path) -> None:
    run(program, **folder.program(str(program), "/"))


def of_programs(folder: ProfileFolder, *others: Path) -> Objects:
    programs = {number: [path] for number, path in folder.programs.items()}
    known = [str(path) for path in others]
    return Objects(list(folder.programs.values()), programs, known, launches=folder.launches)


def hits(coverage: Coverage) -> dict[str, int]:
    """Return how often the second line of each file was executed."""
    return {Path(file.path).name: line_hits(file.segments)[2] for file in coverage.files}


def test_nothing_that_counts_is_an_error(folder: ProfileFolder) -> None:
    for tool in ("auto", "llvm", "gcov"):
        with pytest.raises(CoverageError, match="nothing that was run was built for it"):
            read(folder, Objects(suites=["/bin/sh"], programs={0: ["/bin/sh"]}, others=[]), tool)


def test_when_all_were_killed_it_is_not_said_that_nothing_counts(folder: ProfileFolder) -> None:
    with pytest.raises(CoverageError, match="all processes crashed, hung or were killed before they could, or nothing"):
        read(folder, Objects(suites=["/bin/sh"], programs={}, others=[]), has_lost_processes=True)


def test_both_compilers_count_in_one_run(folder: ProfileFolder, by_clang: Path, by_gcc: Path) -> None:
    for program in (by_clang, by_gcc, by_clang):
        launch(folder, program)
    coverage, problems = read(folder, of_programs(folder))
    assert problems == []
    assert hits(coverage) == {"clang_program.cpp": 2, "gcc_program.cpp": 1}
    assert not coverage.has_regions


@pytest.mark.parametrize(("tool", "file"), [("llvm", "clang_program.cpp"), ("gcov", "gcc_program.cpp")])
def test_only_the_tool_that_was_asked_for_is_used(
    folder: ProfileFolder, by_clang: Path, by_gcc: Path, tool: str, file: str
) -> None:
    launch(folder, by_clang)
    launch(folder, by_gcc)
    coverage, problems = read(folder, of_programs(folder), tool)
    assert (hits(coverage), problems) == ({file: 1}, [])


def test_a_suite_that_did_not_run_is_told_of(folder: ProfileFolder, by_clang: Path) -> None:
    coverage, problems = read(folder, Objects(suites=[str(by_clang)], programs={}, others=[]))
    assert (hits(coverage), problems) == ({"clang_program.cpp": 0}, [])


def test_a_source_that_is_in_no_library_is_told_of(folder: ProfileFolder, by_clang: Path, tmp_path: Path) -> None:
    alone = build(tmp_path, "alone.o", SOURCE, "-c")
    launch(folder, by_clang)
    sources = {str(alone): str(tmp_path / "alone.o.cpp")}
    known = of_programs(folder)._replace(sources=sources, built_for="llvm")
    assert read(folder, known) == read(folder, known, "llvm")
    coverage, problems = read(folder, known)
    assert (hits(coverage), problems) == ({"alone.o.cpp": 0, "clang_program.cpp": 1}, [])
    assert hits(read(folder, known._replace(built_for="gcov"))[0]) == {"clang_program.cpp": 1}


def test_gcc_loses_what_processes_had_counted_that_did_not_end(folder: ProfileFolder, by_gcc: Path) -> None:
    launch(folder, by_gcc)
    _, problems = read(folder, of_programs(folder), has_lost_processes=True)
    assert len(problems) == 1
    assert problems[0].startswith("what processes had counted that crashed, hung or were killed is missing")


def test_a_clang_program_that_was_killed_is_not_blamed_on_gcc(folder: ProfileFolder, by_clang: Path) -> None:
    launch(folder, by_clang)
    folder.program(str(by_clang), "/")  # launched, and nothing was written
    _, problems = read(folder, of_programs(folder), has_lost_processes=True)
    assert problems == [
        f"the counts of '{by_clang}' in 1 of 2 launches are lost: it came to an end before it wrote a profile"
    ]


def test_problems_of_both_are_told(folder: ProfileFolder, by_clang: Path, by_gcc: Path) -> None:
    launch(folder, by_gcc)
    folder.program(str(by_clang), "/")
    _, problems = read(folder, of_programs(folder), has_lost_processes=True)
    assert [by_clang.name in problem for problem in problems] == [True, False]


def test_a_folder_can_be_read_twice(folder: ProfileFolder, by_clang: Path, by_gcc: Path) -> None:
    launch(folder, by_clang)
    launch(folder, by_gcc)
    assert read(folder, of_programs(folder)) == read(folder, of_programs(folder))
