"""What a run comes to, with a fake engine in the place of the native one."""

from __future__ import annotations

import pytest

from pyharness import loading, session
from pyharness.batch import Crash, Running, Unmet
from pyharness.config.due import Due
from pyharness.config.options import TestOptions
from pyharness.discovery import Target
from pyharness.engine import OUTCOMES
from pyharness.errors import ExitCode, InternalError, NothingSelectedError, UsageError
from pyharness.events import Failure
from pyharness.model import FailedSuite, Outcome, Suite

PASS, FAIL, SKIP, CRASH = (
    OUTCOMES.index(outcome) for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.SKIP, Outcome.CRASH)
)


def test_passes_are_told_one_by_one_only_to_those_who_want_them(run, batch, suite, fake_engine) -> None:
    code, patient, brief = run(fake_engine([suite("s", 3)], [batch([2, 0, 1], [PASS] * 3)]))
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


def test_a_start_is_told_once(run, batch, suite, fake_engine) -> None:
    batches = [batch(started=(Running(0, 1, 1, 5, 9),)), batch([0], [FAIL], reports={0: [Failure("x.c", 7, "no")]})]
    code, patient, _ = run(fake_engine([suite("s", 1)], batches))
    assert code == ExitCode.FAILED
    assert patient.types().count("AttemptStarted") == 1
    finished = next(event for event in patient.events if type(event).__name__ == "AttemptFinished")
    assert (finished.output, finished.failures[0].line) == ("output of 0", 7)


def test_a_lost_result_is_an_internal_error(run, batch, suite, fake_engine) -> None:
    with pytest.raises(InternalError, match="2 cases were planned and 1 have a result"):
        run(fake_engine([suite("s", 2)], [batch([0], [PASS])]))


def test_cases_that_were_not_run_have_a_verdict_and_fail_the_run(run, batch, suite, fake_engine) -> None:
    code, patient, _ = run(fake_engine([suite("s", 2)], [batch([0], [FAIL])], left=[1]), max_fail=1)
    assert code == ExitCode.FAILED
    last = [event for event in patient.events if type(event).__name__ == "CaseFinished"][-1]
    assert (last.id, last.verdict, last.reason) == ("s::case 1", "not-run", "enough cases have failed (--max-fail)")


def test_cases_whose_need_has_not_passed_have_a_verdict_with_that_reason_and_fail_the_run(
    run, batch, suite, fake_engine
) -> None:
    batches = [batch([0], [SKIP], unmet=(Unmet(1, 0), Unmet(2, 1)))]
    code, patient, brief = run(fake_engine([suite("s", 3)], batches))
    assert code == ExitCode.FAILED
    for listener in (patient, brief):
        told = [event for event in listener.events if type(event).__name__ == "CaseFinished"]
        assert [(event.id, event.verdict, event.reason) for event in told] == [
            ("s::case 0", "skipped", ""),
            ("s::case 1", "not-run", "'s::case 0', which it needs, has not passed"),
            ("s::case 2", "not-run", "'s::case 1', which it needs, has not passed"),
        ]
        assert listener.events[-1].counts == {"skipped": 1, "not-run": 2}
        assert listener.events[-1].reason == ""


def test_a_crash_is_told_before_its_attempt_and_decides_the_exit_code(run, batch, suite, fake_engine) -> None:
    crash = Crash(
        task=0,
        attempt=1,
        suspects=(),
        worker=1,
        kind="signal",
        signal=11,
        exit_code=0,
        address=16,
        is_sent=False,
        stack_overflow=False,
        left_over=False,
        memory_bytes=0,
        output=b"last words\xff",
        frames=(),
        maps="",
    )
    code, patient, _ = run(
        fake_engine([suite("s", 2)], [batch([0], [CRASH], crashes=(crash,), panic=True, over=True)], left=[1]),
    )
    assert code == ExitCode.PANIC
    panic = patient.events[2]
    assert (panic.id, panic.cause) == ("s::case 0", "SIGSEGV at address 0x10")
    assert panic.output_bytes() == b"last words\xff"
    assert panic.repeat == "pyharness test 's.so::case 0'"
    assert patient.events[-1].reason == "a test crashed"


