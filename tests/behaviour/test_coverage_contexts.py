"""Which case covers which lines, from real runs; and the cases that a change in a real repository affects."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.coverage.contexts.repository import begin, commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import CommandLine, Finished

LIMIT_S = 300
CLANG = {"CC": "clang-19", "CXX": "clang++-19"}
INSTRUMENTED = ("-fprofile-instr-generate", "-fcoverage-mapping", "-Wl,--build-id")

LIBRARY = """\
#include "sums.h"
static int digits(int value) {
  int sum = 0;
  while (value > 0) {
    sum += value % 10;
    value /= 10;
  }
  return sum;
}
int checksum(int value) {
  if (value < 0) {
    return -digits(-value);
  }
  return digits(value);
}
int squared(int value) {
  return value * value;
}
"""
HEADER = "int checksum(int value);\nint squared(int value);\n"
TESTS = """\
#include <gtest/gtest.h>
#include <cstdlib>
#include "sums.h"
TEST(Checksum, Positive) { EXPECT_EQ(checksum(123), 6); }
TEST(Checksum, Negative) { EXPECT_EQ(checksum(-12), -3); }
TEST(Squared, Three) { EXPECT_EQ(squared(3), 9); }
"""
CRASHING = "TEST(Crashing, Now) { squared(1); std::abort(); }\n"
BUILD = "clang++-19 -std=c++17 -g {flags} sums.cpp sums_test.cpp -o sums_test -lgtest -lgtest_main -pthread"
POSITIVE, NEGATIVE, SQUARED = (
    f"sums_test::{name}" for name in ("Checksum.Positive", "Checksum.Negative", "Squared.Three")
)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a repository with a program of GoogleTest that counts, and a copy of it beside it."""
    folder = tmp_path_factory.mktemp("contexts") / "project"
    begin(
        folder, {"sums.cpp": LIBRARY, "sums.h": HEADER, "sums_test.cpp": TESTS, ".gitignore": "sums_test\n.pyharness\n"}
    )
    build(folder)
    shutil.copytree(folder, folder.with_name("copy"))
    return folder


@pytest.fixture
def project(built: Path) -> Path:
    """Return the repository as it was: at the same place, which the program has in it."""
    shutil.rmtree(built)
    shutil.copytree(built.with_name("copy"), built)
    return built


def build(folder: Path, flags: tuple[str, ...] = INSTRUMENTED) -> None:
    subprocess.run(BUILD.format(flags=" ".join(flags)).split(), cwd=folder, check=True)


@pytest.fixture
def run(pyharness: CommandLine, project: Path) -> Callable[..., Finished]:
    def run_there(*arguments: str, **others: Any) -> Finished:
        return pyharness.test(*arguments, cwd=project, limit_s=LIMIT_S, **others)

    return run_there


@pytest.fixture
def recorded(run) -> None:
    result = run("--coverage-contexts", "sums_test")
    assert result.code == 0, result


@contextlib.contextmanager
def opened(project: Path, name: str = "contexts.sqlite") -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(project / ".pyharness" / "coverage" / name)) as database:
        yield database


def asked(project: Path, query: str, name: str = "contexts.sqlite") -> list[Any]:
    with opened(project, name) as database:
        return database.execute(query).fetchall()


def cases_of(pyharness: CommandLine, project: Path, place: str, *more: str) -> list[str]:
    result = pyharness("coverage", "cases", place, *more, cwd=project)
    assert result.code == 0, result
    return result.stdout.splitlines()


def listed(run, *arguments: str) -> list[str]:
    result = run("--list", *arguments, "sums_test")
    assert result.code == 0, result
    return result.stdout.splitlines()


def counts(result: Finished) -> dict[str, int]:
    return result.one("RunFinished")["counts"]


def change(project: Path, before: str, now: str, file: str = "sums.cpp") -> None:
    text = (project / file).read_text()
    assert before in text
    (project / file).write_text(text.replace(before, now))


# ---- which case covers what


@pytest.mark.usefixtures("recorded")
def test_cases_are_told_by_lines(project, pyharness):
    assert cases_of(pyharness, project, "sums.cpp:5") == [NEGATIVE, POSITIVE]
    assert cases_of(pyharness, project, "sums.cpp:12") == [NEGATIVE]
    assert cases_of(pyharness, project, "./sums.cpp:10-17") == [NEGATIVE, POSITIVE, SQUARED]
    assert cases_of(pyharness, project, "sums_test.cpp:6") == [SQUARED]
    assert cases_of(pyharness, project, "sums.cpp") == [NEGATIVE, POSITIVE, SQUARED]


