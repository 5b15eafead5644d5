"""What a run comes to, with a fake engine in the place of the native one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyharness import session
from pyharness.config.options import TestOptions
from pyharness.discovery import Target
from pyharness.engine import OUTCOMES, Batch, Crash, Running
from pyharness.errors import ExitCode, InternalError, NothingSelectedError, UsageError
from pyharness.events import Event, Failure
from pyharness.model import FailedSuite, Outcome, Suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PASS, FAIL, SKIP, CRASH = (
    OUTCOMES.index(outcome) for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.SKIP, Outcome.CRASH)
)


def suite(name: str, count: int, flags: Sequence[int] | None = None) -> Suite:
    names = [f"case {number}" for number in range(count)]
    return Suite(
        name=name,
        group="",
        path=f"{name}.so",
        names=names,
        files=["x.c"] * count,
        lines=list(range(count)),
        tags=["even" if number % 2 == 0 else "odd" for number in range(count)],
        timeouts_ms=[None] * count,
        flags=list(flags or [0] * count),
    )


def batch(tasks: Sequence[int] = (), outcomes: Sequence[int] = (), **others: Any) -> Batch:
    size = len(tasks)
    fields = {
        "tasks": list(tasks),
        "outcomes": bytes(outcomes),
        "workers": [0] * size,
        "starts_ns": [0] * size,
        "durations_ns": list(range(size)),
        "reports": {},
        "started": (),
        "running": (),
        "crash": None,
        "host_failures": (),
        "over": False,
        "timed_out": False,
        "output_ranges": ([0] * size, [0] * size, [0] * size),
    }
    return Batch(**(fields | others))


class FakeEngine:
    """Gives the suites and batches that it was made with."""

    workers = 2

    def __init__(
        self, suites: Sequence[Suite | FailedSuite], batches: Sequence[Batch] = (), left: Sequence[int] = ()
    ) -> None:
        self.suites, self.left = list(suites), list(left)
        self.batches: Iterator[Batch] = iter([*batches, batch(over=True)])
        self.started: list[tuple[int, int]] = []
        self.closed = False

    def load(self, paths: Sequence[str]) -> list[Suite | FailedSuite]:
        assert len(paths) == len(self.suites)
        return self.suites

    def start(self, libraries: Sequence[int], indices: Sequence[int]) -> None:
        self.started = list(zip(libraries, indices, strict=True))

    def wait(self, limit_ms: int) -> Batch:
        assert limit_ms > 0
        return next(self.batches)

    def output(self, batch: Batch, position: int) -> bytes:
        return f"output of {batch.tasks[position]}".encode()

    def cancel(self, *, now: bool) -> None:
        raise AssertionError(now)

    def not_run(self) -> list[int]:
        return self.left

    def close(self) -> None:
        self.closed = True


class Listener:
    """Keeps what it is told."""

    def __init__(self, *, wants_passes: bool) -> None:
        self.wants_passes = wants_passes
        self.events: list[Any] = []

    def handle(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        """Nothing is held."""

    def types(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


def run(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[ExitCode, Listener, Listener]:
    targets = [Target(path=f"{number}.so", explicit=True, cases=None) for number in range(len(engine.suites))]
    monkeypatch.setattr(session, "_make_engine", lambda _: engine)
    monkeypatch.setattr(session, "find_targets", lambda _: targets)
    patient, brief = Listener(wants_passes=True), Listener(wants_passes=False)
    code = session.run_tests(TestOptions(**options), [patient, brief])
    assert engine.closed
    return code, patient, brief


def test_passes_are_told_one_by_one_only_to_those_who_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    code, patient, brief = run(FakeEngine([suite("s", 3)], [batch([2, 0, 1], [PASS] * 3)]), monkeypatch)
    assert code == ExitCode.OK
    assert patient.types() == [
        "RunStarted",
        "SuiteLoaded",
        *["AttemptStarted", "AttemptFinished", "CaseFinished"] * 3,
        "Progress",
        "RunFinished",
    ]
    assert brief.types() == ["RunStarted", "SuiteLoaded", "PassesFinished", "Progress", "RunFinished"]
    assert [event.id for event in patient.events if hasattr(event, "verdict")] == [
        "s::case 2",
        "s::case 0",
        "s::case 1",
    ]
    assert brief.events[2].count == 3
    assert brief.events[-1].counts == {"passed": 3}


def test_a_start_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = [batch(started=(Running(0, 1, 5, 9),)), batch([0], [FAIL], reports={0: [Failure("x.c", 7, "no")]})]
    code, patient, _ = run(FakeEngine([suite("s", 1)], batches), monkeypatch)
    assert code == ExitCode.FAILED
    assert patient.types().count("AttemptStarted") == 1
    finished = next(event for event in patient.events if type(event).__name__ == "AttemptFinished")
    assert (finished.output, finished.failures[0].line) == ("output of 0", 7)


def test_a_lost_result_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InternalError, match="2 cases were planned and 1 have a result"):
        run(FakeEngine([suite("s", 2)], [batch([0], [PASS])]), monkeypatch)


def test_cases_that_were_not_run_have_a_verdict_and_fail_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    code, patient, _ = run(FakeEngine([suite("s", 2)], [batch([0], [FAIL])], left=[1]), monkeypatch, max_fail=1)
    assert code == ExitCode.FAILED
    last = [event for event in patient.events if type(event).__name__ == "CaseFinished"][-1]
    assert (last.id, last.verdict, last.reason) == ("s::case 1", "not-run", "enough cases have failed (--max-fail)")


def test_a_crash_is_told_before_its_attempt_and_decides_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    crash = Crash(
        task=0,
        suspects=(),
        worker=1,
        kind="signal",
        signal=11,
        exit_code=0,
        address=16,
        stack_overflow=False,
        left_over=False,
        output=b"last words\xff",
        frames=(),
        maps="",
    )
    code, patient, _ = run(
        FakeEngine([suite("s", 2)], [batch([0], [CRASH], crash=crash, over=True)], left=[1]), monkeypatch
    )
    assert code == ExitCode.PANIC
    panic = patient.events[2]
    assert (panic.id, panic.cause) == ("s::case 0", "SIGSEGV at address 0x10")
    assert panic.output_bytes() == b"last words\xff"
    assert panic.repeat == "pyharness test 's.so::case 0'"
    assert patient.events[-1].reason == "a test crashed"


def test_a_failed_suite_is_told_and_the_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine([FailedSuite("bad.so", "cannot load suite 'bad.so'", ""), suite("s", 1)], [batch([0], [PASS])])
    code, patient, _ = run(engine, monkeypatch)
    assert code == ExitCode.SUITE_FAILED
    assert "SuiteFailed" in patient.types()
    assert engine.started == [(1, 0)]


def test_two_suites_of_one_name_are_told_apart_by_refusing_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = suite("s", 1)
    other = Suite(**{name: getattr(twin, name) for name in twin.__struct_fields__} | {"path": "other.so"})
    code, patient, _ = run(FakeEngine([twin, other], [batch([0], [PASS])]), monkeypatch)
    assert code == ExitCode.SUITE_FAILED
    assert any("two suites are called 's'" in event.reason for event in patient.events if hasattr(event, "reason"))


def test_disabled_cases_are_skipped_with_a_reason_and_run_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    code, patient, _ = run(FakeEngine([suite("s", 2, [0, 2])], [batch([0], [PASS])]), monkeypatch)
    assert code == ExitCode.OK
    assert patient.events[-1].counts == {"passed": 1, "skipped": 1}
    asked, _, _ = run(
        FakeEngine([suite("s", 2, [0, 2])], [batch([0, 1], [PASS, SKIP])]), monkeypatch, run_disabled=True
    )
    assert asked == ExitCode.OK


@pytest.mark.parametrize(
    ("flags", "options", "message"),
    [
        ([0, 0], {"expression": "nothing"}, "no case of 2 matches -k 'nothing'"),
        ([2, 2], {}, "all 2 selected cases are disabled"),
        ([], {}, "the suites have no cases"),
    ],
)
def test_nothing_selected_is_an_error_that_says_why(
    flags: list[int], options: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NothingSelectedError, match=message):
        run(FakeEngine([suite("s", len(flags), flags)]), monkeypatch, **options)


def test_selection_takes_names_and_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine([suite("a", 3), suite("b", 3)], [batch([0, 1, 2], [PASS] * 3)])
    run(engine, monkeypatch, expression="even and not 'a::case 0'")
    assert engine.started == [(0, 2), (1, 0), (1, 2)]


def test_a_named_case_that_does_not_exist_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_make_engine", lambda _: FakeEngine([suite("s", 1)]))
    monkeypatch.setattr(session, "find_targets", lambda _: [Target(path="s.so", explicit=True, cases=["case 9"])])
    with pytest.raises(UsageError, match=r"no case 'case 9' in 's\.so'"):
        session.run_tests(TestOptions(), [])


def test_what_breaks_while_unloading_is_not_success(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = [
        batch([0], [PASS]),
        batch(host_failures=("the host was killed while the suites were unloaded",), over=True),
    ]
    code, _, brief = run(FakeEngine([suite("s", 1)], batches), monkeypatch)
    assert code == ExitCode.SUITE_FAILED
    assert "SuiteFailed" in brief.types()


def test_a_run_that_loses_its_hosts_does_not_blame_max_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = [batch(host_failures=("a host that was to take over was killed",), over=True)]
    code, patient, _ = run(FakeEngine([suite("s", 1)], batches, left=[0]), monkeypatch)
    assert code == ExitCode.SUITE_FAILED
    assert patient.events[-1].reason == "no host could go on with it"