def test_a_failed_suite_is_told_and_the_others_run(run, batch, suite, fake_engine) -> None:
    engine = fake_engine([FailedSuite("bad.so", "cannot load suite 'bad.so'", ""), suite("s", 1)], [batch([0], [PASS])])
    code, patient, _ = run(engine)
    assert code == ExitCode.SUITE_FAILED
    assert "SuiteFailed" in patient.types()
    assert engine.started == [(1, 0)]


def test_two_suites_of_one_name_are_told_apart_by_refusing_the_second(run, batch, suite, fake_engine) -> None:
    twin = suite("s", 1)
    other = Suite(**{name: getattr(twin, name) for name in twin.__struct_fields__} | {"path": "other.so"})
    code, patient, _ = run(fake_engine([twin, other], [batch([0], [PASS])]))
    assert code == ExitCode.SUITE_FAILED
    assert any("two suites are called 's'" in event.reason for event in patient.events if hasattr(event, "reason"))


def test_disabled_cases_are_skipped_with_a_reason_and_run_on_request(run, batch, suite, fake_engine) -> None:
    code, patient, _ = run(fake_engine([suite("s", 2, [0, 2])], [batch([0], [PASS])]))
    assert code == ExitCode.OK
    assert patient.events[-1].counts == {"passed": 1, "skipped": 1}
    asked, _, _ = run(fake_engine([suite("s", 2, [0, 2])], [batch([0, 1], [PASS, SKIP])]), run_disabled=True)
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
    flags: list[int], options: dict[str, str], message: str, *, run, suite, fake_engine
) -> None:
    with pytest.raises(NothingSelectedError, match=message):
        run(fake_engine([suite("s", len(flags), flags)]), **options)


def test_selection_takes_names_and_tags(run, batch, suite, fake_engine) -> None:
    engine = fake_engine([suite("a", 3), suite("b", 3)], [batch([0, 1, 2], [PASS] * 3)])
    run(engine, expression="even and not 'a::case 0'")
    assert engine.started == [(0, 2), (1, 0), (1, 2)]


def test_a_named_case_that_does_not_exist_is_a_usage_error(monkeypatch, suite, fake_engine) -> None:
    monkeypatch.setattr(session, "_make_engine", lambda _: fake_engine([suite("s", 1)]))
    monkeypatch.setattr(
        loading, "find_targets", lambda *_: [Target(path="s.so", explicit=True, cases=["case 9"], named=("case 9",))]
    )
    with pytest.raises(UsageError, match=r"no case 'case 9' in 's\.so'"):
        session.run_tests(TestOptions(), [])


def test_what_breaks_while_unloading_is_not_success(run, batch, suite, fake_engine) -> None:
    batches = [
        batch([0], [PASS]),
        batch(host_failures=("the host was killed while the suites were unloaded",), over=True),
    ]
    code, _, brief = run(fake_engine([suite("s", 1)], batches))
    assert code == ExitCode.SUITE_FAILED
    assert "SuiteFailed" in brief.types()


def test_a_run_that_loses_its_hosts_does_not_blame_max_fail(run, batch, suite, fake_engine) -> None:
    batches = [batch(host_failures=("a host that was to take over was killed",), over=True)]
    code, patient, _ = run(fake_engine([suite("s", 1)], batches, left=[0]))
    assert code == ExitCode.SUITE_FAILED
    assert patient.events[-1].reason == "no host could go on with it"


def test_of_what_is_due_suites_run_as_a_whole_and_others_by_case(run, batch, suite, fake_engine) -> None:
    engine = fake_engine([suite("one", 2), suite("two", 3), suite("three", 2)], [batch([0, 1, 2], [PASS] * 3)])
    code, _, _ = run(engine, due=Due(frozenset({"one.so"}), frozenset({"two::case 1", "gone::case 0"})))
    assert code == ExitCode.OK
    assert engine.started == [(0, 0), (0, 1), (1, 1)]


def test_what_is_due_is_so_of_what_is_selected(run, batch, suite, fake_engine) -> None:
    engine = fake_engine([suite("one", 4)], [batch([0, 1], [PASS] * 2)])
    run(engine, due=Due(frozenset({"one.so"})), expression="even")
    assert engine.started == [(0, 0), (0, 2)]


def test_when_nothing_is_due_that_is_said(run, suite, fake_engine) -> None:
    with pytest.raises(NothingSelectedError, match="the change affects none of the selected cases"):
        run(fake_engine([suite("one", 4)]), due=Due())
