"""Test sources become verdicts: built while others run, found again, attributed, and never half done."""

from __future__ import annotations

import os
import random
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import CommandLine, Finished

EXAMPLE = REPOSITORY / "examples" / "from_source"
LIMIT_S = 300
"""Of a run that compiles, on a machine that does much else."""
QUICK = '#include <pyharness/test.hpp>\nTEST("quick") { }\n'


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
    """Run `pyharness test` in the project."""

    def run_there(*arguments: str, **others: Any) -> Finished:
        return pyharness.test(*arguments, cwd=project, limit_s=LIMIT_S, **others)

    return run_there


@pytest.fixture(scope="session")
def built_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built once."""
    folder = tmp_path_factory.mktemp("example") / "from_source"
    shutil.copytree(EXAMPLE, folder)
    return folder


def verdicts(result: Finished) -> dict[str, str]:
    """Return verdicts by whole ids: here they are paths of sources, with cases behind them."""
    return {event["id"]: event["verdict"] for event in result.of_type("CaseFinished")}


def log_of(project: Path) -> dict[str, str]:
    """Return what ninja says was made, and when, by output."""
    (log,) = project.glob(".pyharness/build/*/.ninja_log")
    entries = [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()[1:]]
    return {Path(output).name: f"{start} {end} {mtime} {key}" for start, end, mtime, output, key in entries}


def made_again(project: Path, before: dict[str, str]) -> set[str]:
    """Return what was made since, without the digest in each name."""
    changed = {name for name, entry in log_of(project).items() if before.get(name) != entry}
    return {f"{name.rpartition('-')[0]}{Path(name).suffix}" for name in changed}


# ---- ids, selection, what is built


def test_a_first_test_runs_and_its_id_is_its_file_and_name(run, write):
    write("math.test.cpp", QUICK)
    result = run()
    assert result.code == 0
    assert verdicts(result) == {"math.test.cpp::quick": "passed"}
    assert result.last_line.startswith("1 passed in ")


def test_a_case_is_named_by_its_file_and_name(run, write):
    write("tests/math.test.cpp", QUICK + 'TEST("other two") { }\n')
    write("tests/more.test.c", '#include <pyharness/test.h>\nTEST("quick") { }\n')
    assert verdicts(run("tests/math.test.cpp::other two")) == {"tests/math.test.cpp::other two": "passed"}
    assert verdicts(run("tests/more.test.c")) == {"tests/more.test.c::quick": "passed"}
    assert set(verdicts(run("-k", "quick"))) == {"tests/math.test.cpp::quick", "tests/more.test.c::quick"}
    listed = run("--list", "tests")
    assert listed.stdout.splitlines() == [
        "tests/math.test.cpp::quick",
        "tests/math.test.cpp::other two",
        "tests/more.test.c::quick",
    ]
    missing = run("tests/more.test.c::nothing")
    assert missing.code == 4
    assert "no case 'tests/more.test.c::nothing'" in missing.stderr


def test_that_nothing_matches_is_known_once_all_is_built(run, write):
    write("math.test.cpp", QUICK)
    result = run("-k", "nothing")
    assert result.code == 5
    assert "no case of 1 matches -k 'nothing'" in result.stdout


def test_disabled_cases_of_what_is_built_meanwhile_have_a_verdict(run, write):
    write("math.test.cpp", QUICK + 'TEST("off", disabled) { }\n')
    result = run()
    assert result.code == 0
    assert verdicts(result) == {"math.test.cpp::quick": "passed", "math.test.cpp::off": "skipped"}


def test_shards_have_all_cases_between_them(run, write):
    for name in "abc":
        write(f"{name}/t.test.cpp", f'{QUICK}TEST("second") {{ }}\n')
    parts = [set(verdicts(run("--shard", f"{number}/2"))) for number in (1, 2)]
    assert len(parts[0] | parts[1]) == len(parts[0]) + len(parts[1]) == 6


def test_what_a_library_has_already_is_not_built_again(run, write, project):
    source = write("math.test.cpp", QUICK)
    run()
    (library,) = project.glob(".pyharness/build/*/suites/*.so")
    shutil.copy(library, project / "libmath.so")
    shutil.rmtree(project / ".pyharness")
    result = run(".")
    assert list(verdicts(result).values()) == ["passed"]
    assert "is in a library under the same paths already" in result.one("RunStarted")["note"]
    assert source.exists()
    assert not (project / ".pyharness" / "build").exists()


# ---- while others compile


def test_cases_run_while_others_compile(run, write, project):
    """The compiler of one source waits for a case of another: they can only end side by side."""
    gate = project / "gate"
    compiler = write(
        "cxx",
        f'#!/bin/sh\ncase "$*" in *slow.test.cpp*) while ! [ -e {gate} ]; do sleep 0.02; done;; esac\nexec g++ "$@"\n',
    )
    compiler.chmod(0o755)
    opens = f'#include <pyharness/test.hpp>\n#include <fstream>\nTEST("opens") {{ std::ofstream("{gate}") << 1; }}\n'
    write("quick/q.test.cpp", opens)
    write("slow/slow.test.cpp", QUICK)
    result = run(env={"CXX": str(compiler)})
    assert result.code == 0
    told = [event.get("id") or event.get("suite") for event in result.events]
    assert told.index("quick/q.test.cpp::opens") < told.index("slow")
    assert [event["planned"] for event in result.of_type("PlanGrew")] == [1, 2]
    assert result.one("BuildFinished")["built"] == 2


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_a_crash_in_what_came_later_names_how_to_run_it_again(run, write, isolation):
    write("a/good.test.cpp", QUICK)
    write("b/bad.test.cpp", '#include <pyharness/test.hpp>\nTEST("falls") { *(volatile int*)8 = 1; }\n')
    result = run("--isolation", isolation, "--on-crash", "continue")
    assert result.code == 1
    assert verdicts(result) == {"a/good.test.cpp::quick": "passed", "b/bad.test.cpp::falls": "failed"}
    assert "run it alone: pyharness test b/bad.test.cpp::falls" in result.stdout
    alone = run("b/bad.test.cpp::falls")
    assert alone.code == 10
    assert alone.one("Panic")["id"] == "b/bad.test.cpp::falls"


def test_what_does_not_compile_is_told_in_the_compilers_words_and_the_rest_runs(run, write):
    write("good/g.test.cpp", QUICK)
    broken = write("bad/b.test.cpp", f"{QUICK}int x = nonsense_here;\n")
    result = run("--junit", "report.xml")
    assert result.code == 11
    assert verdicts(result) == {"good/g.test.cpp::quick": "passed"}
    failed = result.one("SuiteFailed")
    assert failed["path"] == "bad"
    assert "bad/b.test.cpp:3:9: error: " in failed["output"]
    assert "nonsense_here" in result.stdout
    assert result.one("BuildFinished")["failed"] == 1
    broken.write_text(QUICK, encoding="utf-8")
    assert run().code == 0


def test_fail_fast_stops_at_what_does_not_compile(run, write):
    write("bad/b.test.cpp", "nonsense\n")
    write("good/g.test.cpp", QUICK)
    result = run("--fail-fast", "--build-jobs", "1")
    assert result.code == 11
    assert len(result.of_type("SuiteFailed")) == 1
    assert "--fail-fast" in result.one("RunFinished")["reason"]


def test_a_constructor_that_crashes_costs_its_suite_only_and_is_tried_again(run, write):
    write("good/g.test.cpp", QUICK)
    bad = (
        '#include <pyharness/test.hpp>\n#include <cstdlib>\nint x = (std::getenv("FALL") ? std::abort() : void(), 1);\n'
    )
    write("bad/b.test.cpp", f'{bad}TEST("stands") {{ CHECK(x == 1); }}\n')
    result = run(env={"FALL": "1"})
    assert result.code == 11
    assert verdicts(result) == {"good/g.test.cpp::quick": "passed"}
    assert "crashed with SIGABRT while loading" in result.one("SuiteFailed")["reason"]
    assert set(verdicts(run())) == {"good/g.test.cpp::quick", "bad/b.test.cpp::stands"}


def test_a_suite_whose_cases_depend_on_the_environment_is_listed_again(run, write):
    source = """#include <pyharness/test.hpp>
