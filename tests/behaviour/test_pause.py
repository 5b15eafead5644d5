"""SIGTSTP lets the whole run stand still, SIGCONT lets it go on. Nobody's time counts meanwhile."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path

import pytest

from tests.behaviour.terminal import Terminal

PAUSE_S = 2.0
each_isolation = pytest.mark.parametrize("isolation", ["thread", "process", "case"])


def pause(run):
    """Send SIGTSTP and wait until the kernel says that the process has stopped."""
    run.send(signal.SIGTSTP)
    until_stopped(run)


def until_stopped(run):
    def stopped():
        process, status = os.waitpid(run.process.pid, os.WUNTRACED | os.WNOHANG)
        assert process == 0 or os.WIFSTOPPED(status), "it has ended instead"
        return process != 0

    run.until(stopped, 5)


def states(run):
    """Return the state letters of all processes of the run."""
    found = set()
    for _, number in run.descendants():
        found.add(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0])
    return found


def stand_still(seconds):
    select.select([], [], [], seconds)


@each_isolation
def test_all_processes_stand_still_and_go_on(pyharness, programs, isolation):
    run = pyharness.start("test", programs["sleepers"], "-k", "parent", "--test-threads", "4", "--isolation", isolation)
    run.until(lambda: [name for name, _ in run.descendants()].count("sleep 60 ") == 4)
    before = {number for _, number in run.descendants()}
    pause(run)
    run.until(lambda: states(run) == {"T"}, 5)
    run.send(signal.SIGCONT)
    run.until(lambda: "T" not in states(run), 5)
    assert {number for _, number in run.descendants()} == before
    run.until(lambda: any(event["type"] == "RunResumed" for event in run.events_so_far()))
    run.send(signal.SIGTERM)
    result = run.finish()
    assert (result.code, result.left_behind) == (2, [])
    assert result.one("RunResumed")["paused_ns"] > 0
    kinds = [event["type"] for event in result.events]
    assert kinds.index("RunPaused") == kinds.index("RunResumed") - 1
    assert len(result.of_type("AttemptInterrupted")) == 4


@each_isolation
def test_no_limit_counts_the_pause(pyharness, programs, isolation):
    case = programs.case("sleepers", "second[0]")
    limits = ["--timeout", "1.6", "--global-timeout", "1.9", "--slow-after", "1.5"]
    run = pyharness.start("test", case, *limits, "--isolation", isolation)
    run.until_running(1)
    pause(run)
    stand_still(PAUSE_S)
    run.send(signal.SIGCONT)
    result = run.finish()
    assert (result.code, result.verdicts(), result.left_behind) == (0, {"second[0]": "passed"}, [])
    pause_ns = result.one("RunResumed")["paused_ns"]
    assert pause_ns >= PAUSE_S * 1e9
    assert result.attempt("second[0]")["duration_ns"] < 1.6e9
    assert result.one("RunFinished")["duration_ns"] < pause_ns
    assert result.of_type("SlowNoticed") == []


def test_a_case_that_hangs_is_late_after_its_own_time_only(pyharness, programs):
    """The pause does not count, but what comes before and after it does."""
    run = pyharness.start("test", programs.case("sleepers", "sleeper[0]"), "--timeout", "1")
    run.until_running(1)
    pause(run)
    stand_still(PAUSE_S)
    run.send(signal.SIGCONT)
    result = run.finish(20)
    assert result.attempt("sleeper[0]")["outcome"] == "timeout"
    assert 1e9 <= result.attempt("sleeper[0]")["duration_ns"] < 1.9e9


@each_isolation
def test_many_short_pauses_harm_no_case(pyharness, programs, isolation):
    flags = ["-k", "sleeper[", "--test-threads", "16", "--isolation", isolation]
    run = pyharness.start("test", programs["sleepers"], *flags)
    run.until_running(16)
    for number in range(1, 21):
        pause(run)
        run.send(signal.SIGCONT)
        run.until(lambda told=number: len([e for e in run.events_so_far() if e["type"] == "RunResumed"]) == told)
    run.send(signal.SIGTERM)
    result = run.finish()
    assert (result.code, result.left_behind) == (2, [])
    assert set(result.verdicts().values()) == {"not-run"}
    assert len(result.of_type("AttemptInterrupted")) == 16


def test_a_pause_while_a_retry_waits(pyharness, programs, tmp_path):
    """The delay counts from before the pause or after it: in any case the retry comes."""
    flags = ["--retries", "1", "--retry-delay", "0.3"]
    run = pyharness.start("test", programs.case("retries", "fails once"), *flags, env={"ATTEMPTS": str(tmp_path)})
    run.until(lambda: any(event["type"] == "AttemptFinished" for event in run.events_so_far()))
    pause(run)
    run.send(signal.SIGCONT)
    result = run.finish(20)
    assert (result.code, result.verdicts()) == (0, {"fails once": "flaky"})


def test_a_pause_while_suites_are_loaded(pyharness, programs):
    paths = [programs["load_hangs"], programs.case("naps", "nap[0]")]
    run = pyharness.start("test", *paths, "--load-timeout", "1")
    run.until(lambda: [name for name, _ in run.descendants() if "pyharness-host serve" in name])
    pause(run)
    run.until(lambda: states(run) == {"T"}, 5)
    run.send(signal.SIGCONT)
    result = run.finish(20)
    assert (result.code, result.verdicts(), result.left_behind) == (11, {"nap[0]": "passed"}, [])


def test_what_is_stopped_can_be_ended(pyharness, programs):
    """The shell's `kill %1` on a stopped job: SIGTERM waits for SIGCONT, SIGKILL does not."""
    run = pyharness.start("test", programs["sleepers"], "-k", "sleeper[")
    run.until_running(1)
    pause(run)
    run.send(signal.SIGTERM)
    run.send(signal.SIGCONT)
    result = run.finish(10)
    assert (result.code, result.left_behind) == (2, [])


def test_ctrl_z_leaves_a_usable_terminal(pyharness, programs):
    with Terminal() as terminal:
        flags = ["-k", "sleeper[", "--test-threads", "4", "--color", "always"]
        run = pyharness.start("test", programs["sleepers"], *flags, prefix=terminal.prefix, env={"TERM": "xterm"})
        run.until(lambda: b"\x1b[?25l" in terminal.shown() and b"sleeper[" in terminal.shown())
        terminal.type(b"\x1a")
        until_stopped(run)
        shown = terminal.shown()
        assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")  # the cursor is there again
        assert shown.endswith(b"paused\r\n")
        run.send(signal.SIGCONT)
        run.until(lambda: b"goes on after" in terminal.shown() and terminal.shown().rindex(b"\x1b[?25l") > len(shown))
        terminal.type(b"\x03")
        run.until(lambda: b"stopping: interrupted by SIGINT" in terminal.shown())
        run.send(signal.SIGTERM)
        result = run.finish(10)
        assert terminal.shown().rindex(b"\x1b[?25h") > terminal.shown().rindex(b"\x1b[?25l")
    assert (result.code, result.left_behind) == (2, [])
