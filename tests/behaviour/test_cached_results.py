"""A suite that passed as a whole is not run again while nothing has changed, and anything else is."""

from __future__ import annotations

import json
import signal
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import cmake_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import CommandLine, Finished

SUITE = """
#include <pyharness/test.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
int answer(void);
static const char* mode(void) { const char* said = getenv("MODE"); return said ? said : ""; }
PYHARNESS_TEST("adds", "quick") { PYHARNESS_CHECK(answer() == 42); }
PYHARNESS_TEST("odd") {
  if (!strcmp(mode(), "skip")) PYHARNESS_SKIP("not today");
  if (!strcmp(mode(), "leak")) umask(0123);
  if (!strcmp(mode(), "crash")) abort();
  if (!strcmp(mode(), "slow")) sleep(60);
  PYHARNESS_CHECK(strcmp(mode(), "fail") != 0);
  if (!strcmp(mode(), "flaky")) {
    FILE* before = fopen("ran", "r");
    if (before) fclose(before); else fclose(fopen("ran", "w"));
    PYHARNESS_CHECK(before != NULL);
  }
}
"""
WAITS = """
#include <pyharness/test.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
PYHARNESS_TEST("waits") {
  fclose(fopen("begun", "w"));
  while (access("go on", F_OK) != 0) usleep(1000);
}
"""
OFF = '\nPYHARNESS_TEST("off", .disabled = 1) { PYHARNESS_CHECK(0); }\n'
ANSWER = "int answer(void) { return 42; }\n"
BOTH = {"adds": "cached", "odd": "cached"}
RAN = {"adds": "passed", "odd": "passed"}


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """Make a library in C; each only once."""
    folder = tmp_path_factory.mktemp("libraries")
    include = Path(cmake_folder()).parent / "include"
    made: dict[tuple[str, ...], bytes] = {}

    def build(name: str, text: str, *linked: str) -> bytes:
        if (name, text, *linked) not in made:
            (folder / f"{name}.c").write_text(text)
            command = ["gcc", "-shared", "-fPIC", f"-I{include}", f'-DPYHARNESS_SUITE_NAME="{name}"']
            command += ["-o", f"lib{name}.so", f"{name}.c", "-L.", *linked, "-Wl,-rpath,$ORIGIN"]
            subprocess.run(command, cwd=folder, check=True)
            made[name, text, *linked] = (folder / f"lib{name}.so").read_bytes()
        return made[name, text, *linked]

    return build


class Project:
    """A folder with a suite, a library that it is linked with, and a configuration."""

    def __init__(self, pyharness: CommandLine, folder: Path, build: Callable[..., bytes]) -> None:
        self._pyharness = pyharness
        self._build = build
        self.folder = folder
        self.suite = folder / "libmath.so"
        self.answer = folder / "libanswer.so"
        self.results = folder / ".pyharness" / "results"
        self.configuration = folder / "pyharness.toml"
        self.answer.write_bytes(build("answer", ANSWER))
        self.suite.write_bytes(build("math", SUITE, "-lanswer"))
        self.configure()

    def configure(self, more: str = "", test: str = "") -> None:
        self.configuration.write_text(f"[test]\n{test}\n[cache]\nresults = true\n{more}\n")

    def add(self, name: str, text: str) -> Path:
        path = self.folder / f"lib{name}.so"
        path.write_bytes(self._build(name, text))
        return path

    def run(self, *arguments: str, mode: str = "", code: int = 0, path: str = "libmath.so", **env: str) -> Finished:
        result = self._pyharness.test(path, *arguments, cwd=self.folder, env={"MODE": mode, **env})
        assert result.code == code, result
        return result

    def verdicts(self, *arguments: str, **others: Any) -> dict[str, str]:
        result = self.run(*arguments, **others)
        started = {event["id"].partition("::")[2] for event in result.of_type("AttemptStarted")}
        verdicts = result.verdicts()
        assert started == {name for name, verdict in verdicts.items() if verdict not in {"cached", "not-run"}}
        return verdicts

    def run_source(self, *arguments: str) -> dict[str, str]:
        result = self._pyharness("test", "src", *arguments, cwd=self.folder, limit_s=300)
        assert result.code == 0, result
        return result.verdicts()

    def stored(self) -> list[Path]:
        return [path for path in self.results.glob("*") if not path.name.startswith("digests.json")]


