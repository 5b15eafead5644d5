"""The stop sequence as data."""

from __future__ import annotations

import signal

import pytest

from pyharness.config import stop_sequence
from pyharness.config.stop_sequence import DEFAULT, StopStep


def test_the_default_is_term_then_kill() -> None:
    read = stop_sequence.read([["TERM", 5.0], ["KILL", 1.0]])
    assert read == DEFAULT
    assert read == (StopStep(signal.SIGTERM, 5_000), StopStep(signal.SIGKILL, 1_000))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([["SIGINT", 1], ["KILL", 0]], ((signal.SIGINT, 1_000), (signal.SIGKILL, 0))),
        ([["INT", 0.0001]], ((signal.SIGINT, 1), (signal.SIGKILL, 1_000))),
        ([["KILL", 2]], ((signal.SIGKILL, 2_000),)),
    ],
)
def test_it_always_ends_with_kill(value: object, expected: object) -> None:
    assert stop_sequence.read(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "TERM",
        {"TERM": 5},
        ["TERM"],
        [["TERM"]],
        [["TERM", 1, 2]],
        [["term", 1]],
        [["SIGFOO", 1]],
        [["", 1]],
        [["SIGSIGTERM", 1]],
        [[15, 1]],
        [["TERM", "1"]],
        [["TERM", True]],
        [["TERM", -1]],
        [["TERM", float("nan")]],
        [["TERM", float("inf")]],
        [["TERM", 1], []],
        [],
        [["KILL", 2], ["TERM", 2]],
        [["KILL", 2], ["KILL", 2]],
    ],
)
def test_what_is_no_sequence_is_refused(value: object) -> None:
    assert stop_sequence.read(value) is None


def test_what_is_shown_can_be_read() -> None:
    assert stop_sequence.show(DEFAULT) == [["TERM", 5.0], ["KILL", 1.0]]
    assert stop_sequence.read(stop_sequence.show(DEFAULT)) == DEFAULT
