"""`pyharness test --watch`: what a change affects runs again, nothing else does, and a signal ends it all."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess

import pytest

from tests.behaviour.terminal import Terminal

LIMIT_S = 120
HEADER = "static inline int shared(void) {{ return {0}; }}\n"
USER = '#include <pyharness/test.h>\n#include "shared.h"\nTEST("uses") { CHECK_INT(shared(), ==, 1); }\n'
ALONE = '#include <pyharness/test.h>\nTEST("alone") { CHECK_INT(1, ==, 1); }\n'
NAPS = """\
#include <pyharness/test.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static const int numbers[] = {1, 2};
TEST_EACH("naps", const int* number, numbers) {
  FILE* started = fopen(getenv("STARTED_FILE"), "a");
  fprintf(started, "%d", *number);
  fclose(started);
  sleep(1);
}
"""
IN_CXX = '#include <pyharness/test.hpp>\n#include "shared.h"\nTEST("in C++") { CHECK(shared() == 1); }\n'


class Watching:
    """A watch that goes on, in a folder with files."""

    def __init__(self, run, folder, terminal=None):
        self.run, self.folder, self._terminal = run, folder, terminal
        self._text = b""
        self._rounds = 0
        if terminal is None:
            os.set_blocking(run.process.stdout.fileno(), False)

    def write(self, path, text):
        write(self.folder / path, text)

    def text(self):
        if self._terminal is not None:
            return self._terminal.shown().decode()
        while more := self.run.process.stdout.read(65536):
            self._text += more
        return self._text.decode()

    def round(self):
        """Wait until the next run is over; return what was said of it, and the verdicts by id."""
        self._rounds += 1
        self.run.until(lambda: self.text().count("; Ctrl-C ends it") >= self._rounds, LIMIT_S)
        text = self.text().split("; Ctrl-C ends it")[self._rounds - 1].partition("\n")[2]
        events = self.run.events_so_far()
        return text, {event["id"]: event["verdict"] for event in events if event["type"] == "CaseFinished"}

    def end(self, number=signal.SIGINT):
        self.run.send(number)
        result = self.run.finish()
        assert result.left_behind == []
        assert "Traceback" not in result.stderr
        return result


@pytest.fixture
def watching(pyharness, tmp_path):
    """Start a watch of a folder with some files: `watching({path: text}, argument …)`."""
    folder = tmp_path / "project"

    def start(files, *arguments, terminal=None, **others):
        folder.mkdir(exist_ok=True)
        for path, text in files.items():
            write(folder / path, text)
        return Watching(pyharness.start("test", "--watch", *arguments, cwd=folder, **others), folder, terminal)

    return start


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


TWO = {
    "pyharness.toml": '[build]\ninclude = ["include"]\n',
    "include/shared.h": HEADER.format(1),
    "one/a.test.c": USER,
    "two/b.test.c": ALONE,
}


def test_a_header_runs_those_that_include_it_and_a_failure_runs_until_it_passes(watching):
    watch = watching({**TWO, "three/c.test.cpp": IN_CXX})
    all_pass = {"one/a.test.c::uses": "passed", "two/b.test.c::alone": "passed", "three/c.test.cpp::in C++": "passed"}
    assert watch.round()[1] == all_pass
    watch.write("include/shared.h", HEADER.format(2))
    text, verdicts = watch.round()
    assert text.startswith("changed: include/shared.h\n")
    assert verdicts == {"one/a.test.c::uses": "failed", "three/c.test.cpp::in C++": "failed"}
    watch.write("two/b.test.c", ALONE + "\n")
    assert watch.round()[1] == {**verdicts, "two/b.test.c::alone": "passed"}
    watch.write("include/shared.h", HEADER.format(1))
    assert watch.round()[1] == dict.fromkeys(verdicts, "passed")
    watch.write("two/b.test.c", ALONE)
    assert watch.round()[1] == {"two/b.test.c::alone": "passed"}
    assert watch.end().code == 0


def test_what_cannot_be_built_is_told_and_mended(watching):
    watch = watching({**TWO, "one/a.test.c": USER.replace("shared.h", "new.h")})
    text, verdicts = watch.round()
    assert "cannot build suite 'one'" in text
    assert "new.h" in text
    assert verdicts == {"two/b.test.c::alone": "passed"}
    watch.write("include/new.h", HEADER.format(2))  # which nothing has ever been compiled with
    text, verdicts = watch.round()
    assert text.startswith("changed: include/new.h\n")
    assert verdicts == {"one/a.test.c::uses": "failed"}
    watch.write("include/new.h", "broken")
    assert "cannot build suite 'one'" in watch.round()[0]
    result = watch.end()
    assert result.code == 11


def test_what_did_not_run_since_a_case_crashed_runs_with_the_next_change(watching):
    crash = '#include <pyharness/test.h>\n#include <stdlib.h>\nTEST("crashes") { abort(); }\n'
    watch = watching({"one/a.test.c": crash, "two/b.test.c": ALONE}, "--test-threads", "1")
    _, verdicts = watch.round()
    assert verdicts["one/a.test.c::crashes"] == "failed"
    watch.write("one/a.test.c", crash.replace("abort();", ""))
    due = {name for name, verdict in verdicts.items() if verdict != "passed"}
    assert watch.round()[1].items() >= dict.fromkeys(due, "passed").items()
    assert watch.end().code == 0


def test_what_changes_during_a_run_waits_for_its_end(watching):
    watch = watching({"one/a.test.c": NAPS, "two/b.test.c": ALONE}, "--test-threads", "2")
    watch.run.until_running(2)
    watch.write("two/b.test.c", ALONE + "\n")
    assert len(watch.round()[1]) == 3
    text, verdicts = watch.round()
    assert text.startswith("changed: two/b.test.c\n")
    assert verdicts == {"two/b.test.c::alone": "passed"}
    watch.end()


def test_it_ends_when_nobody_reads_it(watching):
    watch = watching(TWO)
    watch.round()
    watch.run.process.stdout.close()
    watch.write("two/b.test.c", ALONE + "\n")
    assert watch.run.process.wait(LIMIT_S) == 0
    assert watch.run.descendants() == []


def test_test_files_come_and_go(watching):
    watch = watching(TWO)
    assert len(watch.round()[1]) == 2
    watch.write("more/deep/c.test.c", ALONE)  # in folders that are new, too
    text, verdicts = watch.round()
    assert text.startswith("changed: more/deep/c.test.c\n")
    assert verdicts == {"more/deep/c.test.c::alone": "passed"}
    watch.write("more/deep/d.test.c", ALONE)
    assert watch.round()[1] == {"more/deep/c.test.c::alone": "passed", "more/deep/d.test.c::alone": "passed"}
    (watch.folder / "more/deep/c.test.c").unlink()
    assert watch.round()[1] == {"more/deep/d.test.c::alone": "passed"}
    shutil.rmtree(watch.folder / "more")
    text, _ = watch.round()
    assert "nothing is run: the change affects none of the selected cases" in text
    assert watch.end().code == 0


def test_what_nothing_uses_runs_nothing(watching):
    watch = watching({**TWO, ".gitignore": "ignored/\n"})
    subprocess.run(["git", "init", "-q"], cwd=watch.folder, check=True)
    watch.round()
    for path in ("README.md", "one/.a.test.c.swp", ".hidden/x.test.c", "ignored/x.test.c", "include/unused.h"):
        watch.write(path, ALONE)
    watch.write("two/b.test.c", ALONE + "\n")
    text, verdicts = watch.round()
    assert text.startswith("changed: two/b.test.c\n")
    assert verdicts == {"two/b.test.c::alone": "passed"}
    assert watch.end().code == 0


def test_a_burst_is_one_change(watching):
    watch = watching({**TWO, "two/c.test.c": ALONE, "two/d.test.c": ALONE})
    watch.round()
    for path in ("two/b.test.c", "two/c.test.c", "two/d.test.c", "include/shared.h"):
        watch.write(path, (watch.folder / path).read_text() + "\n")
    text, verdicts = watch.round()
    assert text.startswith("changed: include/shared.h, two/b.test.c, two/c.test.c and 1 more\n")
    assert len(verdicts) == 4
    assert watch.end().code == 0


def test_the_configuration_runs_everything_and_a_mistake_in_it_is_told(watching):
    watch = watching(TWO)
    watch.round()
    watch.write("pyharness.toml", TWO["pyharness.toml"] + "nosuch = 1\n")
    assert watch.round()[0].startswith("changed: pyharness.toml\n")
    watch.write("pyharness.toml", TWO["pyharness.toml"] + '[test]\nfilter = "alone"\n')
    assert watch.round()[1] == {"two/b.test.c::alone": "passed"}
    result = watch.end()
    assert result.code == 0
    assert result.stderr.startswith("pyharness: error: unknown key 'nosuch' in [build] of 'pyharness.toml'")
    assert len(result.stderr.splitlines()) == 1


def test_a_program_that_was_given_runs_when_its_file_changes(watching, tmp_path):
    program = tmp_path / "check"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    watch = watching({"b.test.c": ALONE}, program, "b.test.c")
    (name,) = watch.round()[1].keys() - {"b.test.c::alone"}
    program.write_text("#!/bin/sh\nexit 1\n")
    text, verdicts = watch.round()
    assert text.startswith(f"changed: {program}\n")
    assert verdicts == {name: "failed"}
    watch.write("b.test.c", ALONE + "\n")
    assert watch.round()[1] == {name: "failed", "b.test.c::alone": "passed"}
    assert watch.end().code == 1


def test_a_library_that_was_given_runs_when_it_is_made_anew(watching, pyharness, tmp_path):
    write(tmp_path / "made/a.test.c", ALONE)
    assert pyharness("test", "made", events=False, limit_s=LIMIT_S).code == 0
    (made,) = tmp_path.glob(".pyharness/build/*/suites/*.so")
    library = tmp_path / "libgiven.so"
    shutil.copy(made, library)
    watch = watching({}, library)
    _, first = watch.round()
    assert list(first.values()) == ["passed"]
    library.unlink()
    shutil.copy(made, library)
    text, verdicts = watch.round()
    assert text.startswith(f"changed: {library}\n")
    assert verdicts == first
    assert watch.end().code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_between_runs_a_signal_ends_it_with_the_code_of_the_last(watching, number):
    watch = watching({**TWO, "include/shared.h": HEADER.format(2)})
    assert "failed" in watch.round()[1].values()
    assert watch.end(number).code == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_is_the_last(watching, number):
    watch = watching({"a.test.c": NAPS}, "--test-threads", "2")
    watch.run.until_running(2)
    result = watch.end(number)
    assert result.code == 2
    assert result.one("RunFinished")["reason"] == f"interrupted by {number.name}"
    assert "watching" not in result.stdout


def test_a_compiler_that_runs_is_ended_too(watching, tmp_path):
    compiler = tmp_path / "cc"
    compiler.write_text('#!/bin/sh\n[ "$1" = --version ] && exec cc --version\ntouch ../compiles\nexec sleep 1000\n')
    compiler.chmod(0o755)
    watch = watching({"a.test.c": ALONE}, env={"CC": str(compiler)})
    watch.run.until((tmp_path / "compiles").exists, LIMIT_S)
    assert watch.end().code == 2


def test_on_a_terminal_it_ends_when_the_terminal_goes(watching):
    with Terminal() as terminal:
        watch = watching(TWO, terminal=terminal, prefix=terminal.prefix)
        assert len(watch.round()[1]) == 2
        watch.write("two/b.test.c", ALONE + "\n")
        assert watch.round()[1] == {"two/b.test.c::alone": "passed"}
        terminal.type(b"\x03")
        result = watch.run.finish()
    assert result.code == 0
    assert result.left_behind == []


def test_reports_are_those_of_the_last_run(watching, tmp_path):
    report = tmp_path / "report.xml"
    watch = watching(TWO, "--junit", report)
    watch.round()
    assert report.read_text().count("<testcase") == 2
    watch.write("two/b.test.c", ALONE + "\n")
    watch.round()
    assert report.read_text().count("<testcase") == 1
    watch.end()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--list"], "'--list' runs nothing that could be watched; leave out '--watch'"),
        (["--show-config"], "'--show-config' runs nothing; leave out '--watch'"),
        (["nosuch"], "no such file or folder: 'nosuch'"),
    ],
)
def test_what_makes_no_sense_is_refused(pyharness, arguments, message):
    result = pyharness("test", "--watch", *arguments, events=False)
    assert result.code == 4
    assert result.stderr.startswith(f"pyharness: error: {message}")
    assert len(result.stderr.splitlines()) == 1
