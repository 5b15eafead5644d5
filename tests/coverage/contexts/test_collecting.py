"""Which lines a case covers: what LLVM's tools tell of its profile alone, found with few calls of them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from pyharness.coverage.contexts.collecting import CaseProfile, Collected, collect
from pyharness.coverage.llvm_tools import Toolbox
from pyharness.errors import CoverageError
from tests.coverage.contexts.many_ways import CASES, Program, build, covered, executable, flat, measured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return build(tmp_path_factory.mktemp("many_ways"))


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def collected(program: Program, profiles: Sequence[CaseProfile], work: Path) -> Collected:
    return collect(str(program.path), profiles, str(work), Toolbox(os.environ))


@pytest.fixture(scope="session")
def all_cases(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Collected:
    return collected(program, program.profiles, tmp_path_factory.mktemp("work"))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[words or "nothing" for words in CASES])
def test_a_case_covers_what_llvm_tells_of_its_profile_alone(program, all_cases, number):
    alone = measured(program, program.profiles[number : number + 1])
    assert flat(all_cases.lines[0, number]) & executable(alone) == covered(alone)


def test_all_cases_together_cover_what_the_totals_do(program, all_cases):
    totals = measured(program, program.profiles)
    union = set().union(*(flat(lines) for lines in all_cases.lines.values()))
    assert union & executable(totals) == covered(totals)
    assert {path for path, _ in union} == {str(program.folder / name) for name in ("all.h", "main.cpp", "other.cpp")}


def test_there_are_far_fewer_exports_than_cases(all_cases):
    assert all_cases.exports <= len(CASES) / 4


def test_several_profiles_of_a_case_go_together(program, work):
    one, other = program.profiles[16], program.profiles[17]
    both = collected(program, [one, other._replace(case=one.case)], work)
    apart = collected(program, [one, other], work)
    assert both.lines[one.case] == apart.lines[one.case] | apart.lines[other.case]


def test_equal_profiles_are_read_once(program, work):
    first = program.profiles[0]
    copy = work / "copy.profraw"
    shutil.copyfile(first.path, copy)
    found = collected(program, [first, CaseProfile((5, 5), str(copy))], work)
    assert found.lines[first.case] == found.lines[5, 5]
    assert found.exports == 1


@pytest.mark.parametrize("content", [b"", b"no profile at all"], ids=["empty", "damaged"])
def test_a_profile_that_cannot_be_read_makes_its_case_unknown(program, work, content):
    bad = work / "bad.profraw"
    bad.write_bytes(content)
    found = collected(program, [program.profiles[0], CaseProfile((0, 99), str(bad))], work)
    assert list(found.unreadable) == [(0, 99)]
    assert (0, 99) not in found.lines
    assert found.lines[0, 0]


def test_a_profile_that_is_gone_makes_its_case_unknown(program, work):
    found = collected(program, [program.profiles[0], CaseProfile((0, 99), str(work / "gone"))], work)
    assert list(found.unreadable) == [(0, 99)]


def test_nothing_is_left_in_the_folder(program, work):
    collected(program, program.profiles[:3], work)
    assert list(work.iterdir()) == []


def test_an_object_without_lines_is_an_error(program, work, tmp_path):
    plain = tmp_path / "plain"
    shutil.copyfile("/bin/true", plain)
    with pytest.raises(CoverageError):
        collect(str(plain), program.profiles[:2], str(work), Toolbox(os.environ))