@pytest.mark.usefixtures("recorded")
def test_what_cannot_be_asked_is_told(project, pyharness):
    for place, code, said in (
        ("sums.cpp:1", 5, "nothing can be executed at 'sums.cpp:1'"),
        ("sums.cpp:99", 5, "nothing can be executed at 'sums.cpp:99'; the last line that can is 18"),
        ("none.cpp:1", 4, "no case has been measured with 'none.cpp'"),
        ("sums.cpp:3-1", 4, "no lines 3 to 1 in 'sums.cpp:3-1'"),
    ):
        result = pyharness("coverage", "cases", place, cwd=project)
        assert (result.code, said in result.stderr) == (code, True), result
    result = pyharness("coverage", "cases", "sums.cpp", "--from", "none", cwd=project)
    assert result.code == 4, result
    assert "no file 'none' says which case covers what" in result.stderr


@pytest.mark.usefixtures("recorded")
def test_lines_of_all_cases_are_those_of_the_totals(project, pyharness):
    result = pyharness("coverage", "export", "--format", "lcov", cwd=project)
    file, totals = "", set()
    for line in result.stdout.splitlines():
        if line.startswith("SF:"):
            file = line.rpartition("/")[2]
        elif line.startswith("DA:") and not line.endswith(",0"):
            totals.add((file, int(line.removeprefix("DA:").partition(",")[0])))
    ranges = asked(project, "SELECT path, first, last FROM covered")
    assert {(path, line) for path, first, last in ranges for line in range(first, last + 1)} == totals
    assert asked(project, "SELECT * FROM outside") == []


def test_a_selection_replaces_its_cases_and_keeps_the_others(project, run, pyharness):
    assert run("--coverage-contexts", "-k", "Checksum", "sums_test").code == 0
    assert cases_of(pyharness, project, "sums.cpp") == [NEGATIVE, POSITIVE]
    assert run("--coverage-contexts", "-k", "Squared", "sums_test").code == 0
    assert cases_of(pyharness, project, "sums.cpp") == [NEGATIVE, POSITIVE, SQUARED]


def test_shards_go_together(project, run, pyharness):
    for number in "123":
        assert run("--coverage-contexts", f"--shard={number}/3", f"--coverage-folder={number}", "sums_test").code == 0
    given = [word for number in "123" for word in ("--from", f"{number}/contexts.sqlite")]
    assert cases_of(pyharness, project, "sums.cpp", *given) == [NEGATIVE, POSITIVE, SQUARED]


@pytest.mark.usefixtures("recorded")
def test_a_case_that_crashes_is_not_known_and_an_earlier_file_stays(project, run, pyharness):
    commit(project, {"sums_test.cpp": TESTS + CRASHING})
    build(project)
    unknown = "SELECT name, unknown FROM test_case WHERE unknown IS NOT NULL"
    crashed = ("sums_test::Crashing.Now", "it crashed")
    result = run("--coverage-contexts", "sums_test")
    assert result.code == 10, result
    assert asked(project, "SELECT count(*) FROM test_case") == [(3,)]
    assert crashed in asked(project, unknown, "contexts-partial.sqlite")
    result = run("--coverage-contexts", "--coverage-allow-partial", "--on-crash=continue", "sums_test")
    assert result.code == 1, result
    assert asked(project, unknown) == [crashed]
    assert cases_of(pyharness, project, "sums.cpp") == [NEGATIVE, POSITIVE, SQUARED]
    result = pyharness("coverage", "cases", "sums.cpp:16", cwd=project)
    assert "of one more case it is not known what it covers: sums_test::Crashing.Now" in result.stderr
    result = pyharness("coverage", "cases", "sums_test.cpp:7", cwd=project)
    assert result.code == 5, result
    not_known = "of one case it is not known what it covers: sums_test::Crashing.Now"
    assert f"no case covers 'sums_test.cpp:7'; {not_known}" in result.stderr


def test_what_gcc_has_built_is_refused(project, run):
    (project / "own.test.cpp").write_text('#include <pyharness/test.hpp>\nTEST("one") {}\n')
    result = run("--coverage-contexts", "own.test.cpp", env={"CC": "gcc", "CXX": "g++"})
    assert result.code == 4, result
    assert "'--coverage-contexts' needs clang" in result.stderr


def test_counts_of_gcc_make_it_partial(project, run):
    subprocess.run(BUILD.replace("clang++-19", "g++").format(flags="--coverage").split(), cwd=project, check=True)
    result = run("--coverage-contexts", "sums_test")
    assert result.code == 12, result
    assert "GCC counts for all cases together" in result.stdout
    assert not (project / ".pyharness" / "coverage" / "contexts.sqlite").exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--coverage-contexts", "--coverage-tool=gcov"), "'--coverage-contexts' needs LLVM's tools"),
        (("--coverage-contexts", "--coverage-crash-safe"), "'--coverage-contexts' begins each case with no counts"),
        (("--affected-from=x",), "'--affected-from' says what '--affected-by' reads"),
    ],
)
def test_flags_that_exclude_each_other_are_refused(run, flags, said):
    result = run(*flags, "sums_test")
    assert result.code == 4, result
    assert said in result.stderr


# ---- what a change affects


