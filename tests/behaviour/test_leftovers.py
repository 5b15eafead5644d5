"""What cases start and forget is ended with the run; a child that leaves a case by fork does not disturb it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(sys.executable).parent


@pytest.mark.parametrize("case", ["daemon", "background", "stopped child"])
def test_no_process_outlives_the_run(pyharness, programs, case):
    result = pyharness.test(programs.case("leftovers", case))
    assert result.code == 0
    assert result.left_behind == []


def test_nor_a_panic(pyharness, programs):
    paths = [programs.case("leftovers", case) for case in ("daemon", "background", "stopped child")]
    result = pyharness.test(*paths, programs.case("crash", "abort"), "--test-threads", 1)
    assert result.code == 10
    assert result.left_behind == []


def test_nor_a_timeout(pyharness, programs):
    before, after = programs.case("leftovers", "daemon"), programs.case("leftovers", "background")
    result = pyharness.test(before, programs.case("hang", "spins"), after, "--test-threads", 1)
    assert result.code == 1
    assert result.left_behind == []


@pytest.mark.parametrize("threads", [1, 4])
def test_a_forked_child_does_not_run_other_cases(pyharness, programs, threads):
    result = pyharness.test(programs["leftovers"], "-k", "fork and not 'child fails'", "--test-threads", threads)
    assert result.code == 0
    assert result.verdicts() == {f"forked child {how}": "passed" for how in ("returns", "exits", "aborts")}


def test_a_failure_in_a_forked_child_is_not_lost(pyharness, programs):
    result = pyharness.test(programs.case("leftovers", "forked child fails"))
    assert result.verdicts() == {"forked child fails": "failed"}


def test_open_files_of_the_caller_do_not_reach_the_cases(pyharness, programs, tmp_path):
    """A case that closes or writes to any descriptor must not hit a report of the run."""
    report = tmp_path / "report.xml"
    paths = [programs.case("leftovers", name) for name in ("closes all", "prints after[0]")]
    result = pyharness.test(*paths, "--junit", report)
    assert result.code == 0
    assert report.read_text().count("<testcase") == 2


def test_children_that_were_there_before_are_left_alone(programs, tmp_path):
    """A shell that execs the runner hands its background jobs down to it."""
    note = tmp_path / "pid"
    script = 'sleep 600 & echo $! > "$1"; shift; exec "$@"'
    command = ["sh", "-c", script, "sh", str(note), str(SCRIPTS / "pyharness"), "test", programs.case("naps", "nap[1]")]
    result = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=60, check=False)
    foreign = int(note.read_text())
    try:
        assert result.returncode == 0
        assert Path(f"/proc/{foreign}/cmdline").read_bytes().startswith(b"sleep")
    finally:
        os.kill(foreign, signal.SIGKILL)