@pytest.fixture
def project(pyharness: CommandLine, tmp_path: Path, build: Callable[..., bytes]) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(pyharness, folder, build)


# ---- what is shown


def test_what_passed_is_not_run_again(project, tmp_path):
    assert project.verdicts() == RAN
    report = tmp_path / "junit.xml"
    again = project.run("--junit", str(report))
    assert again.verdicts() == BOTH
    assert not again.of_type("AttemptStarted")
    assert again.one("RunStarted")["planned"] == 2
    assert again.one("RunFinished")["counts"] == {"cached": 2}
    assert again.last_line.startswith("2 cached in ")
    assert {(event["attempts"], event["reason"][:13]) for event in again.of_type("CaseFinished")} == {
        (0, "it passed at ")
    }
    root = ET.parse(report).getroot()
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("2", "0", "0")
    assert [entry.get("name") for entry in root.iter("property")] == ["cached", "cached"]
    assert "CACHED math::adds: it passed at " in project.run("-v").stdout


def test_only_who_asks_for_it_has_results_kept(project):
    project.configuration.write_text("[cache]\nenvironment = ['A']\ndata = ['none.*']\n")
    assert project.verdicts() == project.verdicts() == RAN
    assert not project.stored()


def test_slow_cases_cost_nothing_when_they_are_cached(project):
    """The case waits for a file: a run that began it and did not find the file would not end."""
    project.add("waits", WAITS)
    (project.folder / "go on").touch()
    assert project.verdicts(path="libwaits.so") == {"waits": "passed"}
    (project.folder / "go on").unlink()
    assert project.verdicts(path="libwaits.so") == {"waits": "cached"}


def test_each_suite_has_a_result_of_its_own(project):
    project.add("plain", '#include <pyharness/test.h>\nPYHARNESS_TEST("fine") {}\n')
    assert project.verdicts(path=".", mode="fail", code=1) == {"adds": "passed", "odd": "failed", "fine": "passed"}
    again = project.run(path=".")
    assert again.verdicts() == {**RAN, "fine": "cached"}
    assert again.last_line.startswith("2 passed, 1 cached in ")


def test_listing_shows_all_cases(project):
    project.run()
    assert project.run("--list").stdout.splitlines() == ["math::adds", "math::odd"]


def test_cache_show_and_clear_know_of_it(project, pyharness):
    project.run()
    assert "  results " in pyharness("cache", "show", cwd=project.folder).stdout
    assert pyharness("cache", "clear", cwd=project.folder).code == 0
    assert not project.results.exists()
    assert project.verdicts() == RAN


# ---- what is never cached


@pytest.mark.parametrize(
    ("mode", "arguments", "code"),
    [
        ("fail", (), 1),
        ("skip", (), 0),
        ("flaky", ("--retries", "1"), 0),
        ("leak", ("--isolation", "process"), 0),
        ("crash", ("--on-crash", "continue"), 1),
        ("crash", (), 10),
        ("slow", ("--timeout", "0.1"), 1),
    ],
)
def test_what_did_not_simply_pass_is_not_stored_and_voids_what_was(project, mode, arguments, code):
    project.run(*arguments, mode=mode, code=code)
    assert not project.stored()
    (project.folder / "ran").unlink(missing_ok=True)
    project.run(*arguments)
    assert len(project.stored()) == 1
    project.run("--no-cache", *arguments, mode=mode, code=code)
    assert not project.stored()


