"""What stands in the way of coverage: forks, deaths, interrupts, full disks, odd paths, and runs beside each other."""

from __future__ import annotations

import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour.counted import FLAGS, FOLDER, INCLUDED, build, calls, left_over, suites
from tests.conftest import REPOSITORY, SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import CommandLine, Finished

LIMIT_S = 300
IN_SILENCE = "what it has counted is lost, and nothing says so"
ODD = "ä, b 'c' \"d\" [e] $f;"


@pytest.fixture(scope="module")
def built() -> Path:
    return build("clang++-19")


@pytest.fixture(scope="module")
def gcc() -> Path:
    return build("g++", "exit_code", "forks", "faults", "opened", "whole", "stripped", "collected")


@pytest.fixture
def faults(built: Path) -> Path:
    return suites(built) / "libfaults.so"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def run(pyharness: CommandLine, project: Path, temporary: Path) -> Callable[..., Finished]:
    """Run `pyharness test --coverage` in the project; no profile may be left anywhere."""

    def run_there(*arguments: str | Path, **others: Any) -> Finished:
        env = {"TMPDIR": str(temporary), **others.pop("env", {})}
        result = pyharness.test("--coverage", INCLUDED, *arguments, cwd=project, limit_s=LIMIT_S, env=env, **others)
        assert left_over(project) == []
        assert list(temporary.iterdir()) == []
        return result

    return run_there


def good_report(run: Callable[..., Finished], project: Path, faults: Path) -> bytes:
    """Return a whole report of one case, which those of later runs must not replace."""
    assert run(f"{faults}::plain").code == 0
    return (project / FOLDER / "coverage.json").read_bytes()


# ---- processes of cases


@pytest.mark.parametrize("compiler", ["clang", "gcc"])
@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_a_child_that_exits_counts_once(run, project, built, gcc, compiler, isolation):
    library = suites(built if compiler == "clang" else gcc) / "libfaults.so"
    result = run(f"{library}::plain", f"{library}::forks and exits", f"--isolation={isolation}", "--test-threads=1")
    assert result.code == 0, result
    assert result.one("CoverageFinished")["problems"] == []
    assert calls(project) == {"counted_in_faults": 1111}


@pytest.mark.parametrize(
    "compiler", ["clang", pytest.param("gcc", marks=pytest.mark.xfail(strict=True, reason=IN_SILENCE))]
)
@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_a_child_that_leaves_at_once_makes_coverage_partial(run, project, built, gcc, compiler, isolation):
    library = suites(built if compiler == "clang" else gcc) / "libfaults.so"
    result = run(f"{library}::plain", f"{library}::forks and leaves", f"--isolation={isolation}", "--test-threads=1")
    assert result.code == 12, result
    (problem,) = result.one("CoverageFinished")["problems"]
    assert str(library) in problem
    assert calls(project, "coverage-partial.json") == {"counted_in_faults": 11}


@pytest.mark.parametrize(
    "compiler",
    [
        pytest.param("clang", marks=pytest.mark.xfail(strict=True, reason="the child has its parent's counts, too")),
        "gcc",
    ],
)
def test_a_child_of_a_program_counts_once(run, project, built, gcc, compiler):
    result = run((built if compiler == "clang" else gcc) / "forks")
    assert result.code == 0, result
    assert calls(project) == {"counted_around_fork": 1110}


@pytest.mark.xfail(strict=True, reason=IN_SILENCE)
@pytest.mark.parametrize("compiler", ["clang", "gcc"])
def test_a_child_of_a_program_that_leaves_at_once_makes_coverage_partial(run, built, gcc, compiler):
    result = run((built if compiler == "clang" else gcc) / "forks", env={"LEAVES": "1"})
    assert result.code == 12, result


def test_a_launch_that_was_killed_is_named_though_another_one_has_forked(run, built, tmp_path):
    words = ["--on-crash=continue", "--retries=1"]
    result = run(built / "forks", *words, env={"DIES": str(tmp_path / "died")})
    assert result.verdicts() == {"forks": "flaky"}
    assert result.one("CoverageFinished")["problems"] == [
        f"the counts of '{built}/forks' in 1 of 2 launches are lost: it came to an end before it wrote a profile"
    ]


