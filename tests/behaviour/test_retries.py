"""A case that has failed is run again: how often, when, and what becomes of the run."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest


@pytest.fixture
def run(pyharness, programs, tmp_path):
    """Run cases of the suite `retries`, each call with attempts counted from 1."""
    count = iter(range(1000))

    def run_cases(names, *arguments, **others):
        folder = tmp_path / f"attempts{next(count)}"
        folder.mkdir()
        paths = [programs.case("retries", name) for name in names]
        return pyharness.test(*paths, *arguments, env={"ATTEMPTS": str(folder)}, **others)

    return run_cases


def attempts_of(result, name):
    return [event for event in result.of_type("AttemptFinished") if event["case"] == name]


def outcomes_of(result, name):
    return [event["outcome"] for event in attempts_of(result, name)]


def end_of(attempt):
    return attempt["start_ns"] + attempt["duration_ns"]


def waits_of(result, name):
    """Return the seconds between the attempts of a case."""
    attempts = attempts_of(result, name)
    return [(after["start_ns"] - end_of(before)) / 1e9 for before, after in pairwise(attempts)]


def configure(folder, text):
    (folder / "pyharness.toml").write_text(text)


ALL = ["passes at once", "fails once", "fails twice", "always fails", "skips"]


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
@pytest.mark.parametrize("threads", [1, 4])
def test_failures_are_run_again_and_nothing_else(run, isolation, threads):
    result = run(ALL, "--retries", 2, "--isolation", isolation, "--test-threads", threads)
    assert result.code == 1
    assert result.verdicts() == {
        "passes at once": "passed",
        "fails once": "flaky",
        "fails twice": "flaky",
        "always fails": "failed",
        "skips": "skipped",
    }
    assert {name: outcomes_of(result, name) for name in ALL} == {
        "passes at once": ["pass"],
        "fails once": ["fail", "pass"],
        "fails twice": ["fail", "fail", "pass"],
        "always fails": ["fail"] * 3,
        "skips": ["skip"],
    }
    for name in ALL:
        assert [event["attempt"] for event in attempts_of(result, name)] == [1, 2, 3][: len(outcomes_of(result, name))]
    ended = {event["id"]: event["attempts"] for event in result.of_type("CaseFinished")}
    assert ended["retries::fails twice"] == 3
    assert ended["retries::passes at once"] == 1


def test_without_the_flag_nothing_is_run_again(run):
    result = run(["fails once"])
    assert (result.code, result.verdicts(), outcomes_of(result, "fails once")) == (
        1,
        {"fails once": "failed"},
        ["fail"],
    )


def test_too_few_retries(run):
    result = run(["fails twice"], "--retries", 1)
    assert (result.code, result.verdicts()) == (1, {"fails twice": "failed"})


def test_the_variable_stands_in_for_the_flag(pyharness, programs, tmp_path):
    environment = {"ATTEMPTS": str(tmp_path), "PYHARNESS_RETRIES": "1"}
    result = pyharness.test(programs.case("retries", "fails once"), env=environment)
    assert result.verdicts() == {"fails once": "flaky"}


def test_flaky_decides_about_the_exit_code(run):
    assert run(["fails once"], "--retries", 1).code == 0
    assert run(["fails once"], "--retries", 1, "--flaky", "pass").code == 0
    result = run(["fails once", "passes at once"], "--retries", 1, "--flaky", "fail")
    assert (result.code, result.verdicts()["fails once"]) == (1, "flaky")
    assert run(["passes at once"], "--retries", 1, "--flaky", "fail").code == 0


def test_the_console_tells_of_each_attempt(run):
    result = run(["fails once", "passes at once"], "--retries", 1)
    lines = result.stdout.splitlines()
    assert any(line.startswith("RETRY retries::fails once") for line in lines)
    listed = lines[lines.index("flaky:") :]
    assert listed[1] == "  retries::fails once, passed at attempt 2"
    assert listed[2].startswith("    attempt 1: FAIL (")
    assert result.last_line.startswith("1 passed, 1 flaky in ")


def test_the_output_of_a_failed_attempt_is_shown_like_that_of_a_failure(run):
    lines = run(["fails once"], "--retries", 1).stdout.splitlines()
    (title,) = [line for line in lines if line.startswith("RETRY retries::fails once")]
    at = lines.index(title)
    assert "CHECK(attempt_of" in lines[at + 1]
    assert lines.index("    this is attempt 1") > lines.index("  captured output:") > at
    assert "    this is attempt 2" not in lines
    quiet = run(["fails once"], "--retries", 1, "-q").stdout
    assert "this is attempt" not in quiet


def test_each_attempt_keeps_its_output(run):
    result = run(["fails twice"], "--retries", 2)
    assert [event["output"] for event in attempts_of(result, "fails twice")] == [
        f"this is attempt {number}\n" for number in (1, 2, 3)
    ]
    assert [len(event["failures"]) for event in attempts_of(result, "fails twice")] == [1, 1, 0]


def test_a_retry_waits(run):
    result = run(["fails twice"], "--retries", 2, "--retry-delay", "0.3")
    first, second = waits_of(result, "fails twice")
    assert 0.3 <= first < 3
    assert 0.3 <= second < 3
    assert [event["retry_in_ms"] is None for event in attempts_of(result, "fails twice")] == [False, False, True]
    for event in attempts_of(result, "fails twice")[:2]:
        assert 250 <= event["retry_in_ms"] <= 300


def test_each_wait_is_twice_as_long(run):
    result = run(["fails twice"], "--retries", 2, "--retry-delay", "0.2", "--retry-backoff", "exponential")
    first, second = waits_of(result, "fails twice")
    assert first >= 0.2
    assert second >= 0.4
    told = [event["retry_in_ms"] for event in attempts_of(result, "fails twice")]
    assert 150 <= told[0] <= 200
    assert 350 <= told[1] <= 400


def test_jitter_keeps_to_its_half(run):
    """What is told of each wait lies between its half and the whole, and is not the same each time."""
    flags = ["--retries", 5, "--retry-delay", "0.1", "--retry-jitter", "--isolation", "thread"]
    result = run(["always fails", "also fails"], *flags)
    told = [event["retry_in_ms"] for event in result.of_type("AttemptFinished") if event["retry_in_ms"] is not None]
    assert len(told) == 10
    assert all(40 <= wait <= 100 for wait in told)
    assert len(set(told)) > 2
    assert all(wait >= 0.05 for name in ("always fails", "also fails") for wait in waits_of(result, name))


def test_a_waiting_retry_holds_no_worker(run):
    others = [f"other[{number}]" for number in range(10)]
    result = run(["fails once", *others], "--retries", 1, "--retry-delay", "0.15", "--test-threads", 1)
    assert result.verdicts() == {"fails once": "flaky", **dict.fromkeys(others, "passed")}
    first, second = attempts_of(result, "fails once")
    between = [
        event["case"]
        for event in result.of_type("AttemptFinished")
        if end_of(first) <= event["start_ns"] and end_of(event) <= second["start_ns"]
    ]
    assert len(between) >= 5


def test_max_fail_counts_cases_that_have_failed_for_good(run):
    names = ["fails once", "fails twice", "always fails", "passes at once"]
    result = run(names, "--retries", 2, "--max-fail", 1, "--test-threads", 1)
    assert result.verdicts()["fails once"] == "flaky"
    assert result.verdicts()["fails twice"] == "flaky"
    assert result.verdicts()["passes at once"] == "passed"


def test_enough_failures_end_the_retries_too(run):
    """When the first case has failed for good, the second, which has failed once, is not run again."""
    flags = ["--max-fail", 1, "--test-threads", 1]
    result = run(["always fails", "also fails"], "--retries", 1, "--retry-delay", "0.2", *flags)
    assert (result.code, result.verdicts()) == (1, {"always fails": "failed", "also fails": "failed"})
    assert outcomes_of(result, "always fails") == ["fail", "fail"]
    assert outcomes_of(result, "also fails") == ["fail"]
    reason = next(event["reason"] for event in result.of_type("CaseFinished") if event["attempts"] == 1)
    assert "--max-fail" in reason


def test_a_case_that_hung_is_run_again(run):
    result = run(["hangs once", "passes at once"], "--retries", 1)
    assert result.code == 0
    assert result.verdicts() == {"hangs once": "flaky", "passes at once": "passed"}
    assert outcomes_of(result, "hangs once") == ["timeout", "pass"]


@pytest.mark.parametrize("isolation", ["thread", "process", "case"])
def test_a_case_that_crashed_is_run_again(run, isolation):
    flags = ["--retries", 1, "--on-crash", "continue", "--isolation", isolation]
    result = run(["crashes once", "passes at once"], *flags)
    assert result.code == 0
    assert result.verdicts() == {"crashes once": "flaky", "passes at once": "passed"}
    assert outcomes_of(result, "crashes once") == ["crash", "pass"]
    assert result.one("CaseCrashed")["attempt"] == 1


def test_each_crash_is_told(run):
    result = run(["always crashes", "passes at once"], "--retries", 2, "--on-crash", "continue")
    assert result.code == 1
    assert result.verdicts() == {"always crashes": "failed", "passes at once": "passed"}
    assert outcomes_of(result, "always crashes") == ["crash"] * 3
    crashes = result.of_type("CaseCrashed")
    assert [crash["attempt"] for crash in crashes] == [1, 2, 3]
    assert [crash["output"] for crash in crashes] == [f"this is attempt {number}\n" for number in (1, 2, 3)]
    assert [len(crash["failures"]) for crash in crashes] == [1, 1, 1]


def test_a_panic_is_not_retried(run):
    result = run(["crashes once"], "--retries", 3)
    assert result.code == 10
    assert result.one("Panic")["attempt"] == 1
    assert outcomes_of(result, "crashes once") == ["crash"]


def test_the_report_for_servers_has_all_attempts(run, tmp_path):
    file = tmp_path / "report.xml"
    names = ["fails twice", "always fails", "hangs once", "passes at once"]
    run(names, "--retries", 2, "--junit", file)
    root = ET.parse(file).getroot()
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert sorted(cases) == sorted(names)
    assert list(cases["passes at once"]) == [] or [child.tag for child in cases["passes at once"]] == ["system-out"]
    flaky = cases["fails twice"].findall("flakyFailure")
    assert [other.findtext("system-out").strip() for other in flaky] == ["this is attempt 1", "this is attempt 2"]
    assert cases["fails twice"].find("failure") is None
    assert cases["fails twice"].findtext("system-out").strip() == "this is attempt 3"
    rerun = cases["always fails"].findall("rerunFailure")
    assert [other.findtext("system-out").strip() for other in rerun] == ["this is attempt 2", "this is attempt 3"]
    assert len(cases["always fails"].findall("failure")) == 1
    assert [child.tag for child in cases["hangs once"] if child.tag.startswith("flaky")] == ["flakyError"]
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "1", "0")


def test_retries_per_case(run, tmp_path):
    configure(
        tmp_path,
        """
        [test]
        retries = 1
        [[test.overrides]]
        filter = "twice"
        retries = 2
        [[test.overrides]]
        filter = "always"
        retries = 0
        """,
    )
    names = ["fails once", "fails twice", "always fails", "also fails"]
    result = run(names)
    assert {name: len(attempts_of(result, name)) for name in names} == {
        "fails once": 2, "fails twice": 3, "always fails": 1, "also fails": 2,
    }  # fmt: skip
    assert {len(attempts_of(run(names, "--retries", 0), name)) for name in names} == {1}


def test_waits_per_case(run, tmp_path):
    configure(
        tmp_path,
        """
        [test]
        retries = 2
        [[test.overrides]]
        filter = "twice"
        retry-delay = 0.2
        retry-backoff = "exponential"
        """,
    )
    result = run(["fails twice", "always fails"])
    first, second = waits_of(result, "fails twice")
    assert first >= 0.2
    assert second >= 0.4
    assert {event["retry_in_ms"] for event in attempts_of(result, "always fails")} <= {0, None}


@pytest.mark.parametrize(
    "arguments", [["--retries", "-1"], ["--retries", "101"], ["--retries", "x"], ["--retry-delay", "-1"],
                  ["--retry-delay", "soon"], ["--retry-backoff", "linear"], ["--flaky", "maybe"]],
)  # fmt: skip
def test_what_is_not_allowed(run, arguments):
    result = run(["passes at once"], *arguments)
    assert (result.code, result.stdout) == (4, "")
    assert arguments[0] in result.stderr
