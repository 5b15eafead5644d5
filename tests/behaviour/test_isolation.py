"""How far cases are kept apart: on threads of one process, in a process of a worker's own, in one for each case."""

from __future__ import annotations

import re

import pytest

TOLD = re.compile(r"pid=(\d+) nth=(\d+)")
GROUPS = ("thread", "process", "own", "silent")
CASES = 24
"""Of each group."""

EVERYTHING = {
    **{f"{group}[{number}]": "passed" for group in GROUPS for number in range(CASES)},
    **{f"serial {group}": "passed" for group in GROUPS[:3]},
    **{f"{group} fails": "failed" for group in GROUPS[:3]},
    **{f"{group} skips": "skipped" for group in GROUPS[:3]},
    "own throws": "failed",
}


def isolation_of(result, group, suite="isolation"):
    """Tell from processes and their states how far the cases of a group were kept apart."""
    attempts = [result_of for result_of in result.of_type("AttemptFinished") if is_in(result_of, suite, group)]
    assert len(attempts) == CASES
    told = [tuple(map(int, TOLD.search(attempt["output"]).groups())) for attempt in attempts]
    workers = {attempt["worker"] for attempt in attempts}
    places = {(attempt["worker"], pid) for attempt, (pid, _) in zip(attempts, told, strict=True)}
    pids = {pid for pid, _ in told}
    assert len(workers) > 1, "one worker ran them all: nothing can be told"
    if len(pids) == CASES:
        assert {nth for _, nth in told} == {1}, "a state has passed from case to case"
        return "case"
    if len(pids) == 1:
        return "thread"
    assert len(pids) == len(workers) == len(places)
    for pid in pids:
        seen = sorted(nth for other, nth in told if other == pid)
        assert seen == list(range(seen[0], seen[0] + len(seen))), "a process did not keep its state"
    return "process"


def is_in(attempt, suite, group):
    return attempt["suite"] == suite and attempt["case"].startswith(f"{group}[")


def configure(folder, text):
    (folder / "pyharness.toml").write_text(text)


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_the_flag_is_for_all_cases(pyharness, programs, isolation):
    result = pyharness.test(programs["isolation"], "-k", "[", "--isolation", isolation, "--test-threads", 2)
    assert result.code == 0
    assert {group: isolation_of(result, group) for group in GROUPS} == dict.fromkeys(GROUPS, isolation)


@pytest.mark.parametrize("arguments", [[], ["--isolation", "auto"]])
def test_each_case_as_it_declares(pyharness, programs, arguments):
    result = pyharness.test(programs["isolation"], "-k", "[", "--test-threads", 2, *arguments)
    expected = {"thread": "thread", "process": "process", "own": "case", "silent": "thread"}
    assert {group: isolation_of(result, group) for group in GROUPS} == expected


@pytest.mark.parametrize(("suite", "declared"), [("isolation_by_cmake", "process"), ("isolation_by_source", "case")])
def test_a_suite_declares_for_cases_that_do_not(pyharness, programs, suite, declared):
    result = pyharness.test(programs[suite], "-k", "[", "--test-threads", 2)
    expected = {"thread": "thread", "process": "process", "own": "case", "silent": declared}
    assert {group: isolation_of(result, group, suite) for group in GROUPS} == expected


def test_suites_differ_within_one_run(pyharness, programs):
    suites = {"isolation": "thread", "isolation_by_cmake": "process", "isolation_by_source": "case"}
    result = pyharness.test(*(programs[suite] for suite in suites), "-k", "silent", "--test-threads", 2)
    assert {suite: isolation_of(result, "silent", suite) for suite in suites} == suites


def test_the_variable_stands_in_for_the_flag(pyharness, programs):
    environment = {"PYHARNESS_ISOLATION": "case"}
    run = [programs["isolation"], "-k", "thread[", "--test-threads", 2]
    assert isolation_of(pyharness.test(*run, env=environment), "thread") == "case"
    assert isolation_of(pyharness.test(*run, "--isolation", "process", env=environment), "thread") == "process"