@pytest.mark.parametrize("isolation", ["thread", "case"])
def test_a_child_that_becomes_another_program_loses_what_it_had_counted_before(run, project, built, faults, isolation):
    """It is the few lines between fork() and exec(): they are named, and the program itself counts."""
    started = str(built / "exit_code")
    words = [f"--coverage-object={started}", f"--isolation={isolation}"]
    result = run(f"{faults}::forks and starts", *words, env={"STARTED": started})
    assert result.code == 12, result
    (problem,) = result.one("CoverageFinished")["problems"]
    assert problem.startswith(f"the counts of '{faults}' in 1 process that a case has forked is lost: ")
    assert calls(project, "coverage-partial.json") == {"counted_in_faults": 0, "counted_by_exit_code": 1111}


@pytest.mark.parametrize(
    ("case", "isolation"),
    [
        ("opens", "thread"),
        ("opens", "case"),
        ("opens and closes", "thread"),
        ("opens and closes", "case"),
    ],
)
def test_a_library_that_a_case_opens_counts_if_it_is_named(run, project, built, faults, case, isolation):
    opened = built / "libopened.so"
    words = [f"--coverage-object={opened}", f"--isolation={isolation}"]
    result = run(f"{faults}::{case}", *words, env={"OPENED": str(opened)})
    assert result.code == 0, result
    assert calls(project) == {"counted_in_faults": 0, "counted_in_opened": 7}


# ---- ends before the end


@pytest.mark.parametrize("compiler", ["clang", "gcc"])
@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_a_case_that_hangs_makes_coverage_partial(run, project, faults, gcc, compiler, isolation):
    good = good_report(run, project, faults)
    library = faults if compiler == "clang" else suites(gcc) / "libfaults.so"
    result = run(f"{library}::plain", f"{library}::hangs", "--timeout=1", f"--isolation={isolation}")
    assert result.code == 1, result
    event = result.one("CoverageFinished")
    assert event["partial"]
    assert any("hung or were killed" in one or "lost" in one for one in event["problems"])
    assert (project / FOLDER / "coverage.json").read_bytes() == good


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_crash_safe_counts_hold_up_to_a_timeout(run, project, built, isolation):
    library = suites(built) / "libfaults_in_files.so"
    words = ["--timeout=1", "--coverage-crash-safe", f"--isolation={isolation}"]
    result = run(f"{library}::plain", f"{library}::hangs", *words)
    assert result.code == 1, result
    assert result.one("CoverageFinished")["problems"] == []
    assert calls(project) == {"counted_in_faults": 11}


@pytest.mark.parametrize("isolation", ["thread", "case"])
def test_crash_safe_counting_of_a_library_that_cannot_is_exact_or_named(run, project, faults, isolation):
    result = run(f"{faults}::plain", f"{faults}::forks and exits", "--coverage-crash-safe", f"--isolation={isolation}")
    if result.one("CoverageFinished")["problems"]:
        assert result.code == 12, result
    else:
        assert result.code == 0, result
        assert calls(project) == {"counted_in_faults": 1111}


def test_an_interrupt_leaves_earlier_reports_and_ends_with_its_code(run, pyharness, project, faults):
    good = good_report(run, project, faults)
    started = pyharness.start("test", "--coverage", INCLUDED, f"{faults}::hangs", f"{faults}::plain", cwd=project)
    started.until_running(1)
    started.send(signal.SIGINT)
    result = started.finish()
    assert (result.code, result.left_behind) == (2, []), result
    event = result.one("CoverageFinished")
    assert event["partial"]
    assert any("SIGINT" in problem for problem in event["problems"])
    assert (project / FOLDER / "coverage.json").read_bytes() == good
    assert left_over(project) == []


def test_an_interrupt_while_profiles_are_read_ends_the_tool_that_reads_them(run, pyharness, project, faults):
    good = good_report(run, project, faults)
    tool = project / "llvm-profdata"
    tool.write_text(f"#!/bin/sh\n: > {project}/reading\nexec sleep 1000\n")
    tool.chmod(0o755)
    tools = {"LLVM_PROFDATA": str(tool), "LLVM_COV": "llvm-cov-19"}
    started = pyharness.start("test", "--coverage", INCLUDED, f"{faults}::plain", cwd=project, env=tools)
    started.until((project / "reading").exists)
    started.send(signal.SIGINT)
    result = started.finish()
    assert (result.code, result.left_behind) == (2, []), result
    assert any("interrupted" in problem for problem in result.one("CoverageFinished")["problems"])
    assert (project / FOLDER / "coverage.json").read_bytes() == good
    assert left_over(project) == []


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [(["--fail-fast"], 1, "--max-fail"), (["--global-timeout=2"], 1, "--global-timeout")],
    ids=["fail-fast", "global-timeout"],
)
def test_a_run_that_ends_early_leaves_earlier_reports(run, project, faults, words, code, why):
    good = good_report(run, project, faults)
    cases = [f"{faults}::fails", f"{faults}::hangs"] if "fast" in words[0] else [f"{faults}::hangs"]
    result = run(*cases, f"{faults}::plain", *words, "--test-threads=1")
    assert result.code == code, result
    event = result.one("CoverageFinished")
    assert event["partial"]
    assert why in event["problems"][0]
    assert (project / FOLDER / "coverage.json").read_bytes() == good


