"""Coverage of programs of all kinds: exact in batches and one by one, and honest about those that die."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour.counted import FOLDER, INCLUDED, build, calls, left_over, suites
from tests.discovery.build_folders import run as run_tool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import CommandLine, Finished

KINDS = ("googletest", "catch2", "doctest", "boost_test", "exit_code")
ALL = 1111
"""What the cases of a program come to."""
LIMIT_S = 300


@pytest.fixture(scope="module")
def clang() -> Path:
    return build("clang++-19")


@pytest.fixture(scope="module")
def gcc() -> Path:
    return build("g++", "googletest", "exit_code", "deaths")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def run(pyharness: CommandLine, project: Path) -> Callable[..., Finished]:
    """Run `pyharness test --coverage` in the project; nothing but reports may be left there."""

    def run_there(*arguments: str | Path, **others: Any) -> Finished:
        result = pyharness.test("--coverage", INCLUDED, *arguments, cwd=project, limit_s=LIMIT_S, **others)
        assert left_over(project) == []
        return result

    return run_there


@pytest.fixture(scope="module")
def meson(clang: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Meson folder: nobody else says of a program that it speaks TAP."""
    source = tmp_path_factory.mktemp("meson")
    tests = (
        f"test('plain', find_program('{clang}/exit_code'))",
        f"test('says so', find_program('{clang}/tap'), protocol: 'tap')",
        f"test('some', find_program('{clang}/googletest'), args: ['--gtest_filter=Counts.Tens'])",
    )
    (source / "meson.build").write_text("\n".join(("project('counts')", *tests)) + "\n")
    run_tool(["meson", "setup", str(source / "build"), str(source)])
    return source / "build"


# ---- counts


@pytest.mark.parametrize("isolation", ["auto", "case"])
@pytest.mark.parametrize("threads", [1, 4])
def test_programs_of_all_kinds_count_each_call_once(run, project, clang, isolation, threads):
    paths = [f"{clang}/googletest::Counts.{name}" for name in ("Ones", "Tens", "Hundreds", "Thousands")]
    paths += [str(clang / name) for name in KINDS[1:]]
    result = run(*paths, f"--test-threads={threads}", f"--isolation={isolation}")
    assert result.code == 0, result
    assert result.one("CoverageFinished")["problems"] == []
    assert calls(project) == {f"counted_by_{name}": ALL for name in KINDS}


@pytest.mark.parametrize("isolation", ["auto", "case"])
def test_programs_of_gcc_count_each_call_once(run, project, gcc, isolation):
    result = run(gcc / "googletest", gcc / "exit_code", f"--isolation={isolation}", "--test-threads=4")
    assert result.code == 0, result
    assert calls(project) == {"counted_by_googletest": ALL + 10_000, "counted_by_exit_code": ALL}


def test_a_selection_counts_what_it_runs(run, project, clang):
    assert run(clang / "googletest", clang / "doctest", "-k", "tens or ones").code == 0
    assert calls(project) == {"counted_by_googletest": 11, "counted_by_doctest": 11}


def test_a_program_among_the_paths_that_a_selection_leaves_out_is_told_with_nothing(run, project, clang):
    assert run(clang / "googletest", clang / "doctest", "-k", "googletest and ones").code == 0
    assert calls(project) == {"counted_by_googletest": 1, "counted_by_doctest": 0}


def test_a_build_folder_of_ctest_counts(run, project, clang):
    """Tests that are found in a program are run together, the others have a launch each."""
    for more in ([], ["--no-fold"]):
        result = run(clang, *more, "--test-threads=2")
        assert result.code == 0, result
        assert calls(project) == {
            "counted_by_googletest": ALL + 10,
            "counted_by_exit_code": ALL,
            "counted_by_catch2": 100,
        }


def test_a_build_folder_of_meson_counts(run, project, meson):
    result = run(meson)
    assert result.code == 0, result
    assert calls(project) == {"counted_by_googletest": 10, "counted_by_exit_code": ALL, "counted_by_tap": ALL}


@pytest.mark.parametrize("isolation", ["auto", "case"])
def test_each_attempt_counts(run, project, clang, tmp_path, isolation):
    words = [f"{clang}/googletest::Flaky.FailsOnce", f"{clang}/googletest::Counts.Ones", f"--isolation={isolation}"]
    result = run(*words, "--retries=2", env={"ATTEMPTS": str(tmp_path)})
    assert (result.code, result.verdicts()["Flaky.FailsOnce"]) == (0, "flaky")
    assert calls(project)["counted_by_googletest"] == 20_001


# ---- deaths


