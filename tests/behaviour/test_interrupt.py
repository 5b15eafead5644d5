"""Ctrl-C once waits for what runs, twice does not; SIGTERM does not either. Reports are written, nothing is left."""

from __future__ import annotations

import os
import select
import signal
import time

import pytest


def wait_until(holds, limit_s=10):
    deadline = time.monotonic() + limit_s
    while not holds() and time.monotonic() < deadline:
        select.select([], [], [], 0.01)
    return holds()


def test_once_lets_running_cases_finish(pyharness, programs, tmp_path):
    report = tmp_path / "report.xml"
    seconds = [programs.case("sleepers", f"second[{number}]") for number in range(4)]
    run = pyharness.start("test", *seconds, "--test-threads", "2", "--junit", report)
    run.until_running(2)
    run.send(signal.SIGINT)
    result = run.finish()
    assert result.code == 2
    verdicts = sorted(result.verdicts().values())
    assert verdicts == ["not-run", "not-run", "passed", "passed"]
    assert result.one("RunFinished")["reason"] == "interrupted by SIGINT"
    assert report.read_text().count("<testcase") == 4 + 1  # one that says that the run was interrupted
    assert '<error message="the run ended early: interrupted by SIGINT"' in report.read_text()
    assert result.left_behind == []


@pytest.mark.parametrize("signals", [[signal.SIGINT, signal.SIGINT], [signal.SIGTERM], [signal.SIGHUP]])
def test_twice_or_by_another_signal_ends_at_once(pyharness, programs, tmp_path, signals):
    report = tmp_path / "report.xml"
    run = pyharness.start("test", programs["sleepers"], "-k", "sleeper[", "--test-threads", "4", "--junit", report)
    run.until_running(4)
    began = time.monotonic()
    while run.process.poll() is None and signals:
        run.send(signals[0])  # a second signal that follows too soon would merge with the first: press again
        select.select([], [], [], 0.05)
        signals = signals[1:] or [number for number in signals if number == signal.SIGINT]
    result = run.finish(20)
    assert result.code == 2
    assert time.monotonic() - began < 3
    assert set(result.verdicts().values()) == {"not-run"}
    assert len(result.verdicts()) == 16
    assert report.read_text().count("<testcase") == 16 + 1
    assert result.left_behind == []
    assert "Traceback" not in result.stderr


def test_a_key_press_reaches_the_whole_group_and_still_cases_finish(pyharness, programs):
    """A terminal sends SIGINT to every process of the foreground group, not only to the first."""
    run = pyharness.start("test", programs.case("sleepers", "second[0]"))
    run.until_running(1)
    os.killpg(run.process.pid, signal.SIGINT)
    result = run.finish()
    assert (result.code, result.verdicts()) == (2, {"second[0]": "passed"})


@pytest.mark.parametrize("arguments", [["test"], ["test", "--list"]])
def test_a_suite_that_hangs_while_it_loads_can_be_interrupted(pyharness, programs, arguments):
    run = pyharness.start(*arguments, programs["load_hangs"], "--load-timeout", "12", events=False)
    run.until(lambda: [name for name, _ in run.descendants() if "pyharness-host serve" in name])
    run.send(signal.SIGINT)
    result = run.finish(30)
    assert result.code == 2
    assert result.seconds < 4
    assert result.left_behind == []


def test_a_runner_that_is_killed_takes_its_hosts_along(pyharness, programs):
    run = pyharness.start("test", programs["sleepers"], "-k", "sleeper[")
    run.until_running(4)
    hosts = [number for name, number in run.descendants() if "pyharness-host" in name]
    assert hosts
    run.send(signal.SIGKILL)
    run.process.wait(10)
    assert wait_until(lambda: not run.descendants())


def test_the_event_file_tells_what_runs_while_it_runs(pyharness, programs):
    run = pyharness.start("test", programs["sleepers"], "-k", "sleeper[", "--test-threads", "4")
    run.until_running(4)
    run.until(lambda: sum(event["type"] == "AttemptStarted" for event in run.events_so_far()) == 4, limit_s=5)
    run.send(signal.SIGTERM)
    assert run.finish().code == 2