# ---- libraries that were made in other ways


@pytest.mark.parametrize("name", ["whole", "stripped", "collected", "conditions"])
@pytest.mark.parametrize("isolation", ["thread", "case"])
def test_a_library_is_measured_exactly_or_named(run, project, built, name, isolation):
    library = suites(built) / f"lib{name}.so"
    result = run(library, f"--isolation={isolation}")
    problems = result.one("CoverageFinished")["problems"]
    if problems:
        assert name in ("stripped", "collected")
        assert result.code == 12, result
        assert all(str(library) in problem for problem in problems)
    else:
        assert result.code == 0, result
        assert calls(project) == {"counted_in_suite": 111}


@pytest.mark.parametrize(
    ("name", "isolation"),
    [
        ("whole", "thread"),
        ("whole", "case"),
        ("stripped", "thread"),
        ("stripped", "case"),
        ("collected", "thread"),
        ("collected", "case"),
    ],
)
def test_a_library_of_gcc_is_measured_exactly_or_named(run, project, gcc, name, isolation):
    library = suites(gcc) / f"lib{name}.so"
    result = run(library, f"--isolation={isolation}")
    problems = result.one("CoverageFinished")["problems"]
    if problems:
        assert isolation == "case"
        assert result.code == 12, result
        assert all(str(library) in problem for problem in problems)
    else:
        assert result.code == 0, result
        assert calls(project) == {"counted_in_suite": 111}


# ---- places


def test_a_place_where_no_report_can_be_written_fails_the_run(run, project, faults):
    good = good_report(run, project, faults)
    (project / "file").write_text("")
    for option in ("--coverage-lcov=file/x", "--coverage-cobertura=file/x", "--coverage-html=file/x"):
        result = run(f"{faults}::forks and exits", option)
        assert result.code == 12, result
        assert "file/x" in result.stdout
        assert (project / FOLDER / "coverage.json").read_bytes() == good


def test_a_folder_of_something_else_is_not_replaced(run, project, faults):
    (project / "mine").mkdir()
    (project / "mine" / "notes.txt").write_text("mine")
    result = run(f"{faults}::plain", "--coverage-html=mine")
    assert (result.code, result.events) == (4, []), result
    assert "name another one" in result.stderr
    assert (project / "mine" / "notes.txt").read_text() == "mine"
    assert not (project / FOLDER / "coverage.json").exists()


