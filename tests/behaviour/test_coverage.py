"""Coverage of real runs: exact with threads, whole after crashes, and honest about what is missing."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import CommandLine, Finished

LIMIT_S = 300
HEADERS = REPOSITORY / "cpp" / "include"
CLANG = {"CC": "clang-19", "CXX": "clang++-19"}
GCC = {"CC": "gcc", "CXX": "g++"}
INSTRUMENTED = ("-fprofile-instr-generate", "-fcoverage-mapping", "-fprofile-update=atomic", "-Wl,--build-id")

COUNTED = """\
int doubled(int value) {
  return value + value;
}

int never(int value) {
  return value * 3;
}
"""
COUNTING_TESTS = """\
#include <pyharness/test.hpp>

#include <thread>
#include <vector>

int doubled(int value);

namespace {
void call(int times) {
  for (int call = 0; call < times; ++call) {
    CHECK(doubled(call) == 2 * call);
  }
}
}  // namespace

TEST("eight threads") {
  std::vector<std::thread> threads;
  for (int number = 0; number < 8; ++number) {
    threads.emplace_back([] {
      for (int call = 0; call < 125000; ++call) {
        doubled(call);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST("ones") { call(1); }
TEST("tens") { call(10); }
TEST("hundreds") { call(100); }
TEST("more tens") { call(10); }
"""
CALLS = 1_000_121
"""What the cases above come to."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def write(project: Path) -> Callable[[str, str], Path]:
    def write_file(path: str, text: str) -> Path:
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write_file


@pytest.fixture
def run(pyharness: CommandLine, project: Path) -> Callable[..., Finished]:
    """Run `pyharness test --coverage` in the project, with clang unless something else is said."""

    def run_there(*arguments: str, **others: Any) -> Finished:
        env = {**CLANG, **others.pop("env", {})}
        return pyharness.test("--coverage", *arguments, cwd=project, limit_s=LIMIT_S, env=env, **others)

    return run_there


@pytest.fixture
def counting(write) -> None:
    write("src/counted.cpp", COUNTED)
    write("counting.test.cpp", COUNTING_TESTS)
    write("pyharness.toml", '[build]\nsources = ["src/*.cpp"]\n')


def exported(project: Path, name: str = "coverage.json") -> dict[str, Any]:
    """Return what `coverage.json` has."""
    content = json.loads((project / ".pyharness" / "coverage" / name).read_text(encoding="utf-8"))
    assert content["type"] == "llvm.coverage.json.export"
    (data,) = content["data"]
    return data


def calls(project: Path, function: str, name: str = "coverage.json") -> int:
    """Return how often a function was called."""
    (found,) = [one for one in exported(project, name)["functions"] if function in one["name"]]
    return found["count"]


def lines(project: Path, file: str, pyharness: CommandLine) -> dict[int, int]:
    """Return the hits of the lines of a file, as lcov's format has them."""
    result = pyharness("coverage", "export", "--format", "lcov", cwd=project)
    assert result.code == 0, result
    hits: dict[int, int] = {}
    wanted = False
    for line in result.stdout.splitlines():
        if line.startswith("SF:"):
            wanted = line.endswith(file)
        elif wanted and line.startswith("DA:"):
            number, _, count = line.removeprefix("DA:").partition(",")
            hits[int(number)] = int(count)
    return hits


# ---- counts


@pytest.mark.parametrize("compiler", [CLANG, GCC], ids=["clang", "gcc"])
@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
@pytest.mark.parametrize("threads", [1, pytest.param(4, marks=pytest.mark.slow), 16])
@pytest.mark.usefixtures("counting")
def test_counts_are_exact(run, project, pyharness, compiler, isolation, threads):
    result = run(f"--test-threads={threads}", f"--isolation={isolation}", env=compiler)
    assert result.code == 0, result
    hits = lines(project, "src/counted.cpp", pyharness)
    assert hits[2] == CALLS
    assert hits[6] == 0


@pytest.mark.usefixtures("counting")
def test_the_table_shows_what_was_not_covered(run, project):
    result = run()
    (row,) = [line for line in result.stdout.splitlines() if "src/counted.cpp" in line]
    assert "50.0" in row
    assert "5-7" in row
    summary = json.loads((project / ".pyharness/coverage/coverage-summary.json").read_text())
    assert summary["files"]["src/counted.cpp"]["functions"] == {"count": 2, "covered": 1, "percent": 50.0}


@pytest.mark.usefixtures("counting")
def test_nothing_is_taken_from_the_cache_or_kept_there(run, project, write, pyharness):
    write("pyharness.toml", '[build]\nsources = ["src/*.cpp"]\n[cache]\nresults = true\n')
    assert set(run().verdicts().values()) == {"passed"}
    for verdict in ("passed", "cached"):  # the first run keeps what the second one takes
        assert set(pyharness.test(cwd=project, env=CLANG, limit_s=LIMIT_S).verdicts().values()) == {verdict}
    result = run()
    assert result.code == 0, result
    assert set(result.verdicts().values()) == {"passed"}
    assert calls(project, "doubled") == CALLS


# ---- what is lost, and what is not

CRASHING = """\
#include <pyharness/test.hpp>

#include <csignal>
#include <unistd.h>

int doubled(int value);

TEST("before") { CHECK(doubled(1) == 2); }
TEST("dies") {
  for (int call = 0; call < 7; ++call) {
    doubled(call);
  }
  DIE;
  doubled(1);
}
"""
DEATHS = {"SIGSEGV": "*static_cast<volatile int*>(nullptr) = 1", "SIGKILL": "kill(getpid(), SIGKILL)"}


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("on_crash", ["panic", "continue"])
@pytest.mark.usefixtures("counting")
def test_crash_safe_counts_hold_until_the_last_moment(run, project, write, death, on_crash):
    write("counting.test.cpp", CRASHING.replace("DIE", DEATHS[death]))
    result = run("--coverage-crash-safe", "--coverage-allow-partial", f"--on-crash={on_crash}", "--test-threads=1")
    assert result.code == (10 if on_crash == "panic" else 1), result
    assert calls(project, "doubled") == 8


@pytest.mark.usefixtures("counting")
def test_a_crash_without_it_loses_counts_and_says_so(run, project, write):
    assert run().code == 0
    good = (project / ".pyharness/coverage/coverage.json").read_bytes()
    write("counting.test.cpp", CRASHING.replace("DIE", DEATHS["SIGSEGV"]))
    result = run("--on-crash=continue")
    assert result.code == 1, result
    assert "counts are missing" in result.stdout
    assert (project / ".pyharness/coverage/coverage.json").read_bytes() == good
    assert result.one("CoverageFinished")["partial"]


@pytest.mark.usefixtures("counting")
def test_a_lost_profile_alone_fails_the_run(run, write):
    astray = '#include <pyharness/test.hpp>\nextern "C" void __llvm_profile_set_filename(const char*);\n'
    astray += 'TEST("passes") { __llvm_profile_set_filename("astray.profraw"); }\n'
    write("counting.test.cpp", astray)
    result = run()
    assert result.code == 12, result
    assert run("--coverage-allow-partial").code == 0


# ---- libraries


def build_library(project: Path, name: str, source: str, *flags: str) -> Path:
    """Build a suite by hand, as a project would that has a build system."""
    file = project / f"{name}.cpp"
    file.write_text(source, encoding="utf-8")
    library = project / f"lib{name}.so"
    command = ["clang++-19", "-std=c++17", "-g", "-fPIC", "-shared", f"-I{HEADERS}", "-fvisibility=hidden"]
    subprocess.run([*command, *INSTRUMENTED, *flags, str(file), "-o", str(library)], check=True)
    return library


SHAPE = """\
#include <pyharness/test.hpp>
extern "C" int shape(int value) {
  return value +
    NUMBER;
}
TEST("shapes") { for (int call = 0; call < TIMES; ++call) { shape(call); } }
"""


def test_libraries_of_one_shape_do_not_leak(run, project, pyharness):
    one = build_library(project, "one", SHAPE.replace("NUMBER", "1").replace("TIMES", "3"))
    two = build_library(project, "two", SHAPE.replace("NUMBER", "1").replace("TIMES", "5"))
    result = run(str(one), str(two))
    assert result.code == 0, result
    assert lines(project, "one.cpp", pyharness)[3] == 3
    assert lines(project, "two.cpp", pyharness)[3] == 5


def test_a_library_of_which_nothing_ran_has_no_hits(run, project, pyharness):
    one = build_library(project, "one", SHAPE.replace("NUMBER", "1").replace("TIMES", "3"))
    two = build_library(project, "two", SHAPE.replace("NUMBER", "2").replace("TIMES", "5"))
    result = run(str(one), str(two), "-k", "one")
    assert result.code == 0, result
    assert set(lines(project, "two.cpp", pyharness)) >= {3}
    assert lines(project, "two.cpp", pyharness)[3] == 0
    assert lines(project, "one.cpp", pyharness)[3] == 3


def test_a_library_that_was_never_loaded_has_no_hits_though_it_shares_a_function(run, project, pyharness):
    shared = 'extern "C" __attribute__((used)) inline int shared(int value) { return value + 1; }\n'
    test = '#include <pyharness/test.hpp>\nTEST("shares") { CHECK(shared(1) == 2); }\n'
    one = build_library(project, "one", shared + test)
    two = build_library(project, "two", shared + 'extern "C" int other() { return shared(2); }\n')
    result = run(str(one), f"--coverage-object={two}")
    assert result.code == 0, result
    assert lines(project, "one.cpp", pyharness) == {1: 1, 3: 1}
    assert lines(project, "two.cpp", pyharness) == {1: 0, 2: 0}


# ---- what stands in the way


def test_nothing_that_was_built_for_it_is_an_error(run, project):
    library = build_library(project, "plain", SHAPE.replace("NUMBER", "1").replace("TIMES", "3"))
    plain = ["g++", "-std=c++17", "-fPIC", "-shared", f"-I{HEADERS}", str(project / "plain.cpp"), "-o", str(library)]
    subprocess.run(plain, check=True)
    result = run(str(library))
    assert result.code == 12, result
    assert "-fprofile-instr-generate" in result.stdout


def test_tools_that_are_missing_are_named(run, project):
    library = build_library(project, "one", SHAPE.replace("NUMBER", "1").replace("TIMES", "3"))
    (project / "comment").write_bytes(b"clang version 99.1.0\0")
    subprocess.run(["objcopy", "--update-section", ".comment=comment", str(library)], check=True, cwd=project)
    result = run(str(library))
    assert result.code == 12, result
    assert "llvm-profdata-99" in result.stdout
    assert "install the package llvm-99" in result.stdout


@pytest.mark.usefixtures("counting")
def test_a_folder_that_cannot_be_written_ends_the_run_before_it_begins(run, project):
    (project / "file").write_text("")
    result = run("--coverage-folder", "file/coverage")
    assert result.code == 4, result
    assert "--coverage-folder" in result.stderr
    assert not result.events


# ---- floors and reports


@pytest.mark.usefixtures("counting")
def test_a_floor_that_is_not_reached_fails_the_run(run):
    assert run("--coverage-include", "src/**", "--coverage-fail-under", "50").code == 0
    result = run("--coverage-include", "src/**", "--coverage-fail-under", "functions=50.1")
    assert result.code == 12
    assert "50.1" in result.stdout


@pytest.mark.usefixtures("counting")
def test_reports_are_written_and_made_again_without_a_run(run, project, pyharness):
    html, lcov, cobertura = project / "out" / "html", project / "out" / "lcov.info", project / "out" / "cobertura.xml"
    result = run(f"--coverage-html={html}", f"--coverage-lcov={lcov}", f"--coverage-cobertura={cobertura}")
    assert result.code == 0, result
    assert (html / "index.html").exists()
    for kind, path in (("lcov", lcov), ("cobertura", cobertura)):
        again = pyharness("coverage", "export", "--format", kind, "-o", f"again.{kind}", cwd=project)
        assert again.code == 0, again
        if kind == "lcov":
            assert (project / f"again.{kind}").read_bytes() == path.read_bytes()
    report = pyharness("coverage", "report", cwd=project)
    assert report.code == 0, report
    assert "src/counted.cpp" in report.stdout
    assert pyharness("coverage", "report", "--fail-under", "100", cwd=project).code == 12
    assert pyharness("coverage", "html", cwd=project).code == 0
    assert (project / ".pyharness/coverage/html/index.html").exists()


# ---- what is told beside the numbers


@pytest.mark.usefixtures("counting")
def test_patterns_that_match_nothing_fail_the_run_and_leave_the_report(run, project):
    assert run().code == 0
    good = (project / ".pyharness/coverage/coverage.json").read_bytes()
    result = run("--coverage-include", "nowhere/**", "--coverage-fail-under", "1")
    assert result.code == 12, result
    assert "no source file with coverage is left by the patterns of --coverage-include" in result.stdout
    assert (project / ".pyharness/coverage/coverage.json").read_bytes() == good


def test_a_source_that_changed_since_it_was_compiled_is_named(run, project):
    one = build_library(project, "one", SHAPE.replace("NUMBER", "1").replace("TIMES", "3"))
    assert "was compiled" not in run(str(one)).stdout
    made_ns = one.stat().st_mtime_ns
    os.utime(project / "one.cpp", ns=(made_ns + 1, made_ns + 1))
    result = run(str(one))
    assert result.code == 0, result
    (note,) = result.one("CoverageFinished")["notes"]
    assert note.startswith("'one.cpp': changed, or gone, since it was compiled")


def test_a_suite_that_counts_nothing_is_named_beside_others(run, project, pyharness):
    one = build_library(project, "one", SHAPE.replace("NUMBER", "1").replace("TIMES", "3"))
    plain = project / "libplain.so"
    words = ["g++", "-std=c++17", "-fPIC", "-shared", f"-I{HEADERS}", str(project / "one.cpp"), "-o", str(plain)]
    subprocess.run(words, check=True)
    result = run(str(one), str(plain))
    assert result.code == 0, result
    (note,) = result.one("CoverageFinished")["notes"]
    assert note.startswith("1 suite was not built for coverage")
    assert note.endswith("'libplain.so'")
    assert lines(project, "one.cpp", pyharness)[3] == 3


@pytest.mark.parametrize("flag", ["--coverage", "--coverage-contexts"])
@pytest.mark.usefixtures("counting")
def test_the_note_of_the_profile_runtime_is_no_leak_of_a_case(run, flag):
    result = run(flag, "--leaks=fail", "--isolation=process")
    assert result.code == 0, result
