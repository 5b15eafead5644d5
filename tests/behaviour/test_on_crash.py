"""`--on-crash continue`: the case that crashed is known, all others get the verdicts that they have without it."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ISOLATIONS = ["thread", "process", "case"]
NEIGHBOURS = [f"neighbour[{number}]" for number in range(15)]
SUDDEN = {"exits beside others": "exit code 3", "is killed beside others": "SIGKILL"}
"""Deaths that pass by every guard, and a part of what is told of them."""


def attempts_of(result, name):
    """Return what has been told of the attempts of a case, in order: (type, attempt)."""
    wanted = {"AttemptStarted", "AttemptFinished", "AttemptInterrupted"}
    return [
        (event["type"], event["attempt"])
        for event in result.events
        if event["type"] in wanted and event["id"].endswith(f"::{name}")
    ]


def crash_beside(pyharness, programs, culprit, neighbours, *arguments, running=3):
    """Let a case crash once so many neighbours run."""
    paths = [programs.case("on_crash", name) for name in (culprit, *neighbours)]
    return pyharness.test(*paths, "--on-crash", "continue", *arguments, env={"RUNNING": str(running)})


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_one_case_crashes_and_the_run_goes_on(pyharness, programs, isolation, threads):
    paths = [programs.case("crash", "null write"), programs["verdicts"], programs["selection"]]
    flags = ["--isolation", isolation, "--test-threads", threads]
    result = pyharness.test(*paths, *flags, "--on-crash", "continue")
    without = pyharness.test(*paths[1:], *flags)
    assert result.code == 1
    assert result.verdicts() == {**without.verdicts(), "null write": "failed"}
    crashed = result.attempt("null write")
    assert (crashed["outcome"], crashed["attempt"]) == ("crash", 1)
    assert result.of_type("Panic") == []


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_what_is_told_of_a_crash(pyharness, programs, isolation):
    result = pyharness.test(
        programs.case("on_crash", "aborts after a failure"), "--on-crash", "continue", "--isolation", isolation
    )
    crash = result.one("CaseCrashed")
    assert crash["id"] == "on_crash::aborts after a failure"
    assert (crash["signal"], crash["cause"], crash["attempt"]) == (6, "SIGABRT", 1)
    assert crash["output"] == "about to crash\n"
    assert [failure["message"].splitlines()[0] for failure in crash["failures"]] == ["CHECK(1 == 2)"]
    assert "aborts after a failure" in crash["repeat"]
    assert "gdb" in crash["debug"]
    found = result.one("BacktraceFound")
    assert (found["id"], found["kind"]) == (crash["id"], "crash")
    assert any("crash_here" in frame["function"] for frame in found["frames"])
    attempt = result.attempt("aborts after a failure")
    assert (attempt["outcome"], attempt["output"]) == ("crash", "about to crash\n")


def test_what_the_console_shows(pyharness, programs):
    result = crash_beside(pyharness, programs, "aborts beside others", NEIGHBOURS[:3])
    lines = result.stdout.splitlines()
    (title,) = [line for line in lines if line.startswith("CRASH")]
    assert title == "CRASH: on_crash::aborts beside others crashed: SIGABRT"
    assert not [line for line in lines if "PANIC" in line]
    assert "    about to crash" in lines
    assert any("crash_here" in line for line in lines)
    assert any("on_crash.test.cpp:" in line for line in lines)
    assert any("pyharness test " in line for line in lines)
    assert result.last_line.startswith("3 passed, 1 failed in ")


def test_what_the_report_for_servers_says(pyharness, programs, tmp_path):
    file = tmp_path / "report.xml"
    crash_beside(pyharness, programs, "aborts beside others", NEIGHBOURS[:3], "--junit", file)
    root = ET.parse(file).getroot()
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert sorted(cases) == ["aborts beside others", *NEIGHBOURS[:3]]
    (error,) = cases["aborts beside others"].findall("error")
    assert "SIGABRT" in error.get("message")
    assert "crash_here" in error.text
    assert cases["aborts beside others"].findtext("system-out").strip() == "about to crash"
    assert all(list(cases[name]) == [] for name in NEIGHBOURS[:3])
    assert (root.get("tests"), root.get("errors"), root.get("failures")) == ("4", "1", "0")


def test_neighbours_in_flight_are_run_again_under_the_same_number(pyharness, programs):
    result = crash_beside(
        pyharness, programs, "aborts beside others", NEIGHBOURS[:3], "--isolation", "thread", "--test-threads", 4
    )
    assert result.code == 1
    assert result.verdicts() == {"aborts beside others": "failed", **dict.fromkeys(NEIGHBOURS[:3], "passed")}
    for name in NEIGHBOURS[:3]:
        assert attempts_of(result, name) == [
            ("AttemptStarted", 1), ("AttemptInterrupted", 1), ("AttemptStarted", 1), ("AttemptFinished", 1),
        ]  # fmt: skip
    reasons = {event["reason"] for event in result.of_type("AttemptInterrupted")}
    assert len(reasons) == 1
    assert reasons != {""}
    assert {event["attempts"] for event in result.of_type("CaseFinished")} == {1}


def test_what_neighbours_had_printed_is_kept(pyharness, programs):
    talkers = ["talks[0]", "talks[1]"]
    result = crash_beside(pyharness, programs, "aborts beside others", talkers, "--test-threads", 3, running=2)
    cut_off = {event["id"]: event for event in result.of_type("AttemptInterrupted")}
    assert {name: event["output"] for name, event in cut_off.items()} == {
        "on_crash::talks[0]": "talk 0\n",
        "on_crash::talks[1]": "talk 1\n",
    }
    assert {event["runs_again"] for event in cut_off.values()} == {True}
    assert [result.captured(name) for name in talkers] == [b"talk 0\n", b"talk 1\n"]
    assert "talk 0" not in result.stdout, "it runs again, and passes"


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_what_ran_beside_a_panic_had_printed_is_kept(pyharness, programs, isolation):
    paths = [programs.case("on_crash", name) for name in ("aborts beside others", "talks[0]", "talks[1]")]
    flags = ["--test-threads", 3, "--isolation", isolation]
    result = pyharness.test(*paths, *flags, env={"RUNNING": "2"})
    assert result.code == 10
    cut_off = {event["id"]: event["output"] for event in result.of_type("AttemptInterrupted")}
    assert cut_off == {"on_crash::talks[0]": "talk 0\n", "on_crash::talks[1]": "talk 1\n"}
    assert [event["kind"] for event in result.of_type("BacktraceFound")] == ["crash"]
    assert "talk 0" not in result.stdout, "a panic is about the case that crashed"


@pytest.mark.parametrize("isolation", ["process", "case"])
def test_neighbours_in_other_processes_do_not_notice(pyharness, programs, isolation):
    result = crash_beside(
        pyharness, programs, "aborts beside others", NEIGHBOURS[:3], "--isolation", isolation, "--test-threads", 4
    )
    assert result.verdicts() == {"aborts beside others": "failed", **dict.fromkeys(NEIGHBOURS[:3], "passed")}
    assert result.of_type("AttemptInterrupted") == []


def test_what_has_finished_stands(pyharness, programs):
    """One worker: what ran before the crash is not run again, what comes after it has a new process."""
    paths = [programs["printing"], programs.case("crash", "abort"), programs["twin_first"]]
    result = pyharness.test(*paths, "--on-crash", "continue", "--test-threads", 1)
    verdicts = result.verdicts()
    assert set(result.attempts()) == set(verdicts), "each has one attempt"
    assert result.of_type("AttemptInterrupted") == []
    assert {name for name, verdict in verdicts.items() if verdict != "passed"} == {"abort"}


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_many_cases_crash(pyharness, programs, isolation, threads):
    flags = ["--on-crash", "continue", "--isolation", isolation, "--test-threads", threads]
    result = pyharness.test(
        programs["crash"], programs["on_crash"], "-k", "'crash::' and not on_crash or quick", *flags
    )
    assert result.code == 1
    verdicts = result.verdicts()
    assert {name for name, verdict in verdicts.items() if verdict == "passed"} == {f"quick[{n}]" for n in range(20)}
    crashed = {event["case"]: event for event in result.of_type("CaseCrashed")}
    assert set(crashed) == {name for name, verdict in verdicts.items() if verdict == "failed"}
    assert len(crashed) == len(result.of_type("CaseCrashed")) == 19
    assert {event["outcome"] for name, event in result.attempts().items() if name in crashed} == {"crash"}
    for name in ("null write", "thread throws", "division by zero", "_exit 3", "exit 5", "thread exits 0", "kill"):
        assert crashed[name]["output"].startswith(f"stdout of {name}\nstderr of {name}\n")
        assert crashed[name]["output"].count("stdout of") == 1, "it has the output of another case"
        assert result.attempt(name)["output"] == crashed[name]["output"]
    assert "SIGSEGV" in crashed["null write"]["cause"]
    assert "stack overflow" in crashed["stack overflow"]["cause"]
    assert "exit(5)" in crashed["exit 5"]["cause"]
    assert "SIGKILL" in crashed["kill"]["cause"]


@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize("culprit", SUDDEN)
def test_a_death_without_a_trace_among_others(pyharness, programs, culprit, isolation):
    flags = ["--isolation", isolation, "--test-threads", 4]
    result = crash_beside(pyharness, programs, culprit, NEIGHBOURS[:6], *flags)
    check_sudden(result, culprit, NEIGHBOURS[:6])


@pytest.mark.slow
@pytest.mark.parametrize("threads", [4, 16])
@pytest.mark.parametrize("culprit", SUDDEN)
def test_the_culprit_is_found_each_time(pyharness, programs, culprit, threads):
    for _ in range(10):
        flags = ["--isolation", "thread", "--test-threads", threads]
        result = crash_beside(pyharness, programs, culprit, NEIGHBOURS, *flags, running=threads - 1)
        check_sudden(result, culprit, NEIGHBOURS)


def check_sudden(result, culprit, neighbours):
    assert result.verdicts() == {culprit: "failed", **dict.fromkeys(neighbours, "passed")}
    assert result.code == 1
    crash = result.one("CaseCrashed")
    assert crash["case"] == culprit
    assert SUDDEN[culprit] in crash["cause"]


def test_max_fail_counts_crashes(pyharness, programs):
    flags = ["--on-crash", "continue", "--max-fail", 2, "--test-threads", 1]
    result = pyharness.test(programs["crash"], programs["verdicts"], *flags)
    counts = result.one("RunFinished")["counts"]
    assert (result.code, counts["failed"], counts.get("passed", 0)) == (1, 2, 0)
    assert "max-fail" in result.one("RunFinished")["reason"]


def test_a_crash_and_a_failure(pyharness, programs):
    paths = [programs.case("crash", "abort"), programs.case("verdicts", "throws")]
    result = pyharness.test(*paths, "--on-crash", "continue")
    assert (result.code, result.verdicts()) == (1, {"abort": "failed", "throws": "failed"})
    assert result.one("RunFinished")["counts"] == {"failed": 2}


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_a_suite_that_cannot_be_loaded_again(pyharness, programs, tmp_path, isolation):
    """Its file is gone, and then the process that has it in memory: what is left of its cases cannot be run."""
    copy = tmp_path / "suites" / "libon_crash.so"
    copy.parent.mkdir()
    shutil.copy(programs["on_crash"], copy)
    names = ["deletes its suite and crashes", *(f"quick[{number}]" for number in range(20))]
    result = pyharness.test(
        *(f"{copy}::{name}" for name in names), programs["printing"], "--on-crash", "continue",
        "--test-threads", 1, "--isolation", isolation, env={"SUITE": str(copy)},
    )  # fmt: skip
    assert result.code == 11
    attempts = result.attempts()
    assert attempts[names[0]]["outcome"] == "crash"
    assert {attempts[name]["outcome"] for name in names[1:]} == {"error"}
    assert {attempt["outcome"] for attempt in attempts.values() if attempt["suite"] == "printing"} == {"pass"}
    failed = result.one("SuiteFailed")
    assert Path(failed["path"]) == copy
    assert str(copy) in failed["reason"]
    assert any(line.startswith("ERROR") and "libon_crash.so" in line for line in result.stdout.splitlines())


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_panic_ends_the_run_in_each_isolation(pyharness, programs, isolation):
    paths = [programs.case("on_crash", name) for name in ("aborts beside others", *NEIGHBOURS)]
    flags = ["--test-threads", 4, "--isolation", isolation]
    result = pyharness.test(*paths, programs["sleepers"], *flags, env={"RUNNING": "1"}, limit_s=20)
    assert result.code == 10
    panic = result.one("Panic")
    assert (panic["case"], panic["signal"]) == ("aborts beside others", 6)
    assert result.of_type("CaseCrashed") == []
    assert result.one("RunFinished")["counts"]["not-run"] > 0