@pytest.mark.parametrize(
    "arguments",
    [("-k", "adds or odd"), ("-L", "."), ("-LE", "none"), ("--shard", "1/1"), ("math::adds", "math::odd")],
    ids=lambda words: words[0],
)
def test_selections_neither_use_nor_store(project, arguments):
    first = project.verdicts(*arguments)
    assert set(first.values()) == {"passed"}
    assert not project.stored()
    project.run()
    assert project.verdicts(*arguments) == first
    assert project.verdicts() == BOTH


def test_named_cases_neither_use_nor_store(project):
    paths = ("libmath.so::odd",)
    assert project.verdicts(*paths, path="libmath.so::adds") == RAN
    assert not project.stored()
    project.run()
    assert project.verdicts(*paths, path="libmath.so::adds") == RAN


def test_a_case_that_fails_alone_voids_the_result_of_its_suite(project):
    project.run()
    project.run("-k", "odd", mode="fail", code=1)
    assert project.verdicts() == RAN


def test_disabled_cases_stay_skipped(project):
    project.add("math", '#include <pyharness/test.h>\nPYHARNESS_TEST("on") {}\n' + OFF)
    first, second = (project.run().verdicts() for _ in range(2))
    assert (first, second) == ({"on": "passed", "off": "skipped"}, {"on": "cached", "off": "skipped"})
    assert project.run("--run-disabled", code=1).verdicts() == {"on": "passed", "off": "failed"}


def test_a_run_that_was_interrupted_stores_nothing(project, pyharness):
    project.add("waits", WAITS)
    project.add("plain", '#include <pyharness/test.h>\nPYHARNESS_TEST("fine") {}\n')
    started = pyharness.start("test", "libplain.so", "libwaits.so", cwd=project.folder)
    started.until((project.folder / "begun").exists)
    started.send(signal.SIGINT)
    started.send(signal.SIGINT)
    assert started.finish().code == 2
    assert not project.stored()


# ---- what makes suites run again


def test_another_content_of_the_library(project):
    project.run()
    content = project.suite.read_bytes()
    project.suite.write_bytes(content + b"\0")
    assert project.verdicts() == RAN
    project.suite.unlink()
    project.suite.write_bytes(content + b"\0")
    assert project.verdicts() == BOTH, "the content counts, not the time"


def test_another_content_of_a_library_that_it_is_linked_with(project):
    project.run()
    with project.answer.open("ab") as file:
        file.write(b"\0")
    assert project.verdicts() == RAN
    assert project.verdicts() == BOTH


def test_another_value_of_a_variable_that_is_named(project):
    project.configure('environment = ["REGION"]')
    assert project.verdicts(REGION="north") == RAN
    assert project.verdicts(REGION="north", OTHER="1") == BOTH
    assert project.verdicts(REGION="south") == RAN
    assert project.verdicts() == RAN
    assert project.verdicts(REGION="") == RAN, "empty is not the same as not set"


def test_another_content_of_a_data_file(project):
    data = project.folder / "data" / "deep" / "a.csv"
    data.parent.mkdir(parents=True)
    data.write_text("1")
    project.configure('data = ["data/**"]')
    assert (project.verdicts(), project.verdicts()) == (RAN, BOTH)
    data.write_text("2")
    assert (project.verdicts(), project.verdicts()) == (RAN, BOTH)
    data.with_name(".hidden").write_text("")
    assert (project.verdicts(), project.verdicts()) == (RAN, BOTH)
    data.rename(data.with_name("b.csv"))
    assert project.verdicts() == RAN


@pytest.mark.parametrize(
    "arguments",
    ["--timeout 7", "--isolation process", "--retries 1", "--leaks ignore", "--test-threads 2", "--memory-limit 9000"],
)
def test_another_option(project, arguments):
    project.run()
    words = arguments.split()
    assert (project.verdicts(*words), project.verdicts(*words)) == (RAN, BOTH)


