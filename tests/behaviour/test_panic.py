"""A crash ends the run at once, names the right case, and leaves nothing behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SIGNALS = {
    "null write": ("SIGSEGV", "write_to_null"),
    "stack overflow": ("SIGSEGV", "recurse"),
    "abort": ("SIGABRT", "pyharness_case_"),
    "thread throws": ("SIGABRT", "pyharness_case_"),
    "thread writes to null": ("SIGSEGV", "write_to_null"),
    "division by zero": ("SIGFPE", "divide"),
    "illegal instruction": ("SIGILL", "pyharness_case_"),
    "terminate in noexcept": ("SIGABRT", "pyharness_case_"),
    "crash after a failure": ("SIGABRT", "pyharness_case_"),
}
ENDS = {
    "_exit 3": "exit code 3",
    "exit 0": "exit(0)",
    "exit 5": "exit(5)",
    "thread exits 0": "exit(0)",
    "kill": "SIGKILL",
    "signal by number": "SIGTERM",
}
ALL = [*SIGNALS, *ENDS]
LIMIT_S = 3
"""The promise is one second; a loaded machine gets more."""


def shared_memory():
    return {path.name for path in Path("/dev/shm").glob("*pyharness*")}


def panic(pyharness, programs, case, threads, **others):
    """Run the case, sleepers of 60 s for all other workers, and quick cases."""
    crash = programs.case("crash", case)
    sleepers = [programs.case("sleepers", f"sleeper[{number}]") for number in range(threads - 1)]
    quick = [programs.case("sleepers", f"quick[{number}]") for number in range(20)]
    return pyharness.test(*sleepers, *quick, crash, "--test-threads", threads, **others)


@pytest.mark.parametrize("threads", [1, 4, 16])
@pytest.mark.parametrize("case", ALL)
def test_names_the_case_and_ends_at_once(pyharness, programs, record_property, tmp_path, case, threads):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = shared_memory()
    result = panic(pyharness, programs, case, threads, limit_s=20, env={"TMPDIR": str(temporary)})
    record_property("seconds", round(result.seconds, 3))
    assert result.code == 10
    assert result.seconds < LIMIT_S
    event = result.one("Panic")
    assert (event["id"], event["suite"], event["case"]) == (f"crash::{case}", "crash", case)
    assert not event["suspects"] or f"crash::{case}" in event["suspects"]
    assert event["file"].endswith("crash.test.cpp")
    assert event["line"] > 0
    assert 0 <= event["worker"] < threads
    assert result.verdicts()[case] == "failed"
    assert result.attempt(case)["outcome"] == "crash"
    assert {"quick" in name for name, verdict in result.verdicts().items() if verdict == "passed"} <= {True}
    assert not result.left_behind
    assert list(temporary.iterdir()) == []
    assert shared_memory() <= before


@pytest.mark.parametrize("case", SIGNALS)
def test_names_signal_and_functions(pyharness, programs, case):
    signal_name, function = SIGNALS[case]
    result = panic(pyharness, programs, case, 2)
    assert f"PANIC: crash::{case} crashed: {signal_name}" in result.stdout
    frames = result.one("BacktraceFound")["frames"]
    named = [frame for frame in frames if function in frame["function"]]
    assert named, frames
    assert named[0]["file"].endswith("crash.test.cpp")
    assert named[0]["line"] > 0
    assert f"{named[0]['function']}  {named[0]['file']}:{named[0]['line']}" in result.stdout


def test_functions_that_call_each_other_are_shown_once(pyharness, programs):
    result = pyharness.test(programs["ring"])
    assert result.code == 10
    (folded,) = [line.strip() for line in result.stdout.splitlines() if " more of " in line]
    words, names = folded.split(" more of ")
    assert int(words.removeprefix("... ")) > 10
    assert sorted(name.rpartition("::")[2] for name in names.split(", ")) == ["is_even(int)", "is_odd(int)"]
    numbered = [line for line in result.stdout.splitlines() if line.strip().startswith("#")]
    assert len(numbered) <= 8


def test_a_backtrace_ends_with_the_outermost_function(pyharness, programs):
    frames = panic(pyharness, programs, "thread writes to null", 2).one("BacktraceFound")["frames"]
    assert [frame for frame in frames if frame["address"] == 0] == []


@pytest.mark.parametrize("case", ["_exit 3", "kill"])
@pytest.mark.parametrize("attempt", range(3))
def test_a_host_that_dies_in_its_first_moments_ends_the_run(pyharness, programs, case, attempt):
    """The workers run cases before the host has said that it is ready."""
    result = panic(pyharness, programs, case, 16, limit_s=15)
    assert result.code == 10, attempt
    assert result.one("Panic")["id"] == f"crash::{case}"


def test_names_the_address_of_a_null_write(pyharness, programs):
    assert "SIGSEGV at address 0x0" in panic(pyharness, programs, "null write", 2).stdout


@pytest.mark.parametrize("case", ENDS)
def test_names_the_end_without_a_fatal_signal(pyharness, programs, case):
    result = panic(pyharness, programs, case, 2)
    assert ENDS[case] in result.one("Panic")["cause"]
    assert result.of_type("BacktraceFound") == []


def test_quick_exit_is_not_taken_for_exit_0(pyharness, programs):
    result = panic(pyharness, programs, "quick_exit 7", 2)
    assert result.one("Panic")["id"] == "crash::quick_exit 7"
    assert "exit(0)" not in result.one("Panic")["cause"]


@pytest.mark.parametrize("case", ["null write", "_exit 3", "kill", "thread throws"])
def test_shows_what_the_case_had_written(pyharness, programs, case):
    result = panic(pyharness, programs, case, 4)
    event = result.one("Panic")
    shown = [line.strip() for line in result.stdout.splitlines()]
    for stream in ("stdout", "stderr"):
        assert f"{stream} of {case}" in event["output"].splitlines()
        assert f"{stream} of {case}" in shown


def test_the_first_lines_say_it_all(pyharness, programs):
    result = pyharness.test(programs.case("crash", "null write"), "--test-threads", 1)
    event = result.one("Panic")
    lines = result.stdout.splitlines()
    start = lines.index("PANIC: crash::null write crashed: SIGSEGV at address 0x0")
    assert lines[start + 1 : start + 5] == [
        f"  at: {event['file']}:{event['line']}",
        "  suite: crash",
        "  case: null write",
        "  worker: W0",
    ]


def test_the_group_is_named(pyharness, programs):
    """A suite without a group says nothing of one."""
    assert "group" not in panic(pyharness, programs, "abort", 1).stdout


def test_assertions_that_failed_before_the_crash_are_not_lost(pyharness, programs):
    result = panic(pyharness, programs, "crash after a failure", 2)
    assert "CHECK(1 == 2)" in result.stdout
    assert [message for message in result.messages("crash after a failure") if "1 == 2" in message]


@pytest.mark.parametrize("case", ["null write", "'quoted' \"name\"; with $HOME", "-dashes --first", "colons::within"])
def test_the_command_that_repeats_it_works(pyharness, programs, case):
    command = panic(pyharness, programs, case, 2).one("Panic")["repeat"]
    again = pyharness("test", events=False, prefix=["/bin/sh", "-c", f"{command}; exit $?"])
    assert again.code == 10
    assert f"PANIC: crash::{case} crashed" in again.stdout
    assert "1 failed in " in again.stdout


def test_the_program_of_the_debugger_command_runs_the_case(pyharness, programs):
    event = panic(pyharness, programs, "abort", 2).one("Panic")
    assert event["debug"].startswith("gdb --args ")
    command = event["debug"].removeprefix("gdb --args ")
    done = subprocess.run(["/bin/sh", "-c", f"exec {command}"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == -6
    assert "stderr of abort" in done.stderr


def test_reports_are_written(pyharness, programs, tmp_path):
    report = tmp_path / "report.xml"
    result = pyharness.test(programs["crash"], programs["verdicts"], "--junit", report, "--test-threads", 1)
    assert result.code == 10
    assert "SIGSEGV" in report.read_text()
    assert result.one("RunFinished")["reason"] == "a test crashed"


def test_cases_that_did_not_run_are_counted(pyharness, programs):
    crash, verdicts = programs.case("crash", "null write"), programs["verdicts"]
    result = pyharness.test(crash, verdicts, "--test-threads", 1)
    counts = result.one("RunFinished")["counts"]
    assert counts["not-run"] == 75
    assert "ended early: a test crashed; 75 cases were not run" in result.stdout


def test_a_crash_without_capture_is_a_panic_too(pyharness, programs):
    result = pyharness.test(programs.case("crash", "null write"), "--no-capture")
    assert result.code == 10
    assert "PANIC: crash::null write crashed: SIGSEGV" in result.stdout
    assert "stdout of null write" in result.stdout
