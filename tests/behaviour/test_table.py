"""What each program must yield: exit code, the verdict of every case, and texts of its failures."""

from __future__ import annotations

from typing import NamedTuple

import pytest


class Row(NamedTuple):
    suite: str
    code: int
    verdicts: dict[str, str]
    """By case; `passed` for all others."""
    count: int
    texts: dict[str, list[str]]
    """By case: a part of each message, in any order."""


def each(name, numbers, verdict):
    return {f"{name}[{number}]": verdict for number in numbers}


EXCEPTIONS = {
    "standard": "std::out_of_range: index 7 of 3",
    "derived": "shop::Priced: too dear",
    "int": "int: 42",
    "text": "a plain text",
    "string": "a std::string",
    "own type": "shop::OutOfStock",
    "null text": "exception left the case",
    "after an assertion": "std::runtime_error: after",
    "fixture": "std::runtime_error: set-up broke",
}
IN_THREADS = {
    "check in std::thread": ["1 == 2", "3 == 4"],
    "require in std::thread": ["5 == 6"],
    "check in std::async": ["7 == 8"],
    "require in std::async": ["9 == 10"],
    "deferred async": ["11 == 12"],
    "pthread": ["13 == 14"],
    "thread of a thread": ["15 == 16"],
    "fail in a thread": ["told by a thread"],
    **{f"many threads[{n}]": [f"with: {n * 100 + k} == -1" for k in range(4)] for n in range(20)},
}

TABLE = [
    Row("exceptions", 1, dict.fromkeys(EXCEPTIONS, "failed"), 10, {name: [text] for name, text in EXCEPTIONS.items()}),
    Row(
        "child_threads",
        1,
        dict.fromkeys(IN_THREADS, "failed") | {"skip in a thread": "skipped"},
        30,
        IN_THREADS | {"skip in a thread": ["said by a thread"]},
    ),
    Row("serial", 0, {}, 29, {}),
    Row("printing", 0, {}, 35, {}),
    Row(
        "verdicts",
        1,
        {
            **each("fails", range(9), "failed"),
            **each("skips", range(4), "skipped"),
            "throws": "failed",
            "off": "skipped",
            "fails, then skips": "failed",
        },
        76,
        {"skips[2]": ["number 2 is not wanted"], "throws": ["std::runtime_error: thrown"], "fails[3]": ["3 == -1"]},
    ),
    Row("selection", 0, {"delta": "skipped"}, 11, {}),
    Row("leftovers", 0, {}, 18, {}),
    Row(
        "mixed",
        1,
        {"c fails": "failed", "c++ fails": "failed", "other fails": "failed"},
        6,
        {"c fails": ["left:  1"], "c++ fails": ["1 == 2"], "other fails": ["3 == 4"]},
    ),
    Row("load_prints", 0, {}, 1, {}),
    Row(
        "bare",
        1,
        {
            "fails by report": "failed",
            "fails by return": "failed",
            "skips by report": "skipped",
            "skips by return": "skipped",
            "is disabled": "skipped",
            "returns nonsense": "failed",
            "fails and skips": "failed",
        },
        9,
        {"fails by report": ["a report of a failure"], "skips by report": ["a reason to skip"]},
    ),
    Row("unnamed", 0, {}, 2, {}),
    Row("larger_sizes", 1, {"second": "failed"}, 3, {}),
]
LEFT_OUT = {
    "child_threads": "not pthread_exit",  # test_timeouts.py
    "leftovers": "not 'child fails'",  # test_leftovers.py
}


@pytest.mark.parametrize("threads", [1, 4, 16])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.suite)
def test_yields(pyharness, programs, row, threads):
    selection = ["-k", LEFT_OUT[row.suite]] if row.suite in LEFT_OUT else []
    result = pyharness.test(programs[row.suite], "--test-threads", threads, *selection)
    verdicts = result.verdicts()
    assert {name: verdict for name, verdict in verdicts.items() if verdict != "passed"} == row.verdicts
    assert len(verdicts) == row.count
    assert result.code == row.code
    assert result.one("RunStarted")["test_threads"] == threads
    for name, texts in row.texts.items():
        messages = result.messages(name)
        assert len(messages) == len(texts), messages
        for text in texts:
            assert [message for message in messages if text in message], (text, messages)


def test_the_last_line_counts_what_the_events_count(pyharness, programs):
    result = pyharness.test(programs["verdicts"])
    assert result.last_line.startswith("60 passed, 11 failed, 5 skipped in ")
    assert result.one("RunFinished")["counts"] == {"passed": 60, "failed": 11, "skipped": 5}


def test_a_disabled_case_says_why_it_did_not_run(pyharness, programs):
    result = pyharness.test(programs["verdicts"])
    (event,) = [event for event in result.of_type("CaseFinished") if event["id"] == "verdicts::off"]
    assert "disabled" in event["reason"]
    assert "off" not in result.attempts()


def test_a_failure_by_return_value_alone_is_explained(pyharness, programs):
    result = pyharness.test(programs["bare"], "-k", "return")
    for name in ("fails by return", "returns nonsense"):
        shown = result.stdout[result.stdout.index(f"FAIL bare::{name}") :].splitlines()
        assert shown[1].startswith("  "), f"nothing says why '{name}' failed"


def test_failures_are_shown_with_file_and_line(pyharness, programs):
    result = pyharness.test(programs["exceptions"], "-k", "derived")
    (failure,) = result.attempt("derived")["failures"]
    assert failure["file"].endswith("exceptions.test.cpp")
    assert f"  {failure['file']}:{failure['line']}: exception left the case: shop::Priced: too dear" in result.stdout


def test_two_suites_of_one_process_have_registries_of_their_own(pyharness, programs):
    """Also when they are built so that GCC makes inline statics unique in the process."""
    result = pyharness.test(programs["unique_one"], programs["unique_two"], "-k", "not names")
    verdicts = {event["id"]: event["verdict"] for event in result.of_type("CaseFinished")}
    assert verdicts == {
        "unique_one::one counts": "passed",
        "unique_one::one fails": "failed",
        "unique_two::two counts": "passed",
        "unique_two::two numbers[0]": "passed",
        "unique_two::two numbers[1]": "passed",
        "unique_two::two numbers[2]": "passed",
    }
    loaded = {event["suite"]: event["cases"] for event in result.of_type("SuiteLoaded")}
    assert loaded == {"unique_one": 3, "unique_two": 5}
