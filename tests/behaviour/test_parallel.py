"""Workers run cases side by side; verdicts do not depend on how many there are."""

from __future__ import annotations

import pytest


def most_at_once(attempts):
    """Return how many attempts overlapped at most, and the sum of all durations over the time of the whole."""
    begins = [(event["start_ns"], 1) for event in attempts]
    ends = [(event["start_ns"] + event["duration_ns"], -1) for event in attempts]
    changes = sorted(begins + ends)
    running = most = 0
    for _, change in changes:
        running += change
        most = max(most, running)
    begin, end = changes[0][0], changes[-1][0]
    return most, sum(event["duration_ns"] for event in attempts) / (end - begin)


def test_four_workers_sleep_at_once(pyharness, programs, record_property):
    result = pyharness.test(programs["naps"], "--test-threads", 4)
    attempts = list(result.attempts().values())
    most, ratio = most_at_once(attempts)
    record_property("ratio", round(ratio, 3))
    assert len(attempts) == 40
    assert most == 4
    assert {event["worker"] for event in attempts} == {0, 1, 2, 3}
    assert ratio > 3.6


def test_one_worker_never_runs_two(pyharness, programs):
    result = pyharness.test(programs["naps"], "--test-threads", 1)
    attempts = list(result.attempts().values())
    most, ratio = most_at_once(attempts)
    assert len(attempts) == 40
    assert (most, {event["worker"] for event in attempts}) == (1, {0})
    assert ratio <= 1


def test_a_worker_runs_one_case_at_a_time(pyharness, programs):
    result = pyharness.test(programs["naps"], programs["printing"], programs["verdicts"], "--test-threads", 16)
    by_worker = {}
    for event in result.attempts().values():
        by_worker.setdefault(event["worker"], []).append(event)
    for attempts in by_worker.values():
        assert most_at_once(attempts)[0] == 1


@pytest.mark.parametrize("threads", [2, 4, 16])
def test_a_serial_case_runs_alone(pyharness, programs, threads):
    result = pyharness.test(programs["serial"], programs["naps"], "--test-threads", threads)
    assert result.code == 0
    attempts = list(result.attempts().values())
    spans = {event["id"]: (event["start_ns"], event["start_ns"] + event["duration_ns"]) for event in attempts}
    for alone in (name for name in spans if name.startswith("serial::alone")):
        begin, end = spans[alone]
        assert [other for other, span in spans.items() if other != alone and span[0] < end and span[1] > begin] == []


def test_verdicts_do_not_depend_on_the_number_of_threads(pyharness, programs):
    suites = [programs[name] for name in ("verdicts", "exceptions", "mixed", "bare", "selection", "serial")]
    seen = []
    for threads in (1, 2, 4, 8, 64):
        result = pyharness.test(*suites, "--test-threads", threads)
        verdicts = {event["id"]: event["verdict"] for event in result.of_type("CaseFinished")}
        messages = {
            event["id"]: sorted((failure["line"], failure["message"]) for failure in event["failures"])
            for event in result.of_type("AttemptFinished")
        }
        seen.append((result.code, verdicts, messages))
    assert all(other == seen[0] for other in seen[1:])


@pytest.mark.slow
def test_the_same_verdicts_in_a_hundred_runs(pyharness, programs):
    suites = [programs[name] for name in ("verdicts", "exceptions", "mixed", "selection", "printing")]
    seen = set()
    for _ in range(20):
        for threads in (1, 2, 4, 8, 64):
            result = pyharness.test(*suites, "--test-threads", threads)
            verdicts = sorted((event["id"], event["verdict"]) for event in result.of_type("CaseFinished"))
            seen.add((result.code, tuple(verdicts)))
    assert len(seen) == 1