def test_an_override_counts_where_it_matches(project):
    project.run()
    project.configuration.write_text(
        project.configuration.read_text() + "[[test.overrides]]\nfilter = 'elsewhere'\nretries = 1\n"
    )
    assert project.verdicts() == BOTH
    project.configuration.write_text(project.configuration.read_text().replace("elsewhere", "odd"))
    assert project.verdicts() == RAN


def test_what_is_shown_is_no_matter(project):
    project.run()
    assert project.verdicts("-v", "--success-output", "immediate", "--color", "always", "--fail-fast") == BOTH


def test_no_cache_runs_and_stores(project):
    assert project.verdicts("--no-cache") == RAN
    assert project.verdicts() == BOTH
    assert project.verdicts("--no-cache") == RAN


# ---- what others do to the files


@pytest.mark.parametrize("content", ["", "[]", "{", '{"key": {}, "passed": "now"}', '{"key": 1}', "\x00" * 100])
def test_files_that_are_damaged_count_as_none(project, content):
    project.run()
    for path in project.results.iterdir():
        path.write_text(content)
    assert (project.verdicts(), project.verdicts()) == (RAN, BOTH)


def test_the_result_of_another_suite_is_of_no_use(project):
    project.run()
    (first,) = project.stored()
    content = json.loads(first.read_text())
    content["key"]["cases"] = "0" * 64
    first.write_text(json.dumps(content))
    assert project.verdicts() == RAN


def test_a_folder_that_cannot_be_written_is_no_mistake(project):
    (project.folder / ".pyharness").write_text("in the way")
    assert project.verdicts() == project.verdicts() == RAN


def test_two_runs_at_once(project, pyharness):
    runs = [pyharness.start("test", "libmath.so", cwd=project.folder) for _ in range(4)]
    assert [run.finish().code for run in runs] == [0] * 4
    assert len(project.stored()) == 1
    assert not [path for path in project.results.iterdir() if path.suffix != ".json"]
    assert project.verdicts() == BOTH


@pytest.mark.parametrize("changed", ["libwaits.so", "data.txt"])
def test_what_changes_while_it_runs_is_not_stored(project, pyharness, changed):
    project.add("waits", WAITS)
    (project.folder / "data.txt").write_text("1")
    project.configure('data = ["data.txt"]')
    started = pyharness.start("test", "libwaits.so", cwd=project.folder)
    started.until((project.folder / "begun").exists)
    new = project.folder / "new"
    new.write_bytes((project.folder / changed).read_bytes() + b"\0")
    new.rename(project.folder / changed)
    (project.folder / "go on").touch()
    assert started.finish().code == 0
    assert not project.stored()


# ---- from source


def test_suites_from_source_are_cached_when_they_are_built_and_when_not(project):
    source = project.folder / "src" / "one.test.c"
    source.parent.mkdir()
    source.write_text('#include <pyharness/test.h>\nPYHARNESS_TEST("fine") { PYHARNESS_CHECK(1); }\n')
    assert project.run_source() == {"fine": "passed"}
    assert project.run_source() == {"fine": "cached"}
    assert project.run_source("--no-cache") == {"fine": "passed"}
    assert project.run_source() == {"fine": "cached"}
    source.write_text(source.read_text().replace("CHECK(1)", "CHECK(2 == 2)"))
    assert project.run_source() == {"fine": "passed"}


# ---- mistakes


@pytest.mark.parametrize("pattern", ["none/*.csv", ".pyharness/**", "empty"])
def test_a_pattern_that_matches_no_file_is_refused(project, pattern):
    (project.folder / "empty").mkdir()
    project.configure(f'data = ["*.toml", "{pattern}"]')
    message = f"no file matches '{pattern}' of 'data' in [cache] of 'pyharness.toml'; correct it, or take it away"
    assert message in project.run(code=4).stderr
