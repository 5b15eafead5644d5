"""The console's whole output, for recorded runs."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyharness.events import (
    AttemptFinished,
    AttemptInterrupted,
    BacktraceFound,
    CaseCrashed,
    CaseFinished,
    CoverageFinished,
    CoverageStarted,
    CoveredFile,
    Event,
    Failure,
    Frame,
    OutputAdded,
    Panic,
    PassesFinished,
    Progress,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    SlowNoticed,
    StopRequested,
    SuiteFailed,
    SuiteLoaded,
)
from pyharness.model import Outcome, Verdict
from pyharness.reporters.console import ConsoleReporter, Verbosity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RUNS = ("clean_run", "cached_run", "mixed_run", "panicking_run", "nameless_panic", "surviving_run", "interrupted_run")
SGR = re.compile("\x1b\\[[0-9;]*m")


def shown(events: Iterable[Event], verbosity: Verbosity = Verbosity.NORMAL, *, color: bool = False) -> str:
    stream = io.StringIO()
    console = ConsoleReporter(stream, verbosity=verbosity, color=color, live=False)
    for event in events:
        console.handle(event)
    console.close()
    assert not console.broken
    return stream.getvalue()


@pytest.mark.parametrize("verbosity", Verbosity)
@pytest.mark.parametrize("run", RUNS)
def test_a_run_looks_like_its_golden_file(
    run: str, verbosity: Verbosity, request: pytest.FixtureRequest, golden: Callable[[str, str], None]
) -> None:
    golden(f"{run}.{verbosity.value}.txt", shown(request.getfixturevalue(run), verbosity))


@pytest.mark.parametrize("run", RUNS)
def test_colour_adds_to_words_and_changes_no_text(run: str, request: pytest.FixtureRequest) -> None:
    events = request.getfixturevalue(run)
    colored = shown(events, color=True)
    assert SGR.search(colored)
    assert SGR.sub("", colored) == shown(events)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, "0 passed in 0.34 s"),
        ({"passed": 0, "failed": 0}, "0 passed in 0.34 s"),
        ({"passed": 12, "failed": 1, "skipped": 2, "flaky": 1}, "12 passed, 1 failed, 2 skipped, 1 flaky in 0.34 s"),
        ({"not-run": 3, "flaky": 2, "failed": 1}, "1 failed, 2 flaky, 3 not run in 0.34 s"),
        ({"passed": 12, "cached": 30, "failed": 1}, "12 passed, 30 cached, 1 failed in 0.34 s"),
        ({"cached": 30}, "30 cached in 0.34 s"),
        ({"passed": 1234567}, "1234567 passed in 0.34 s"),
    ],
)
@pytest.mark.parametrize("verbosity", Verbosity)
def test_the_last_line_is_for_programs_too(counts: dict[str, int], expected: str, verbosity: Verbosity) -> None:
    end = RunFinished(0, counts, 340_000_000)
    assert shown([end], verbosity).splitlines()[-1] == expected
    assert SGR.sub("", shown([end], verbosity, color=True)).splitlines()[-1] == expected


def test_a_skip_is_shown_with_its_output_when_that_is_asked_for() -> None:
    stream = io.StringIO()
    console = ConsoleReporter(stream, verbosity=Verbosity.QUIET, color=False, live=False, success_output=True)
    for event in (*attempt(1, Outcome.SKIP, "why\n"), *attempt(2, Outcome.SKIP)):
        console.handle(event)
    assert stream.getvalue() == "SKIP s::case 1  (0.001 s, W0): no\n  captured output:\n    why\n"


def test_only_a_verbose_console_wants_each_pass() -> None:
    wants = {
        verbosity: ConsoleReporter(io.StringIO(), verbosity=verbosity, color=False, live=False).wants_passes
        for verbosity in Verbosity
    }
    assert wants == {Verbosity.QUIET: False, Verbosity.NORMAL: False, Verbosity.VERBOSE: True}
    asked = ConsoleReporter(
        io.StringIO(), verbosity=Verbosity.NORMAL, color=False, live=False, success_output=True
    ).wants_passes
    assert asked


def attempt(number: int, outcome: Outcome, output: str = "", ms: int = 1) -> list[Event]:
    name = f"case {number}"
    finished = AttemptFinished(
        f"s::{name}", 1, outcome, 0, 0, ms * 1_000_000, output, (Failure("s.c", 3, "no"),), "s", "", name, "s.c", 2
    )
    return [finished, CaseFinished(finished.id, Verdict.PASSED if outcome is Outcome.PASS else Verdict.FAILED)]


def test_after_some_screens_the_failures_are_named_again() -> None:
    end = RunFinished(1, {"failed": 2}, 0)
    few = [*attempt(1, Outcome.FAIL), *attempt(2, Outcome.TIMEOUT), end]
    assert "failed:\n" not in shown(few)
    many = [*attempt(1, Outcome.FAIL, "line\n" * 80), *attempt(2, Outcome.TIMEOUT), end]
    assert "\nfailed:\n  FAIL s::case 1  s.c:2\n  TIMEOUT s::case 2  s.c:2\n" in shown(many)


def test_hundreds_of_failures_are_not_all_named_again() -> None:
    events = [event for number in range(130) for event in attempt(number, Outcome.FAIL)]
    assert shown([*events, RunFinished(1, {"failed": 130}, 0)]).count("... and 30 more") == 1


def test_the_slowest_are_the_same_whether_passes_come_one_by_one_or_together() -> None:
    times = {1: 50, 2: 9, 3: 700, 4: 20, 5: 21, 6: 22, 7: 23, 8: 11}
    singly = [event for number, ms in times.items() for event in attempt(number, Outcome.PASS, ms=ms)]
    together = PassesFinished(8, tuple((f"s::case {number}", ms * 1_000_000) for number, ms in times.items()))
    end = RunFinished(0, {"passed": 8}, 0)
    expected = "slowest:\n" + "".join(
        f"  0.{ms:03} s  s::case {n}\n" for ms, n in ((700, 3), (50, 1), (23, 7), (22, 6), (21, 5))
    )
    assert expected in shown([*singly, end])
    assert expected in shown([together, end])
    assert "case 4" not in shown([together, end])


def test_a_long_output_shows_head_and_tail_and_how_much_is_missing() -> None:
    output = "".join(f"line {number}\n" for number in range(100_000))
    lines = shown(attempt(1, Outcome.FAIL, output)).splitlines()
    assert "    line 0" in lines
    assert lines[-1] == "    line 99999"
    (gap,) = [line for line in lines if "left out" in line]
    kept = sum(len(line.strip()) + 1 for line in lines if line.startswith("    line"))
    assert gap == f"    ... {len(output) - kept} bytes left out ..."
    assert kept <= 64 * 1024


def test_a_panic_is_flushed_before_the_backtrace(panicking_run: list[Event]) -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as reader, os.fdopen(write_end, "w") as stream:
        console = ConsoleReporter(stream, verbosity=Verbosity.NORMAL, color=False, live=False)
        for event in panicking_run:
            console.handle(event)
            if isinstance(event, Panic):
                break
        assert os.read(reader.fileno(), 65536).decode().splitlines()[-1].startswith("  debug it: gdb ")


def test_a_reader_that_goes_away_stops_the_console_without_a_word(mixed_run: list[Event]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    stream = os.fdopen(write_end, "w")
    console = ConsoleReporter(stream, verbosity=Verbosity.VERBOSE, color=False, live=False)
    for event in mixed_run:
        console.handle(event)
    console.close()
    assert (console.broken, console.problem) == (True, "")
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_full_disk_is_a_problem(mixed_run: list[Event]) -> None:
    stream = Path("/dev/full").open("w")  # noqa: SIM115  closing it fails too
    console = ConsoleReporter(stream, verbosity=Verbosity.VERBOSE, color=False, live=False)
    for event in mixed_run:
        console.handle(event)
    console.close()
    assert console.problem == "cannot write to the standard output: No space left on device"
    with pytest.raises(OSError, match="No space left"):
        stream.close()


TEXT = st.text(st.characters() | st.characters(categories=["Cc", "Cs", "Cf"]))
NUMBER = st.integers(-1, 2**63 - 1)
FAILURES = st.builds(Failure, TEXT, NUMBER, TEXT)
SHARE = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (max(pair), min(pair)))
COVERED = st.builds(
    CoveredFile,
    TEXT,
    *(SHARE, SHARE, SHARE | st.none(), SHARE),
    st.lists(st.tuples(NUMBER, NUMBER), max_size=3).map(tuple),
)
EVENTS = st.one_of(
    st.builds(RunStarted, st.just(1), TEXT, NUMBER, NUMBER, TEXT, TEXT),
    st.builds(SuiteLoaded, TEXT, TEXT, TEXT, NUMBER, NUMBER),
    st.builds(SuiteFailed, TEXT, TEXT, TEXT),
    st.builds(
        AttemptFinished,
        *(TEXT, st.integers(1, 3), st.sampled_from(Outcome), NUMBER, NUMBER, NUMBER, st.text()),
        *(st.lists(FAILURES, max_size=2).map(tuple), TEXT, TEXT, TEXT, TEXT, NUMBER),
        leaks=st.lists(TEXT, max_size=2).map(tuple),
        retry_in_ms=st.none() | NUMBER,
    ),
    st.builds(AttemptInterrupted, TEXT, NUMBER, NUMBER, NUMBER, NUMBER, TEXT, st.booleans(), TEXT),
    st.builds(OutputAdded, TEXT, NUMBER, TEXT),
    st.builds(SlowNoticed, TEXT, NUMBER, NUMBER, NUMBER),
    st.just(RunPaused()),
    st.builds(RunResumed, NUMBER),
    st.builds(CaseFinished, TEXT, st.sampled_from(Verdict), TEXT),
    st.builds(PassesFinished, NUMBER, st.lists(st.tuples(TEXT, NUMBER), max_size=6).map(tuple)),
    st.builds(Progress, st.lists(st.tuples(NUMBER, TEXT, NUMBER, NUMBER), max_size=12).map(tuple)),
    *(
        st.builds(
            kind,
            *(TEXT, st.lists(TEXT, max_size=3).map(tuple), TEXT, TEXT, TEXT, TEXT, TEXT, NUMBER, NUMBER),
            *(TEXT, NUMBER, NUMBER, st.text(), TEXT, TEXT),
        )
        for kind in (Panic, CaseCrashed)
    ),
    st.builds(
        BacktraceFound,
        TEXT,
        st.lists(st.builds(Frame, NUMBER, TEXT, TEXT, NUMBER, TEXT), max_size=3).map(tuple),
        TEXT,
    ),
    st.builds(CoverageStarted, NUMBER),
    st.builds(
        CoverageFinished,
        NUMBER,
        st.none() | COVERED,
        st.lists(COVERED, max_size=3).map(tuple),
        st.lists(TEXT, max_size=12).map(tuple),
        st.booleans(),
        *(st.lists(TEXT, max_size=2).map(tuple) for _ in range(4)),
    ),
    st.builds(RunFinished, NUMBER, st.dictionaries(st.sampled_from([*Verdict]), NUMBER), NUMBER, TEXT),
)


@given(st.lists(EVENTS, max_size=5), st.sampled_from(Verbosity), st.booleans())
def test_no_event_can_stop_the_console_or_steer_the_terminal(
    events: list[Event],
    verbosity: Verbosity,
    color: bool,
) -> None:
    text = SGR.sub("", shown(events, verbosity, color=color)) if color else shown(events, verbosity)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\ud800-\udfff]", text)


@given(st.lists(EVENTS, max_size=5))
def test_no_event_can_stop_the_live_display(events: list[Event]) -> None:
    stream = io.StringIO()
    console = ConsoleReporter(stream, verbosity=Verbosity.NORMAL, color=True, live=True)
    for event in events:
        console.handle(event)
    console.close()
    assert not console.broken


def test_the_live_display_shows_counts_and_what_runs_without_reading_markup() -> None:
    stream = io.StringIO()
    console = ConsoleReporter(stream, verbosity=Verbosity.NORMAL, color=False, live=True)
    console.handle(RunStarted(1, "r", 20, 4, "0", ""))
    console.handle(PassesFinished(5, ()))
    running = tuple((worker, f"s::[red]case[/] {worker}", worker * 10**9, 1 + (worker == 9)) for worker in range(10))
    console.handle(Progress(running))
    text = stream.getvalue()
    assert "5/20" in text
    assert "5 passed" in text
    assert "W9    9.0 s  s::[red]case[/] 9  (attempt 2)" in text
    assert "W1 " not in text
    assert "... and 2 more" in text
    console.handle(RunFinished(0, {"passed": 20}, 0))
    console.close()
    assert stream.getvalue().endswith("20 passed in 0.00 s\n")


def test_the_clock_of_the_live_display_leaves_pauses_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter((100.0, 107.0, 128.0))
    monkeypatch.setattr("pyharness.reporters.console.time.monotonic", lambda: next(now))
    stream = io.StringIO()
    console = ConsoleReporter(stream, verbosity=Verbosity.NORMAL, color=False, live=True)
    console.handle(RunStarted(1, "r", 20, 4, "0", ""))
    console.handle(Progress(()))
    assert "0/20  7 s" in stream.getvalue()
    console.handle(RunPaused())
    console.handle(RunResumed(15 * 10**9))
    console.handle(Progress(()))
    assert "0/20  13 s" in stream.getvalue()


def test_the_live_display_says_what_it_waits_for() -> None:
    stream = io.StringIO()
    console = ConsoleReporter(stream, verbosity=Verbosity.NORMAL, color=False, live=True)
    console.handle(RunStarted(1, "r", 2, 4, "0", ""))
    console.handle(PassesFinished(1, ()))
    console.handle(Progress(((0, "s::last", 10**9, 1),)))
    assert "waiting" not in stream.getvalue()
    console.handle(PassesFinished(1, ()))
    console.handle(Progress(()))
    assert "all cases have a result; waiting for their processes to end" in stream.getvalue()
    console.handle(StopRequested("interrupted by SIGINT", 10_000))
    stream.truncate(stream.seek(0))
    console.handle(Progress(()))
    assert "stopping: interrupted by SIGINT" in stream.getvalue()


def test_plain_consoles_do_not_import_rich() -> None:
    import subprocess

    code = (
        "import io, sys; from pyharness.reporters.console import *\n"
        "ConsoleReporter(io.StringIO(), verbosity=Verbosity.NORMAL, color=True, live=False)\n"
        "assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("verbosity", list(Verbosity))
def test_a_run_that_fails_without_a_failed_case_says_why(verbosity: Verbosity) -> None:
    end = RunFinished(1, {"flaky": 1}, 10**7, why_failed="flaky cases fail the run")
    assert shown([end], verbosity).splitlines()[-2:] == ["failed, since flaky cases fail the run", "1 flaky in 0.01 s"]
