"""Runs of existing programs that end before all cases have run: by a signal, or since enough have failed."""

from __future__ import annotations

import os
import shutil
import signal

import pytest

from tests.adapters.frameworks import Version, build
from tests.behaviour.test_interrupt import check_interrupted, press_until_it_ends


@pytest.fixture(scope="module")
def waits():
    return build(Version("googletest", None)) / "waits"


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def not_run(result):
    return [name for name, verdict in result.verdicts().items() if verdict == "not-run"]


# ---- signals


def test_a_program_may_finish_the_case_that_runs_when_it_is_interrupted(pyharness, waits, tmp_path):
    """The first case of the launch comes to its end, the others never begin."""
    report, gate = tmp_path / "report.xml", tmp_path / "gate"
    os.mkfifo(gate)
    flags = ["-k", "Gate or Sleeper", "--test-threads", "1", "--junit", report]
    run = pyharness.start("test", waits, *flags, env={"GATE": str(gate)})
    run.until_running(1)
    run.send(signal.SIGINT)
    run.until(lambda: [event for event in run.events_so_far() if event["type"] == "StopRequested"])
    with gate.open("w"):
        result = run.finish(20)
    check_interrupted(result, report, 9)
    assert result.verdicts()["Gate.opens"] == "passed"
    assert len(not_run(result)) == 8
    assert result.one("RunFinished")["reason"] == "interrupted by SIGINT"


@pytest.mark.parametrize("isolation", ["auto", "case"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_twice_or_by_another_signal_programs_end_at_once(pyharness, waits, tmp_path, number, isolation):
    report = tmp_path / "report.xml"
    flags = ["-k", "Sleeper", "--test-threads", "3", "--isolation", isolation, "--junit", report]
    run = pyharness.start("test", waits, *flags)
    run.until_running(3)
    press_until_it_ends(run, number) if number == signal.SIGINT else run.send(number)
    result = run.finish(20)
    check_interrupted(result, report, 8)
    assert len(not_run(result)) == 8
    cut_off = {event["id"].rpartition("/")[2]: event["output"] for event in result.of_type("AttemptInterrupted")}
    assert cut_off == {number: f"number {number} goes to sleep\n" for number in cut_off}
    assert len(cut_off) == 3


def test_what_programs_have_started_does_not_survive_the_run(pyharness, waits, tmp_path):
    report = tmp_path / "report.xml"
    run = pyharness.start("test", waits, "-k", "Parent", "--test-threads", "2", "--junit", report)
    run.until(lambda: [name for name, _ in run.descendants()].count("sleep 60 ") == 2)
    run.send(signal.SIGTERM)
    check_interrupted(run.finish(20), report, 4)


def test_a_program_of_no_framework_is_interrupted(pyharness, tmp_path):
    program = script(tmp_path / "plain", 'echo said\nprintf . > "$STARTED_FILE"\nsleep 60')
    run = pyharness.start("test", program, script(tmp_path / "other", "exit 0"), "--junit", tmp_path / "report.xml")
    run.until_running(1)
    run.send(signal.SIGTERM)
    result = run.finish(20)
    check_interrupted(result, tmp_path / "report.xml", 2)
    assert result.verdicts()["plain"] == "not-run"
    assert [event["output"] for event in result.of_type("AttemptInterrupted")] == ["said\n"]


def test_a_program_can_be_interrupted_while_it_lists(pyharness, tmp_path):
    hangs = shutil.copy(build(Version("googletest", None)) / "listed", tmp_path / "hangs")
    run = pyharness.start("test", hangs, "--junit", tmp_path / "report.xml")
    run.until(lambda: [name for name, _ in run.descendants() if name.startswith(str(hangs))])
    run.send(signal.SIGTERM)
    result = run.finish(20)
    assert (result.code, result.stderr, result.left_behind) == (2, "pyharness: error: interrupted\n", [])
    assert 'errors="1"' in (tmp_path / "report.xml").read_text()


# ---- enough failures


@pytest.mark.parametrize("isolation", ["auto", "case"])
def test_fail_fast_starts_nothing_more_in_a_program(pyharness, waits, isolation):
    flags = ["--fail-fast", "--test-threads", 1, "--isolation", isolation]
    result = pyharness.test(waits, "-k", "Failure", *flags)
    assert (result.code, result.one("RunFinished")["counts"]) == (1, {"failed": 1, "not-run": 59})
    assert result.one("RunFinished")["reason"] == "enough cases have failed (--max-fail)"


@pytest.mark.parametrize("threads", [1, 4])
def test_max_fail_holds_for_cases_of_one_launch(pyharness, waits, threads):
    """They end within a moment of each other, and are seen together."""
    result = pyharness.test(waits, "-k", "Failure", "--max-fail", 3, "--test-threads", threads)
    counts = result.one("RunFinished")["counts"]
    assert result.code == 1
    assert 3 <= counts["failed"] < 3 + threads
    assert counts["failed"] + counts["not-run"] == 60
    assert len(result.attempts()) == counts["failed"]


def test_max_fail_holds_across_programs_and_suites(pyharness, programs, tmp_path):
    plain = [script(tmp_path / f"plain_{number}", "exit 1") for number in range(6)]
    result = pyharness.test(*plain, programs["verdicts"], "-k", "plain", "--max-fail", 2, "--test-threads", 1)
    assert (result.code, result.one("RunFinished")["counts"]) == (1, {"failed": 2, "not-run": 4})
