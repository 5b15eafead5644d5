"""Limits of memory, output and load."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise

import pytest

ISOLATIONS = ["thread", "process", "case"]
LINE = re.compile(rb"line (\d{7})\n")
LEFT_OUT = re.compile(rb"\[(\d+) bytes of output are left out here\]\n")
FLOOD = b"".join(b"line %07d\n" % number for number in range(300_000))


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_too_much_memory_is_a_panic(pyharness, programs, isolation):
    paths = [programs.case("limits", "grows")]
    result = pyharness.test(*paths, "--memory-limit", "150", "--isolation", isolation, limit_s=30)
    assert result.code == 10
    panic = result.one("Panic")
    assert panic["id"] == "limits::grows"
    assert "memory" in panic["cause"] or "MiB" in panic["cause"]
    assert result.attempt("grows")["outcome"] == "crash"


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_too_much_memory_costs_one_case(pyharness, programs, isolation, threads):
    flags = ["--memory-limit", "150", "--isolation", isolation, "--on-crash", "continue", "--test-threads", threads]
    result = pyharness.test(programs["limits"], "-k", "grows or modest", *flags, limit_s=30)
    assert result.code == 1
    modest = {f"modest[{number}]": "passed" for number in range(20)}
    assert result.verdicts() == {"grows": "failed", **modest}
    assert result.attempt("grows")["outcome"] == "crash"
    crash = result.one("CaseCrashed")
    assert crash["id"] == "limits::grows"
    assert "MiB" in crash["cause"]


def test_enough_memory(pyharness, programs):
    result = pyharness.test(programs["limits"], "-k", "modest", "--memory-limit", "150")
    assert result.code == 0


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_head_and_tail_of_an_output_are_kept(pyharness, programs, isolation):
    result = pyharness.test(programs.case("limits", "flood"), "--max-output", 1, "--isolation", isolation)
    assert result.code == 0
    kept = result.captured("flood")
    head, left_out, tail = re.split(rb"\n?" + LEFT_OUT.pattern, kept)
    assert len(head) + len(tail) <= 2**20
    assert len(head) + int(left_out) + len(tail) in {len(FLOOD), len(FLOOD) - 1}
    assert FLOOD.startswith(head)
    assert FLOOD.endswith(tail)
    assert min(len(head), len(tail)) > 2**18


def test_an_output_within_the_limit_is_kept_whole(pyharness, programs):
    assert pyharness.test(programs.case("limits", "flood"), "--max-output", 4).captured("flood") == FLOOD
    assert pyharness.test(programs.case("limits", "flood")).captured("flood") == FLOOD


@pytest.fixture
def busy_machine():
    """Keep one process ready to run all the time."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield
        process.kill()


@pytest.mark.usefixtures("busy_machine")
@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_run_on_a_busy_machine_still_ends(pyharness, programs, isolation):
    flags = ["--load-limit", "0.1", "--test-threads", 4, "--isolation", isolation]
    result = pyharness.test(programs["limits"], "-k", "narrow", *flags)
    assert result.code == 0
    attempts = sorted(result.attempts().values(), key=lambda event: event["start_ns"])
    assert len(attempts) == 16
    for before, after in pairwise(attempts):
        assert before["start_ns"] + before["duration_ns"] <= after["start_ns"], "two ran at once"


def test_a_load_limit_that_is_not_reached(pyharness, programs):
    result = pyharness.test(programs["limits"], "-k", "narrow", "--load-limit", "1000", "--test-threads", 4)
    assert result.code == 0
    assert {event["worker"] for event in result.attempts().values()} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("flag", "value"),
    [("--memory-limit", "0"), ("--memory-limit", "-5"), ("--memory-limit", "1.5"), ("--max-output", "0"),
     ("--max-output", "x"), ("--load-limit", "0"), ("--load-limit", "-1"), ("--load-limit", "nan")],
)  # fmt: skip
def test_limits_that_are_not_allowed(pyharness, programs, flag, value):
    result = pyharness.test(programs["limits"], flag, value)
    assert (result.code, result.stdout) == (4, "")
    assert flag in result.stderr


def test_hosts_that_cannot_be_started_are_a_matter_of_limits(pyharness, programs):
    """What cases declare is not known when the limit of open files is looked at."""
    limited = ["/bin/sh", "-c", 'ulimit -n 128; exec "$@"', "sh"]
    result = pyharness("test", programs["isolation_by_cmake"], programs["naps"], "--test-threads", "20", prefix=limited)
    assert result.code == 4
    assert "the run cannot start: " in result.stderr
    assert "open files" in result.stderr
    assert not result.left_behind