@pytest.fixture(scope="module")
def small_disk() -> Callable[[Path, int], list[str]]:
    """Return the words before a command that see a disk of so many KiB at a folder."""
    if subprocess.run(["unshare", "-Urm", "true"], check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")

    def words(folder: Path, kib: int) -> list[str]:
        folder.mkdir(parents=True, exist_ok=True)
        mount = f'mount -t tmpfs -o size={kib}k,mode=0700 tmpfs "$0" && exec "$@"'
        return ["unshare", "-Urm", "sh", "-c", mount, str(folder)]

    return words


@pytest.mark.parametrize("kib", [4, 8, 16, 32, 1024])
@pytest.mark.parametrize("compiler", ["clang", "gcc"])
def test_a_full_disk_never_passes_for_coverage(run, project, built, gcc, small_disk, compiler, kib):
    paths = [f"{suites(built)}/libfaults.so::plain"] if compiler == "clang" else [gcc / "exit_code"]
    result = run(*paths, "--coverage-lcov=lcov.info", prefix=small_disk(project / FOLDER, kib))
    assert result.code in ({0} if kib == 1024 else {0, 4, 12}), result
    if result.code == 0:
        executed = "FNDA:1,counted_in_faults\n" if compiler == "clang" else "FNDA:1111,counted_by_exit_code\n"
        assert executed in (project / "lcov.info").read_text()
    else:
        assert not (project / "lcov.info").exists()
        assert "cannot write" in result.stderr if result.code == 4 else result.one("CoverageFinished")["problems"]


@pytest.mark.parametrize("name", [ODD, "-x", "#a", "1,a"])
def test_the_project_may_be_in_a_folder_of_any_name(pyharness, faults, tmp_path, name):
    project = tmp_path / name
    project.mkdir()
    shutil.copy(faults, project)
    result = pyharness.test("--coverage", INCLUDED, "libfaults.so::plain", "--coverage-html=html", cwd=project)
    assert result.code == 0, result
    assert calls(project) == {"counted_in_faults": 1}
    assert left_over(project) == []


def test_sources_in_a_folder_of_any_name_are_measured(pyharness, tmp_path):
    project = tmp_path / ODD
    project.mkdir()
    counted = "int counted_here(int value) {\n  return value;\n}\n"
    test = '#include <pyharness/test.hpp>\nint counted_here(int);\nTEST("a") { CHECK(counted_here(1) == 1); }\n'
    (project / "counted.cpp").write_text(counted)
    (project / "a.test.cpp").write_text(test)
    (project / "pyharness.toml").write_text('[build]\nsources = ["counted.cpp"]\n')
    for compilers in ({"CC": "clang-19", "CXX": "clang++-19"}, {"CC": "gcc", "CXX": "g++"}):
        words = ["--coverage", "--coverage-html=html", "--coverage-lcov=lcov.info"]
        result = pyharness.test(*words, cwd=project, env=compilers, limit_s=LIMIT_S)
        assert result.code == 0, result
        assert f"SF:{project}/counted.cpp\n" in (project / "lcov.info").read_text()
        assert "DA:2,1\n" in (project / "lcov.info").read_text()


@pytest.mark.parametrize(
    ("name", "why"), [("100%", "a % has a meaning"), ("new\nline", "an end of a line has a meaning")]
)
def test_a_path_that_profiles_cannot_have_is_refused_before_anything_runs(pyharness, faults, tmp_path, name, why):
    (tmp_path / name).mkdir()
    result = pyharness.test("--coverage", f"{faults}::plain", cwd=tmp_path / name)
    assert result.code == 4, result
    assert f"{why} there; name another folder with --coverage-folder" in result.stderr
    elsewhere = f"--coverage-folder={tmp_path}/elsewhere"
    result = pyharness.test("--coverage", INCLUDED, f"{faults}::plain", elsewhere, cwd=tmp_path / name)
    assert result.code == 0, result


def test_sources_that_are_gone_are_told_of_all_the_same(run, project):
    source, library = project / "gone.cpp", project / "libgone.so"
    source.write_text('#include <pyharness/test.hpp>\nTEST("a") {\n  CHECK(true);\n}\n')
    flags = [*FLAGS["clang++-19"].split(), "-std=c++17", "-shared", "-fPIC", "-Wl,--build-id"]
    headers = REPOSITORY / "cpp" / "include"
    subprocess.run(["clang++-19", *flags, f"-I{headers}", source, "-o", library], check=True)
    source.unlink()
    reports = [f"--coverage-{kind}={kind}" for kind in ("html", "lcov", "cobertura")]
    result = run(library, "--coverage-include=gone.cpp", *reports)
    assert result.code == 0, result
    assert "DA:2,1\n" in (project / "lcov").read_text()
    assert len(list((project / "html").glob("gone*.html"))) == 1


# ---- runs beside and within each other


def test_two_runs_in_one_project_do_not_mix(pyharness, project, built):
    words = ["test", "--coverage", INCLUDED, suites(built) / "libwhole.so"]
    started = [pyharness.start(*words, cwd=project) for _ in range(2)]
    for one in started:
        result = one.finish(LIMIT_S)
        assert result.code == 0, result
    assert calls(project) == {"counted_in_suite": 111}
    assert left_over(project) == []


def nested(built: Path, *words: str) -> dict[str, str]:
    command = f"'{SCRIPTS}/pyharness' test {' '.join(words)} '{suites(built)}/libwhole.so'"
    return {"COMMAND": command}


def test_a_run_within_a_case_has_coverage_of_its_own(run, project, built, faults):
    inner = nested(built, "--coverage", f"'{INCLUDED}'", "--coverage-folder=inner")
    result = run(f"{faults}::runs a command", f"{faults}::plain", env=inner)
    assert result.code == 0, result
    assert calls(project)["counted_in_faults"] == 1
    (project / "inner" / FOLDER).mkdir(parents=True)
    shutil.copy(project / "inner" / "coverage.json", project / "inner" / FOLDER)
    assert calls(project / "inner") == {"counted_in_suite": 111}


def test_a_run_without_coverage_within_a_case_is_what_the_case_has_started(run, project, built, faults):
    named = f"--coverage-object={suites(built)}/libwhole.so"
    result = run(f"{faults}::runs a command", f"{faults}::plain", named, env=nested(built))
    assert result.code == 0, result
    assert calls(project) == {"counted_in_faults": 1, "counted_in_suite": 111}