@pytest.mark.usefixtures("recorded")
def test_only_the_cases_run_that_a_change_affects(project, run):
    change(project, "return -digits", "return 0 - digits")
    build(project)
    result = run("--affected-by=HEAD", "sums_test")
    assert (result.code, counts(result)) == (0, {"passed": 1}), result
    commit(project, {})
    assert listed(run, "--affected-by=HEAD~1") == [NEGATIVE]


@pytest.mark.usefixtures("recorded")
def test_what_is_chosen_otherwise_holds_too(project, run):
    change(project, "sum += value % 10;", "sum += value % 10 + 0;")
    assert listed(run, "--affected-by=HEAD") == [POSITIVE, NEGATIVE]
    assert listed(run, "--affected-by=HEAD", "-k", "Negative or Squared") == [NEGATIVE]
    assert listed(run, "--affected-by=HEAD", "--shard=1/2") == [POSITIVE]
    assert listed(run, "--affected-by=HEAD", "--shard=2/2") == [NEGATIVE]


@pytest.mark.usefixtures("recorded")
def test_nothing_affected_is_nothing_selected(run):
    for arguments in ((), ("--list",)):
        result = run("--affected-by=HEAD", *arguments, "sums_test")
        assert result.code == 5, result
        assert (
            "what has changed since 'HEAD' affects none of 3 selected cases: there is nothing to run" in result.stderr
        )


@pytest.mark.usefixtures("recorded")
def test_a_case_that_is_new_runs(project, run):
    commit(project, {"sums_test.cpp": TESTS + "TEST(New, One) {}\n"})
    build(project)
    assert listed(run, "--affected-by=HEAD") == ["sums_test::New.One"]
    result = run("--affected-by=HEAD", "sums_test")
    assert "what 1 selected case executes is not known; what is not known runs" in result.stdout


@pytest.mark.usefixtures("recorded")
def test_what_nobody_can_be_found_for_is_said(project, run):
    change(project, "int squared", "// squared\nint squared", "sums.h")
    change(project, "return value * value;", "return value * value * 1;")
    result = run("--affected-by=HEAD", "sums_test")
    assert counts(result) == {"passed": 1}, result
    assert "changed, and in no case's coverage: 'sums.h'; who needs it is not known" in result.stdout


@pytest.mark.usefixtures("project")
def test_what_it_needs_is_told(run, tmp_path):
    for arguments, said in (
        (("--affected-by=HEAD",), "no file '.pyharness/coverage/contexts.sqlite' says which case covers what"),
        (("--affected-by=HEAD", "--affected-from=sums.cpp"), "'sums.cpp' is no contexts file"),
    ):
        result = run(*arguments, "sums_test")
        assert (result.code, said in result.stderr) == (4, True), result
    assert run("--coverage-contexts", "sums_test").code == 0
    result = run("--affected-by=none", "sums_test")
    assert result.code == 4, result
    assert "git knows no commit 'none'" in result.stderr
    result = run("--affected-by=HEAD", "sums_test", env={"PATH": str(tmp_path)})
    assert result.code == 4, result
    assert "'--affected-by' asks git, which does not start" in result.stderr


# ---- cases of hosts

OWN_TESTS = """\
#include <pyharness/test.hpp>
#include "sums.h"
TEST("positive") { CHECK(checksum(123) == 6); }
TEST("negative") { CHECK(checksum(-12) == -3); }
TEST("squared", isolation::thread) { CHECK(squared(3) == 9); }
"""


@pytest.fixture
def with_sources(project: Path) -> None:
    commit(project, {"own.test.cpp": OWN_TESTS, "pyharness.toml": '[build]\nsources = ["sums.cpp"]\n'})


@pytest.mark.usefixtures("with_sources")
@pytest.mark.parametrize("isolation", ["auto", "thread", "case"])
def test_cases_of_suites_are_told_by_lines(project, pyharness, run, isolation):
    result = run("--coverage-contexts", f"--isolation={isolation}", "own.test.cpp", env=CLANG)
    assert result.code == 0, result
    positive, negative, squared = (f"own.test.cpp::{name}" for name in ("positive", "negative", "squared"))
    assert cases_of(pyharness, project, "sums.cpp:5") == [negative, positive]
    assert cases_of(pyharness, project, "sums.cpp:12") == [negative]
    assert cases_of(pyharness, project, "sums.cpp:17") == [squared]
    change(project, "return value * value;", "return value * value * 1;")
    result = run("--affected-by=HEAD", "own.test.cpp", env=CLANG)
    assert counts(result) == {"passed": 1}, result


def test_what_changed_since_it_was_compiled_affects_all_cases_of_its_file(project, run):
    assert run("--coverage-contexts", "sums_test").code == 0
    (project / "sums.cpp").write_text("// shifted\n" * 9 + (project / "sums.cpp").read_text())
    subprocess.run(["git", "commit", "-qam", "shifted"], cwd=project, check=True)
    assert run("--coverage-contexts", "sums_test").code == 0
    change(project, "return value * value;", "return value * value * 1;")
    result = run("--affected-by=HEAD", "sums_test")
    assert counts(result) == {"passed": 3}, result