def test_precedence(pyharness, programs, tmp_path):
    """The flag, then an override, then the section [test], then the case, then its suite."""
    run = [programs["isolation_by_cmake"], "-k", "own[ or silent", "--test-threads", 2]

    def seen(*arguments):
        result = pyharness.test(*run, *arguments)
        return [isolation_of(result, group, "isolation_by_cmake") for group in ("own", "silent")]

    assert seen() == ["case", "process"]
    configure(tmp_path, '[test]\nisolation = "thread"\n')
    assert seen() == ["thread", "thread"]
    configure(tmp_path, '[[test.overrides]]\nfilter = "silent"\nisolation = "case"\n')
    assert seen() == ["case", "case"]
    overrides = '[[test.overrides]]\nfilter = "silent"\nisolation = "case"\n'
    overrides += '[[test.overrides]]\nfilter = "own"\nisolation = "auto"\n'
    configure(tmp_path, '[test]\nisolation = "thread"\n' + overrides)
    assert seen() == ["case", "case"]
    assert seen("--isolation", "process") == ["process", "process"]


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("arguments", [[], ["--no-capture"]])
def test_a_mixed_run_has_all_verdicts_right(pyharness, programs, threads, arguments):
    result = pyharness.test(programs["isolation"], "--test-threads", threads, *arguments)
    assert result.verdicts() == EVERYTHING
    assert result.code == 1
    assert result.messages("thread fails") == ["in a thread"]
    assert result.messages("process fails") == ["in a process"]
    assert result.messages("own fails") == ["in its own process"]
    assert result.messages("own skips") == ["in its own process"]
    assert len(result.messages("own throws")) == 1


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_verdicts_do_not_depend_on_it(pyharness, programs, isolation):
    suites = [programs[name] for name in ("verdicts", "exceptions", "mixed", "selection")]
    usual = pyharness.test(*suites)
    other = pyharness.test(*suites, "--isolation", isolation)
    assert other.code == usual.code
    assert other.verdicts() == usual.verdicts()
    for name, attempt in usual.attempts().items():
        assert other.attempt(name)["failures"] == attempt["failures"]
        assert other.attempt(name)["output"] == attempt["output"]


@pytest.mark.parametrize("isolation", ["process", "case"])
def test_no_capture(pyharness, programs, isolation):
    case = programs.case("printing", "prints[3]")
    result = pyharness.test(case, "--no-capture", "--isolation", isolation)
    assert result.code == 0
    assert result.one("RunStarted")["test_threads"] == 1
    assert "<3 printf 9>" in result.stdout.splitlines()
    assert "<3 system 0>" in result.stdout.splitlines()
    assert "<3 cerr 9>" in result.stderr.splitlines()
    assert result.captured("prints[3]") == b""


@pytest.mark.parametrize("isolation", ["process", "case"])
def test_output_is_captured_by_case(pyharness, programs, isolation):
    captured = pyharness.test(programs["printing"], "--isolation", isolation)
    usual = pyharness.test(programs["printing"])
    assert captured.code == 0
    for name in usual.attempts():
        assert sorted(captured.captured(name).splitlines()) == sorted(usual.captured(name).splitlines())


@pytest.mark.parametrize("threads", [2, 8])
def test_serial_cases_are_alone_across_isolations(pyharness, programs, threads):
    result = pyharness.test(programs["isolation"], programs["serial"], "--test-threads", threads)
    spans = {
        event["id"]: (event["start_ns"], event["start_ns"] + event["duration_ns"])
        for event in result.of_type("AttemptFinished")
    }
    serial = [name for name in spans if "::serial " in name or "::alone[" in name]
    assert len(serial) == 3 + 5
    for alone in serial:
        begin, end = spans[alone]
        assert [other for other, span in spans.items() if other != alone and span[0] < end and span[1] > begin] == []


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_workers_sleep_at_once(pyharness, programs, isolation):
    result = pyharness.test(programs["naps"], "--test-threads", 4, "--isolation", isolation)
    attempts = list(result.attempts().values())
    begin = min(event["start_ns"] for event in attempts)
    end = max(event["start_ns"] + event["duration_ns"] for event in attempts)
    assert {event["worker"] for event in attempts} == {0, 1, 2, 3}
    assert sum(event["duration_ns"] for event in attempts) > 3 * (end - begin)


@pytest.mark.parametrize("value", ["fork", "", "Thread", "none"])
def test_a_level_that_does_not_exist(pyharness, programs, value):
    result = pyharness.test(programs["isolation"], "--isolation", value)
    assert (result.code, result.stdout) == (4, "")
    assert "--isolation" in result.stderr
