"""What is told of attempts: retries, interruptions, crashes that end nothing, hangs, leaks, slow cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyharness import crashes
from pyharness.batch import Crash, Interrupted, Leak, LostSuite, Running, Stack
from pyharness.engine import OUTCOMES
from pyharness.errors import ExitCode
from pyharness.events import Failure
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

PASS, FAIL, SKIP, CRASH, TIMEOUT = (
    OUTCOMES.index(outcome) for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.SKIP, Outcome.CRASH, Outcome.TIMEOUT)
)
S = 10**9
ABORT = Crash(
    task=0,
    attempt=1,
    suspects=(),
    worker=0,
    kind="signal",
    signal=6,
    exit_code=0,
    address=0,
    is_sent=False,
    stack_overflow=False,
    left_over=False,
    memory_bytes=0,
    output=b"",
    frames=(0x10,),
    maps="",
)


def like(crash: Crash, **others: Any) -> Crash:
    return Crash(**({name: getattr(crash, name) for name in crash.__struct_fields__} | others))


def told(events: Iterable[Any], *hidden: str) -> list[tuple[Any, ...]]:
    """Return type, id and attempt of all that is told of cases."""
    rows = [
        (type(event).__name__, event.id, getattr(event, "attempt", None)) for event in events if hasattr(event, "id")
    ]
    return [tuple(part for part in row if part is not None) for row in rows if row[0] not in hidden]


def verdicts(events: Iterable[Any]) -> dict[str, tuple[str, int]]:
    return {event.id: (event.verdict.value, event.attempts) for event in events if hasattr(event, "verdict")}


# ---- retries


def failed_then(batch, outcome: int):
    first = batch([0], [FAIL], finals=b"\0", retry_delays_ms=[500], reports={0: [Failure("x.c", 7, "no")]})
    return [first, batch([0], [outcome], attempts=[2])]


def test_a_pass_after_a_failure_is_flaky_and_told_to_all(run, batch, suite, fake_engine) -> None:
    code, patient, brief = run(fake_engine([suite("s", 1)], failed_then(batch, PASS)))
    assert code == ExitCode.OK
    assert told(patient.events) == told(brief.events)
    assert told(patient.events) == [
        ("AttemptStarted", "s::case 0", 1),
        ("AttemptFinished", "s::case 0", 1),
        ("AttemptStarted", "s::case 0", 2),
        ("AttemptFinished", "s::case 0", 2),
        ("CaseFinished", "s::case 0"),
    ]
    first, second = [event for event in patient.events if type(event).__name__ == "AttemptFinished"]
    assert (first.retry_in_ms, first.failures[0].message) == (500, "no")
    assert (second.retry_in_ms, second.failures) == (None, ())
    assert verdicts(brief.events) == {"s::case 0": ("flaky", 2)}
    assert patient.events[-1].counts == {"flaky": 1}


@pytest.mark.parametrize("outcome", [FAIL, SKIP, CRASH, TIMEOUT])
def test_only_a_pass_makes_up_for_a_failure(outcome: int, *, run, batch, suite, fake_engine) -> None:
    code, patient, _ = run(fake_engine([suite("s", 1)], failed_then(batch, outcome)))
    assert code == ExitCode.FAILED
    assert verdicts(patient.events) == {"s::case 0": ("failed", 2)}


def test_flaky_cases_fail_the_run_where_that_is_the_rule(run, batch, suite, fake_engine) -> None:
    code, patient, _ = run(fake_engine([suite("s", 1)], failed_then(batch, PASS)), flaky="fail")
    assert code == ExitCode.FAILED
    assert patient.events[-1].counts == {"flaky": 1}


def test_a_case_whose_retry_was_not_run_has_failed(run, batch, suite, fake_engine) -> None:
    engine = fake_engine([suite("s", 2)], failed_then(batch, PASS)[:1], left=[0, 1])
    code, patient, _ = run(engine)
    assert code == ExitCode.FAILED
    assert verdicts(patient.events) == {"s::case 0": ("failed", 1), "s::case 1": ("not-run", 0)}
    reasons = [event.reason for event in patient.events if hasattr(event, "verdict")]
    assert reasons[0] == "attempt 1 failed, and the run ended before the next: no host could go on with it"


def test_a_retry_that_starts_in_the_batch_of_the_failure_is_told_after_it(run, batch, suite, fake_engine) -> None:
    begun = (Running(0, 1, 0, 5, 0), Running(0, 2, 1, 50, 0))
    batches = [
        batch([0], [FAIL], finals=b"\0", starts_ns=[5], started=begun),
        batch([0], [PASS], attempts=[2], starts_ns=[50]),
    ]
    _, patient, _ = run(fake_engine([suite("s", 1)], batches))
    assert [row[::2] for row in told(patient.events, "CaseFinished")] == [
        ("AttemptStarted", 1),
        ("AttemptFinished", 1),
        ("AttemptStarted", 2),
        ("AttemptFinished", 2),
    ]


# ---- interruptions


@pytest.mark.parametrize("at_once", [False, True])
def test_an_interrupted_attempt_has_an_end_and_starts_again(at_once: bool, *, run, batch, suite, fake_engine) -> None:
    begun, again = Running(0, 1, 0, 5, 0), Running(0, 1, 1, 50, 0)
    cut = (Interrupted(0, 1, 0, 5, 7, "its host died"),)
    apart = [
        batch(started=(begun,)),
        batch(interrupted=cut),
        batch(started=(again,)),
        batch([0], [PASS], starts_ns=[50]),
    ]
    together = [batch([0], [PASS], starts_ns=[50], started=(begun, again), interrupted=cut)]
    code, patient, _ = run(fake_engine([suite("s", 1)], together if at_once else apart))
    assert code == ExitCode.OK
    assert told(patient.events) == [
        ("AttemptStarted", "s::case 0", 1),
        ("AttemptInterrupted", "s::case 0", 1),
        ("AttemptStarted", "s::case 0", 1),
        ("AttemptFinished", "s::case 0", 1),
        ("CaseFinished", "s::case 0"),
    ]


@pytest.mark.parametrize("cut", [(), (Interrupted(0, 1, 0, 5, 7, "the run ended"),)])
def test_what_runs_when_the_run_ends_has_an_end_too(cut: Any, *, run, batch, suite, fake_engine) -> None:
    batches = [
        batch(started=(Running(0, 1, 0, 5, 0),), running=(Running(0, 1, 0, 5, 7),)),
        batch(interrupted=cut, over=True),
    ]
    _, patient, _ = run(fake_engine([suite("s", 2)], batches, left=[0, 1]))
    (end,) = [event for event in patient.events if type(event).__name__ == "AttemptInterrupted"]
    assert (end.id, end.start_ns, end.duration_ns) == ("s::case 0", 5, 7)
    first, second = [event.reason for event in patient.events if hasattr(event, "verdict")]
    assert first == f"did not get to its end: {second}"


# ---- crashes and hangs


def test_a_crash_without_a_panic_fails_its_case_only(run, batch, suite, fake_engine) -> None:
    batches = [batch([0], [CRASH], crashes=(ABORT,)), batch([1], [PASS])]
    code, _, brief = run(fake_engine([suite("s", 2)], batches))
    assert code == ExitCode.FAILED
    assert told(brief.events) == [
        ("CaseCrashed", "s::case 0", 1),
        ("BacktraceFound", "s::case 0", 1),
        ("AttemptStarted", "s::case 0", 1),
        ("AttemptFinished", "s::case 0", 1),
        ("CaseFinished", "s::case 0"),
    ]
    assert brief.events[-1].counts == {"passed": 1, "failed": 1}
    assert brief.events[-1].reason == ""


def test_only_the_last_crash_is_the_panic(run, batch, suite, fake_engine) -> None:
    last = like(ABORT, task=1, attempt=2, frames=())
    batches = [batch([0, 1], [CRASH, CRASH], attempts=[1, 2], crashes=(ABORT, last), panic=True, over=True)]
    code, patient, _ = run(fake_engine([suite("s", 2)], batches))
    assert code == ExitCode.PANIC
    assert [row for row in told(patient.events) if row[0] in {"CaseCrashed", "Panic"}] == [
        ("CaseCrashed", "s::case 0", 1),
        ("Panic", "s::case 1", 2),
    ]


def test_a_crash_that_nobody_can_be_named_for_fails_the_run(run, batch, suite, fake_engine) -> None:
    crash = like(ABORT, task=None, suspects=(0, 1), frames=())
    code, _, brief = run(fake_engine([suite("s", 2)], [batch([0, 1], [PASS, PASS], crashes=(crash,))]))
    assert code == ExitCode.FAILED
    assert brief.events[2].suspects == ("s::case 0", "s::case 1")


@pytest.mark.parametrize(
    ("others", "cause"),
    [
        ({"kind": "stopped", "signal": 19}, "the process was stopped by SIGSTOP"),
        ({"kind": "memory", "memory_bytes": 300 << 20}, "the process used 300 MiB, more than --memory-limit allows"),
        (
            {"kind": "sanitizer", "output": b"==1==\nSUMMARY: AddressSanitizer: heap-use-after-free x.c:3 in f\n"},
            "AddressSanitizer: heap-use-after-free x.c:3 in f",
        ),
        ({"kind": "sanitizer"}, "a sanitizer found an error; its output says which"),
        ({"kind": "unseen", "signal": 9}, "the process was killed by SIGKILL"),
        ({"kind": "unseen", "signal": 0, "exit_code": 3}, "the process ended with exit code 3, as by _exit(3)"),
    ],
)
def test_the_cause_is_said_in_words(others: dict[str, Any], cause: str) -> None:
    assert crashes.cause_of(like(ABORT, **others)) == cause


def test_of_a_program_nobody_knows_how_it_came_to_its_exit() -> None:
    """It may have returned from `main`, or called `exit`."""
    gone = like(ABORT, kind="unseen", signal=0, exit_code=3)
    assert crashes.cause_of(gone, launched=True) == "the program ended with exit code 3 before the case did"
    killed = like(ABORT, kind="unseen", signal=9)
    assert crashes.cause_of(killed, launched=True) == "the process was killed by SIGKILL"


def test_a_run_with_many_stacks_stops_looking_up_names() -> None:
    symboliser = crashes.Symboliser()
    symboliser._left_s = 0
    frames, note = symboliser.frames((0x10, 0x20), "", crashes.HANG_LIMIT_S)
    assert [frame.address for frame in frames] == [0x10, 0x20]
    assert note == "the time for looking up names in this run was over; frames are raw"


def test_the_stack_of_a_hang_waits_for_the_end_of_its_attempt(run, batch, suite, fake_engine) -> None:
    batches = [batch(stacks=(Stack(0, 1, (0x10,), ""),)), batch([0], [TIMEOUT])]
    _, _, brief = run(fake_engine([suite("s", 1)], batches))
    assert [row[0] for row in told(brief.events)] == [
        "AttemptStarted",
        "AttemptFinished",
        "BacktraceFound",
        "CaseFinished",
    ]
    (stack,) = [event for event in brief.events if type(event).__name__ == "BacktraceFound"]
    assert (stack.kind, [frame.address for frame in stack.frames]) == ("hang", [0x10])


# ---- leaks, slow cases, suites


def test_a_pass_that_leaks_is_told_to_all(run, batch, suite, fake_engine) -> None:
    leaks = {1: [Leak("changed the umask to 0", certain=True)]}
    code, _, brief = run(fake_engine([suite("s", 2)], [batch([0, 1], [PASS, PASS], leaks=leaks)]))
    assert code == ExitCode.OK
    assert [event.count for event in brief.events if type(event).__name__ == "PassesFinished"] == [1]
    (finished,) = [event for event in brief.events if type(event).__name__ == "AttemptFinished"]
    assert (finished.id, finished.leaks) == ("s::case 1", ("changed the umask to 0",))
    assert brief.events[-1].counts == {"passed": 2}


@pytest.mark.parametrize(("rule", "code"), [("warn", ExitCode.OK), ("fail", ExitCode.FAILED)])
def test_an_uncertain_leak_fails_no_case_but_may_fail_the_run(
    rule: str, code: ExitCode, *, run, batch, suite, fake_engine
) -> None:
    leaks = {0: [Leak("a thread is left, maybe by another case", certain=False)]}
    result = run(fake_engine([suite("s", 1)], [batch([0], [PASS], leaks=leaks)]), leaks=rule)
    assert result.code == code
    assert result.brief.events[-1].counts == {"passed": 1}


def test_a_slow_case_is_noticed_once_in_each_interval(run, batch, suite, fake_engine) -> None:
    begun = (Running(0, 1, 0, 5, 0), Running(1, 1, 1, 5, 0))
    ticks = [
        batch(
            started=begun * (tick == 0),
            running=(Running(1, 1, 1, 5, tick * S // 2), *([Running(0, 1, 0, 5, 0)] if tick == 0 else [])),
        )
        for tick in range(6)
    ]
    _, _, brief = run(fake_engine([suite("s", 2)], [*ticks, batch([0, 1], [PASS, PASS])]), slow_after_s=1.0)
    noticed = [(event.id, event.elapsed_ns) for event in brief.events if type(event).__name__ == "SlowNoticed"]
    assert noticed == [("s::case 1", S), ("s::case 1", 2 * S)]


def test_a_suite_that_is_lost_in_the_middle_is_told_by_its_path(run, batch, suite, fake_engine) -> None:
    lost = LostSuite(0, "cannot load suite 's.so' again: it is gone; leave it alone while it runs", "hm")
    code, _, brief = run(fake_engine([suite("s", 1)], [batch(failed_suites=(lost,), over=True)], left=[0]))
    assert code == ExitCode.SUITE_FAILED
    (failed,) = [event for event in brief.events if type(event).__name__ == "SuiteFailed"]
    assert (failed.path, failed.output) == ("s.so", "hm")