@pytest.mark.parametrize("program", ["deaths", "deaths_in_files"])
def test_crash_safe_counting_counts_what_does_not_crash(run, project, clang, program):
    """Also in a program that cannot keep its counts in files."""
    result = run(clang / program, "--coverage-crash-safe")
    assert result.code == 0, result
    assert calls(project) == {"counted_before_death": 111}


@pytest.mark.parametrize("isolation", ["auto", "case"])
@pytest.mark.parametrize("death", [signal.SIGSEGV, signal.SIGKILL, 0])
def test_crash_safe_counts_of_a_program_hold_up_to_its_death(run, project, clang, death, isolation):
    words = ["--on-crash=continue", "--timeout=2", f"--isolation={isolation}"]
    result = run(clang / "deaths_in_files", "--coverage-crash-safe", *words, env={"DEATH": str(int(death))})
    assert result.code == 1, result
    assert result.one("CoverageFinished")["problems"] == []
    assert calls(project) == {"counted_before_death": 111}


@pytest.mark.parametrize("death", [signal.SIGSEGV, signal.SIGKILL, 0])
def test_what_a_program_had_counted_that_died_is_named(run, project, clang, death):
    words = ["--on-crash=continue", "--timeout=2", "--isolation=case"]
    paths = [clang / "deaths", clang / "doctest"]
    assert run(*paths, *words).code == 0
    good = (project / FOLDER / "coverage.json").read_bytes()
    result = run(*paths, *words, env={"DEATH": str(int(death))})
    assert result.code == 1, result
    event = result.one("CoverageFinished")
    assert event["partial"]
    assert event["problems"] == [
        f"the counts of '{clang}/deaths' in 1 of 3 launches are lost: it came to an end before it wrote a profile"
    ]
    assert (project / FOLDER / "coverage.json").read_bytes() == good
    assert calls(project, "coverage-partial.json") == {"counted_before_death": 101, "counted_by_doctest": ALL}


def test_a_panic_names_what_is_lost(run, project, clang):
    result = run(clang / "deaths", env={"DEATH": "11"})
    assert result.code == 10, result
    assert result.one("CoverageFinished")["partial"]
    assert not (project / FOLDER / "coverage.json").exists()


def test_a_program_of_gcc_that_died_makes_coverage_partial(run, project, gcc):
    result = run(gcc / "deaths", "--on-crash=continue", "--isolation=case", env={"DEATH": "9"})
    assert result.code == 1, result
    (problem,) = result.one("CoverageFinished")["problems"]
    assert problem.startswith("what processes had counted that crashed, hung or were killed is missing")
    assert calls(project, "coverage-partial.json") == {"counted_before_death": 101}


# ---- libraries, and what cases start


def test_a_library_that_a_program_is_linked_with_counts(run, project, clang):
    result = run(clang / "linked")
    assert result.code == 0, result
    assert calls(project) == {"counted_in_shared": 11, "nobody_calls_this": 0}


def test_a_program_and_a_suite_that_share_a_library_add_up(run, project, clang):
    result = run(clang / "linked", suites(clang) / "libsuite.so")
    assert result.code == 0, result
    assert result.one("CoverageFinished")["problems"] == []
    assert calls(project) == {"counted_in_shared": ALL, "nobody_calls_this": 0}


def opening(clang: Path) -> dict[str, Any]:
    return {"env": {"OPENED": str(clang / "libopened.so"), "STARTED": str(clang / "exit_code")}}


def test_what_a_program_opens_and_starts_counts_if_it_is_named(run, project, clang):
    named = [f"--coverage-object={clang}/{name}" for name in ("libopened.so", "exit_code")]
    result = run(clang / "opening", *named, **opening(clang))
    assert result.code == 0, result
    assert calls(project) == {"counted_in_opened": 7, "counted_by_exit_code": ALL}


def test_what_a_program_opens_and_starts_does_not_count_otherwise(run, project, clang):
    result = run(clang / "opening", **opening(clang))
    assert result.code == 0, result
    assert result.one("CoverageFinished")["problems"] == []
    assert calls(project) == {}


def test_an_object_that_nothing_opened_has_no_counts(run, project, clang):
    result = run(clang / "exit_code", f"--coverage-object={clang}/libopened.so")
    assert result.code == 0, result
    assert calls(project) == {"counted_by_exit_code": ALL, "counted_in_opened": 0}


def test_an_object_that_is_not_there_ends_the_run_before_it_begins(run, clang):
    result = run(clang / "exit_code", "--coverage-object=nowhere.so")
    assert result.code == 4, result
    assert "nowhere.so" in result.stderr