#include <cstdlib>
static int count() { const char* text = std::getenv("COUNT"); return text ? std::atoi(text) : 1; }
TEST_EACH("one", (int number), range(0, count())) { CHECK(number >= 0); }
"""
    write("t.test.cpp", source)
    assert len(verdicts(run())) == 1
    changed = run(env={"COUNT": "3"})
    assert changed.code == 11
    assert "has changed since it was listed; run again" in changed.one("SuiteFailed")["output"]
    assert len(verdicts(run(env={"COUNT": "3"}))) == 3


# ---- ends that come early


def test_ctrl_c_during_a_build_leaves_nothing_behind_and_the_next_run_is_right(pyharness, write, project):
    for name in "abcd":
        write(f"{name}/t.test.cpp", f"#include <regex>\n#include <map>\n{QUICK}")
    started = pyharness.start("test", cwd=project)
    started.until(lambda: any(event["type"] == "BuildStarted" for event in started.events_so_far()))
    started.send(signal.SIGINT)
    result = started.finish(LIMIT_S)
    assert result.code == 2
    assert not result.left_behind
    assert result.events[-1]["type"] == "RunFinished"
    assert pyharness.test(cwd=project, limit_s=LIMIT_S).code == 0


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 10))])
def test_a_run_that_is_killed_at_any_moment_is_made_good_by_the_next(pyharness, project, seed):
    """All at once, ninja and compilers included, in the order in which they are found."""
    shutil.copytree(EXAMPLE / "src", project / "src")
    shutil.copytree(EXAMPLE / "include", project / "include")
    shutil.copytree(EXAMPLE / "tests" / "text", project / "tests" / "text")
    shutil.copy(EXAMPLE / "pyharness.toml", project)
    steps = random.Random(seed).randrange(1, 17)
    started = pyharness.start("test", cwd=project)
    started.until(lambda: len(list(project.glob(".pyharness/build/*/*/*"))) >= steps, LIMIT_S)
    started.kill()
    started.process.communicate()
    result = pyharness.test(cwd=project, limit_s=LIMIT_S)
    assert result.code == 0
    assert result.one("RunFinished")["counts"] == {"passed": len(verdicts(result))}
    assert {id_.partition("::")[0] for id_ in verdicts(result)} == {
        os.path.relpath(path, project) for path in project.glob("tests/text/*.test.*")
    }


# ---- the example of thirty files


def test_the_example_is_built_once_and_a_header_rebuilds_what_includes_it(pyharness, built_example):
    first = pyharness.test(cwd=built_example, limit_s=LIMIT_S)
    assert first.code == 0
    before = log_of(built_example)
    sources = list(built_example.glob("tests/*/*.test.*"))
    assert len(sources) == 30
    assert {id_.partition("::")[0] for id_ in verdicts(first)} == {
        str(source.relative_to(built_example)) for source in sources
    }

    second = pyharness.test(cwd=built_example, limit_s=LIMIT_S)
    assert verdicts(second) == verdicts(first)
    assert not second.of_type("BuildStarted")
    assert log_of(built_example) == before

    header = built_example / "include" / "ring.hpp"
    users = {path for path in [*sources, *built_example.glob("src/*")] if _includes(path, "ring.hpp")}
    assert 0 < len(users) < 30
    header.touch()
    assert pyharness.test(cwd=built_example, limit_s=LIMIT_S).code == 0
    objects = {name for name in made_again(built_example, before) if name.endswith(".o")}
    assert objects == {f"{path.name}.o" for path in users}

    before = log_of(built_example)
    configuration = built_example / "pyharness.toml"
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(text.replace('"-Wall"', '"-Wall", "-DNEW"'), encoding="utf-8")
    assert pyharness.test(cwd=built_example, limit_s=LIMIT_S).code == 0
    objects = {name for name in made_again(built_example, before) if name.endswith(".o")}
    assert objects == {f"{path.name}.o" for path in [*sources, *built_example.glob("src/*.c*")]}


def _includes(path: Path, header: str) -> bool:
    return f'include "{header}"' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_a_library_for_each_file_gives_the_same_verdicts(pyharness, built_example, threads):
    whole = pyharness.test(f"--test-threads={threads}", cwd=built_example, limit_s=LIMIT_S)
    apart = pyharness.test("--no-suite", f"--test-threads={threads}", cwd=built_example, limit_s=LIMIT_S)
    assert whole.code == apart.code == 0
    assert verdicts(whole) == verdicts(apart)


# ---- sanitizers

FINDINGS = {
    "leak": (
        "[[gnu::noinline]] static void lose() { for (int n = 1; n < 99; ++n) *new int[n] = 1; }",
        "lose();",
        "detected memory leaks",
    ),
    "address": (
        "#include <vector>",
        "volatile int n = 4; int* p = new int[4]; p[n] = 1; delete[] p;",
        "heap-buffer-overflow",
    ),
    "undefined": ("#include <climits>", "volatile int n = INT_MAX; n = n + 1;", "signed integer overflow"),
    "thread": (
        "#include <thread>",
        "int x = 0; auto f = [&] { for (int i = 0; i < 999; ++i) ++x; }; std::thread a(f), b(f); a.join(); b.join();",
        "data race",
    ),
}


@pytest.mark.parametrize("sanitizer", FINDINGS)
def test_what_a_sanitizer_finds_is_blamed_on_the_case_it_happened_in(run, write, sanitizer):
    header, body, words = FINDINGS[sanitizer]
    innocent = 'TEST_EACH("innocent", (int n), range(0, 19)) { CHECK(n >= 0); }\n'
    write("t.test.cpp", f'#include <pyharness/test.hpp>\n{header}\n{innocent}TEST("guilty") {{ {body} }}\n')
    panic = run("--sanitize", sanitizer, "--test-threads=4")
    assert panic.code == 10
    assert panic.one("Panic")["id"] == "t.test.cpp::guilty"
    assert words in panic.one("Panic")["output"]
    assert f"pyharness test --sanitize {sanitizer} t.test.cpp::guilty" in panic.stdout
    goes_on = run("--sanitize", sanitizer, "--test-threads=4", "--on-crash", "continue")
    assert goes_on.code == 1
    failed = [id_ for id_, verdict in verdicts(goes_on).items() if verdict != "passed"]
    assert failed == ["t.test.cpp::guilty"]
    assert len(verdicts(goes_on)) == 20
    assert run("-k", "innocent").code == 0  # in a build of its own, without


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_a_leak_is_never_blamed_on_a_neighbour(run, write, isolation):
    header, body, _ = FINDINGS["leak"]
    innocent = 'TEST_EACH("innocent", (int n), range(0, 19)) { CHECK(n >= 0); }\n'
    write("t.test.cpp", f'#include <pyharness/test.hpp>\n{header}\n{innocent}TEST("guilty") {{ {body} }}\n')
    result = run("--sanitize", "address,leak", "--isolation", isolation, "--on-crash", "continue", "--test-threads=4")
    assert [id_ for id_, verdict in verdicts(result).items() if verdict != "passed"] == ["t.test.cpp::guilty"]
    assert "leaked in" in result.one("CaseCrashed")["cause"]


# ---- what first readers have stumbled over


def test_a_subfolder_of_the_project_will_do(pyharness, write, project):
    write("pyharness.toml", "[test]\ntimeout = 20\n")
    write("tests/a.test.cpp", f'{QUICK}TEST("falls") {{ *(volatile int*)8 = 1; }}\n')
    (project / "tests" / "deeper").mkdir()
    result = pyharness.test("..", "--on-crash", "continue", cwd=project / "tests" / "deeper", limit_s=LIMIT_S)
    assert verdicts(result) == {"tests/a.test.cpp::quick": "passed", "tests/a.test.cpp::falls": "failed"}
    assert "run it alone: pyharness test ../../tests/a.test.cpp::falls" in result.stdout
    alone = pyharness.test("../../tests/a.test.cpp::falls", cwd=project / "tests" / "deeper", limit_s=LIMIT_S)
    assert alone.code == 10


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_libraries_that_vanish_while_others_are_built_are_errors_of_their_suites(run, write, isolation):
    for name in "abc":
        write(f"{name}/t.test.cpp", QUICK)
    removes = 'if (!std::system("rm -f .pyharness/build/*/suites/*.so")) std::abort();'
    write("d/t.test.cpp", f'#include <pyharness/test.hpp>\n#include <cstdlib>\nTEST("rm") {{ {removes} }}\n')
    assert run("-k", "quick").code == 0
    for name in "bc":  # so that they come while the others run
        write(f"{name}/t.test.cpp", f'{QUICK}TEST_EACH("more", (int n), range(0, 50)) {{ CHECK(n >= 0); }}\n')
    result = run("--isolation", isolation, "--on-crash", "continue", "--test-threads=4")
    assert result.code in {1, 11}
    assert verdicts(result)["d/t.test.cpp::rm"] == "failed"
    assert result.events[-1]["reason"] == ""


def test_suites_that_were_not_built_in_time_are_no_success(run, write):
    compiler = write("cxx", '#!/bin/sh\ncase "$*" in *slow.test.cpp*) sleep 60;; esac\nexec g++ "$@"\n')
    compiler.chmod(0o755)
    write("quick/q.test.cpp", QUICK)
    write("slow/slow.test.cpp", QUICK)
    assert run("quick", env={"CXX": str(compiler)}).code == 0
    result = run("--global-timeout", "2", env={"CXX": str(compiler)})
    assert verdicts(result) == {"quick/q.test.cpp::quick": "passed"}
    assert result.code == 1
    assert result.one("BuildFinished")["not_built"] == 1


def test_two_helpers_of_one_name_are_told_with_what_helps(run, write):
    for name in "ab":
        write(f"{name}.test.cpp", f"{QUICK}int helper() {{ return 1; }}\n")
    result = run()
    assert result.code == 11
    assert "define the same name; make it static, or give --no-suite" in result.one("SuiteFailed")["reason"]
    assert set(verdicts(run("--no-suite"))) == {"a.test.cpp::quick", "b.test.cpp::quick"}


def test_two_sanitizers_tell_what_one_of_them_has_found(run, write):
    header, body, _ = FINDINGS["undefined"]
    write("t.test.cpp", f'#include <pyharness/test.hpp>\n{header}\nTEST("guilty") {{ {body} }}\n')
    result = run("--sanitize", "address,undefined", "--on-crash", "continue")
    assert "UndefinedBehaviorSanitizer: signed-integer-overflow t.test.cpp:3" in result.one("CaseCrashed")["cause"]


def test_a_source_by_another_name_is_refused_with_the_reason(run, write):
    write("math.cpp", QUICK)
    result = run("math.cpp")
    assert result.code == 4
    assert "'math.cpp' is no test source by its name; call it 'math.test.cpp'" in result.stderr
