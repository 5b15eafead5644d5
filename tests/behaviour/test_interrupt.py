"""Ctrl-C once waits for what runs, twice does not; SIGTERM does not either. Reports are written, nothing is left."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from xml.etree import ElementTree as ET

import pytest

ISOLATIONS = ["thread", "process", "case"]
each_isolation = pytest.mark.parametrize("isolation", ISOLATIONS)


def wait_until(holds, limit_s=10):
    deadline = time.monotonic() + limit_s
    while not holds() and time.monotonic() < deadline:
        select.select([], [], [], 0.01)
    return holds()


def press_until_it_ends(run, number):
    """Send a signal again and again: one that follows too soon merges with the one before."""
    deadline = time.monotonic() + 5
    while run.process.poll() is None and time.monotonic() < deadline:
        run.send(number)
        select.select([], [], [], 0.05)


def check_interrupted(result, report, planned):
    assert result.code == 2, result
    assert "Traceback" not in result.stderr
    assert result.one("RunFinished")["exit_code"] == 2
    assert len(result.verdicts()) == planned
    starts = [(event["id"], event["attempt"]) for event in result.of_type("AttemptStarted")]
    ends = [
        (event["id"], event["attempt"])
        for event in result.events
        if event["type"] in {"AttemptFinished", "AttemptInterrupted"}
    ]
    assert sorted(starts) == sorted(ends)
    assert report.read_text().count("<testcase") == planned + 1  # one that says that the run was interrupted
    assert '<error message="the run ended early: interrupted by SIG' in report.read_text()
    assert result.left_behind == []
    assert list(report.parent.glob(".pyharness-*")) == []


@each_isolation
def test_once_lets_running_cases_finish(pyharness, programs, tmp_path, isolation):
    report = tmp_path / "report.xml"
    seconds = [programs.case("sleepers", f"second[{number}]") for number in range(4)]
    run = pyharness.start("test", *seconds, "--test-threads", "2", "--isolation", isolation, "--junit", report)
    run.until_running(2)
    run.send(signal.SIGINT)
    result = run.finish()
    check_interrupted(result, report, 4)
    assert sorted(result.verdicts().values()) == ["not-run", "not-run", "passed", "passed"]
    assert result.one("RunFinished")["reason"] == "interrupted by SIGINT"
    assert result.of_type("AttemptInterrupted") == []


@each_isolation
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_twice_or_by_another_signal_ends_at_once(pyharness, programs, tmp_path, number, isolation):
    report = tmp_path / "report.xml"
    flags = ["-k", "sleeper[", "--test-threads", "4", "--isolation", isolation]
    run = pyharness.start("test", programs["sleepers"], *flags, "--junit", report)
    run.until_running(4)
    began = time.monotonic()
    press_until_it_ends(run, number) if number == signal.SIGINT else run.send(number)
    result = run.finish(20)
    assert time.monotonic() - began < 3
    check_interrupted(result, report, 16)
    assert set(result.verdicts().values()) == {"not-run"}
    assert len(result.of_type("AttemptInterrupted")) == 4


def check_cut_off(result, report):
    """Check what is told of two talkers that were cut off: what they had printed, and where they stood."""
    texts = {f"sleepers::talker[{number}]": f"talker {number} goes to sleep" for number in range(2)}
    cut_off = result.of_type("AttemptInterrupted")
    assert {event["id"]: event["output"] for event in cut_off} == {name: f"{text}\n" for name, text in texts.items()}
    assert [event["runs_again"] for event in cut_off] == [False, False]
    stacks = {event["id"]: event for event in result.of_type("BacktraceFound")}
    assert set(stacks) == set(texts)
    assert {event["kind"] for event in stacks.values()} == {"hang"}
    lines = result.stdout.splitlines()
    cases = {case.get("name"): case for case in ET.parse(report).getroot().iter("testcase")}
    for name, text in texts.items():
        assert any("sleep_here" in frame["function"] for frame in stacks[name]["frames"])
        title = next(number for number, line in enumerate(lines) if line.startswith(f"INTERRUPTED {name} "))
        assert lines[title + 1 : title + 4] == ["  captured output:", f"    {text}", "  where it hung:"]
        case = cases[name.partition("::")[2]]
        assert case.findtext("system-out").strip() == text
        assert case.find("skipped").get("message").startswith("not run: did not get to its end: interrupted by SIG")
        assert "sleep_here" in case.findtext("skipped")


@each_isolation
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_printed_is_not_lost_nor_where_a_case_stood(pyharness, programs, tmp_path, number, isolation):
    report = tmp_path / "report.xml"
    flags = ["-k", "talker", "--test-threads", "2", "--isolation", isolation]
    run = pyharness.start("test", programs["sleepers"], *flags, "--junit", report)
    run.until_running(2)
    press_until_it_ends(run, number) if number == signal.SIGINT else run.send(number)
    result = run.finish(20)
    check_interrupted(result, report, 2)
    check_cut_off(result, report)


@pytest.mark.slow
def test_the_same_at_the_end_of_the_grace_time(pyharness, programs, tmp_path):
    report = tmp_path / "report.xml"
    run = pyharness.start("test", programs["sleepers"], "-k", "talker", "--test-threads", "2", "--junit", report)
    run.until_running(2)
    run.send(signal.SIGINT)
    result = run.finish(30)
    check_interrupted(result, report, 2)
    check_cut_off(result, report)


def test_a_quiet_console_names_what_was_cut_off(pyharness, programs):
    run = pyharness.start("test", programs.case("sleepers", "talker[0]"), "-q")
    run.until_running(1)
    run.send(signal.SIGTERM)
    lines = run.finish(20).stdout.splitlines()
    assert [line.split("  ")[0] for line in lines if "talker" in line] == ["INTERRUPTED sleepers::talker[0]"]


def test_a_key_press_reaches_the_whole_group_and_still_cases_finish(pyharness, programs):
    """A terminal sends SIGINT to every process of the foreground group, not only to the first."""
    run = pyharness.start("test", programs.case("sleepers", "second[0]"))
    run.until_running(1)
    os.killpg(run.process.pid, signal.SIGINT)
    result = run.finish()
    assert (result.code, result.verdicts()) == (2, {"second[0]": "passed"})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_interrupted_while_it_loads_leaves_no_green_report(pyharness, programs, tmp_path, number):
    report = tmp_path / "report.xml"
    run = pyharness.start("test", programs["load_hangs"], "--load-timeout", "12", "--junit", report)
    run.until(lambda: [name for name, _ in run.descendants() if "pyharness-host serve" in name])
    run.send(number)
    result = run.finish(30)
    assert (result.code, result.left_behind) == (2, [])
    assert result.seconds < 4
    assert result.stderr == "pyharness: error: interrupted\n"
    assert 'errors="1"' in report.read_text()


@pytest.mark.parametrize("file", ["cli/", "argparse.", "config/", "session.", "events.", "interrupts.", "console."])
def test_an_interrupt_at_the_very_start_is_one_line(pyharness, programs, file):
    """The process gets it while it opens one of its own modules, in the middle of an import."""
    environment = {"LD_PRELOAD": programs["interrupt_at_open"], "INTERRUPT_AT": file}
    result = pyharness("test", programs["naps"], env=environment)
    assert (result.code, result.stderr) == (2, "pyharness: error: interrupted\n")
    assert (result.stdout, result.events, result.left_behind) == ("", [], [])


def test_what_is_done_at_once_is_not_interrupted(pyharness, programs):
    environment = {"LD_PRELOAD": programs["interrupt_at_open"], "INTERRUPT_AT": "cli/"}
    result = pyharness("--version", env=environment)
    assert (result.code, result.stderr) == (0, "")
    assert result.stdout.startswith("pyharness ")


def test_a_configuration_that_never_comes_can_be_interrupted(pyharness, programs, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    run = pyharness.start("test", programs["naps"], "--config", tmp_path / "fifo")
    writer = []

    def open_for_writing():
        with contextlib.suppress(OSError):  # nobody reads it yet
            writer.append(os.open(tmp_path / "fifo", os.O_WRONLY | os.O_NONBLOCK))
        return writer

    run.until(open_for_writing)  # and now the runner waits for text
    run.send(signal.SIGINT)
    result = run.finish(20)
    os.close(writer[0])
    assert (result.code, result.stderr) == (2, "pyharness: error: interrupted\n")


def test_a_list_can_be_interrupted_while_it_loads(pyharness, programs):
    run = pyharness.start("test", "--list", programs["load_hangs"], "--load-timeout", "12")
    run.until(lambda: [name for name, _ in run.descendants() if "pyharness-host serve" in name])
    run.send(signal.SIGINT)
    result = run.finish(30)
    assert (result.code, result.left_behind) == (2, [])
    assert result.seconds < 4


@each_isolation
def test_a_retry_that_waits_is_not_waited_for(pyharness, programs, tmp_path, isolation):
    report = tmp_path / "report.xml"
    flags = ["--retries", "3", "--retry-delay", "50", "--isolation", isolation, "--junit", report]
    run = pyharness.start("test", programs.case("retries", "always fails"), *flags, env={"ATTEMPTS": str(tmp_path)})
    run.until(lambda: any(event["type"] == "AttemptFinished" for event in run.events_so_far()))
    run.send(signal.SIGINT)
    result = run.finish(20)
    assert result.seconds < 4
    assert (result.code, result.verdicts(), result.left_behind) == (2, {"always fails": "failed"}, [])
    assert "<failure" in report.read_text()


@each_isolation
def test_a_host_that_is_being_stopped_is_not_waited_for(pyharness, programs, tmp_path, isolation):
    """The case ignores SIGTERM, and the stop sequence has much patience with it."""
    run = pyharness.start(
        "test", programs["fault_ignores_sigterm"], "--isolation", isolation, "--junit", tmp_path / "r"
    )
    run.until(lambda: any(event["type"] == "AttemptFinished" for event in run.events_so_far()))
    press_until_it_ends(run, signal.SIGINT)
    result = run.finish(20)
    assert result.seconds < 3
    assert (result.code, result.left_behind) == (2, [])
    assert result.verdicts()["culprit"] == "failed"


@each_isolation
def test_a_flood_does_not_drown_the_interrupt(pyharness, programs, tmp_path, isolation):
    flags = ["--isolation", isolation, "--timeout", "60", "--junit", tmp_path / "report.xml"]
    run = pyharness.start("test", programs["fault_output_flood"], programs["sleepers"], "-k", "flood or parent", *flags)
    run.until_running(1)
    run.send(signal.SIGTERM)
    result = run.finish(20)
    assert result.seconds < 4
    check_interrupted(result, tmp_path / "report.xml", 5)


@each_isolation
def test_a_runner_that_is_killed_takes_all_along(pyharness, programs, isolation):
    run = pyharness.start(
        "test", programs["sleepers"], "-k", "sleeper[", "--isolation", isolation, "--test-threads", "4"
    )
    run.until_running(4)
    assert [number for name, number in run.descendants() if "pyharness-host" in name]
    run.send(signal.SIGKILL)
    run.process.wait(10)
    assert wait_until(lambda: not run.descendants(), 5), run.descendants()


@each_isolation
def test_a_runner_that_is_killed_takes_the_children_of_cases_along(pyharness, programs, isolation):
    run = pyharness.start("test", programs["sleepers"], "-k", "parent", "--isolation", isolation, "--test-threads", "4")
    run.until(lambda: [name for name, _ in run.descendants()].count("sleep 60 ") == 4)
    run.send(signal.SIGKILL)
    run.process.wait(10)
    assert wait_until(lambda: not run.descendants(), 5), run.descendants()


def test_the_event_file_tells_what_runs_while_it_runs(pyharness, programs):
    run = pyharness.start("test", programs["sleepers"], "-k", "sleeper[", "--test-threads", "4")
    run.until_running(4)
    run.until(lambda: sum(event["type"] == "AttemptStarted" for event in run.events_so_far()) == 4, limit_s=5)
    run.send(signal.SIGTERM)
    assert run.finish().code == 2


@each_isolation
def test_suites_that_do_not_unload_are_not_waited_for(pyharness, programs, isolation):
    run = pyharness.start("test", programs["unload_hangs"], "--isolation", isolation, "--test-threads", "4")
    run.until(run.started_file.exists)
    run.send(signal.SIGTERM)
    result = run.finish(20)
    assert result.seconds < 3
    assert (result.code, result.left_behind) == (2, [])
    assert set(result.verdicts().values()) == {"passed"}


@each_isolation
def test_suites_that_do_not_unload_are_killed_together(pyharness, programs, isolation):
    """All hosts have one limit, of 5 s."""
    result = pyharness.test(programs["unload_hangs"], "--isolation", isolation, "--test-threads", "4")
    assert result.code == 11
    assert result.seconds < 9
    assert "took more than 5 s to unload" in result.one("SuiteFailed")["reason"]
