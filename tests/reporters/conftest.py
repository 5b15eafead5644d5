"""Recorded runs: lists of events that are fed to reporters."""

from __future__ import annotations

import base64

import pytest

from pyharness.events import (
    AttemptFinished,
    AttemptStarted,
    BacktraceFound,
    CaseFinished,
    Event,
    Failure,
    Frame,
    Panic,
    PassesFinished,
    Progress,
    RunFinished,
    RunStarted,
    SuiteFailed,
    SuiteLoaded,
)
from pyharness.model import Outcome, Verdict

MS = 1_000_000
VERDICTS = {Outcome.PASS: Verdict.PASSED, Outcome.SKIP: Verdict.SKIPPED}
HOSTILE = "\x1b[2J\x1b]0;owned\x07 [bold red]markup[/] \x00 ]]> \r\n\ttab \u202eback\ufffe"


class Script:
    """Builds the events of a run, in the order in which a session sends them."""

    def __init__(self, planned: int, threads: int = 4) -> None:
        self.events: list[Event] = [RunStarted(1, "r1", planned, threads, "0.1.0", "2025-01-02T03:04:05Z")]

    def suite(self, name: str, cases: int, group: str = "") -> Script:
        self.events.append(SuiteLoaded(name, group, f"build/lib{name}.so", cases, cases))
        return self

    def attempt(
        self,
        case: str,
        outcome: Outcome = Outcome.PASS,
        *failures: tuple[str, int, str],
        ms: int = 1,
        worker: int = 0,
        output: bytes = b"",
        group: str = "",
        number: int = 1,
        final: Verdict | None = None,
    ) -> Script:
        suite, _, name = case.partition("::")
        try:
            text, encoded = output.decode(), None
        except UnicodeDecodeError:
            text, encoded = "", base64.b64encode(output).decode()
        said = tuple(Failure(*failure) for failure in failures)
        self.events += [
            AttemptStarted(case, number, worker, 0),
            AttemptFinished(
                case, number, outcome, worker, 0, ms * MS, text, said, suite, group, name, f"{suite}.cpp", 7, encoded
            ),
        ]
        if number == 1 or final:
            self.events.append(CaseFinished(case, final or VERDICTS.get(outcome, Verdict.FAILED)))
        return self

    def add(self, *events: Event) -> Script:
        self.events += events
        return self

    def end(self, exit_code: int, ms: int = 340, reason: str = "", **counts: int) -> list[Event]:
        named = {name.replace("_", "-"): count for name, count in counts.items()}
        return [*self.events, RunFinished(exit_code, named, ms * MS, reason)]


@pytest.fixture
def clean_run() -> list[Event]:
    return (
        Script(3)
        .suite("zlib", 3)
        .attempt("zlib::inflate", ms=2)
        .attempt("zlib::deflate [level=9]", ms=25, output=b"noise\n")
        .attempt("zlib::crc32", worker=1)
        .end(0, passed=3)
    )


@pytest.fixture
def mixed_run() -> list[Event]:
    """Every outcome but a panic, and output that is out to harm."""
    return (
        Script(9)
        .suite("zlib", 6, group="packing")
        .suite("sqlite", 3)
        .add(
            SuiteFailed("build/libbad.so", "cannot load suite 'build/libbad.so': undefined symbol 'x'; link it", "hm\n")
        )
        .attempt("zlib::inflate", ms=12, group="packing")
        .add(Progress(((0, "zlib::inflate", 5 * MS),)))
        .attempt(
            "zlib::boom (1)",
            Outcome.FAIL,
            ("zlib.cpp", 12, "CHECK(a == b)\n  a: 1\n  b: 2"),
            ("", 0, "std::runtime_error: no place"),
            ms=12,
            worker=2,
            output=b"first\n\nsecond \xff\xfe",
            group="packing",
        )
        .attempt("zlib::hangs", Outcome.TIMEOUT, ("zlib.cpp", 30, "took longer than 60 s"), ms=60_000, group="packing")
        .attempt("zlib::crashes", Outcome.CRASH, ("zlib.cpp", 40, "SIGSEGV at address 0x0"), ms=3, group="packing")
        .attempt("zlib::late", Outcome.SKIP, ("zlib.cpp", 50, "needs a network"), ms=0, group="packing")
        .attempt("zlib::" + HOSTILE, Outcome.FAIL, (HOSTILE, 1, HOSTILE), output=HOSTILE.encode(), group="packing")
        .attempt("sqlite::wobbles", Outcome.FAIL, ("sqlite.cpp", 9, "locked"), ms=4, final=Verdict.FLAKY)
        .attempt("sqlite::wobbles", Outcome.PASS, ms=5, number=2)
        .attempt("sqlite::set-up", Outcome.ERROR, ("", 0, "cannot make a thread"), ms=1, worker=3)
        .add(CaseFinished("sqlite::never", Verdict.NOT_RUN, "--max-fail 5 was reached"))
        .end(1, 60_500, "--max-fail 5 was reached", passed=1, failed=5, skipped=1, flaky=1, not_run=1)
    )


@pytest.fixture
def panicking_run() -> list[Event]:
    return (
        Script(40)
        .suite("crash", 40, group="demo")
        .add(PassesFinished(10, (("crash::slow", 50 * MS), ("crash::quick", 1 * MS))))
        .add(
            Panic(
                id="crash::boom null",
                suspects=(),
                suite="crash",
                group="demo",
                case="boom null",
                path="build/libcrash.so",
                file="crash.cpp",
                line=12,
                worker=2,
                cause="SIGSEGV at address 0x0",
                signal=11,
                address=0,
                output="about to fall\n",
                repeat="pyharness test 'build/libcrash.so::boom null' --test-threads 1",
                debug="gdb --args pyharness-host --run 'build/libcrash.so::boom null'",
            )
        )
        .add(
            BacktraceFound(
                "crash::boom null",
                (
                    Frame(0x1234, "boom(int*)", "crash.cpp", 13, "libcrash.so"),
                    Frame(0x88, "advance", "", 0, "libcrash.so"),
                    Frame(0x1234, "", "", 0, "libcrash.so"),
                    Frame(0x7FFF0010, "", "", 0, ""),
                ),
            )
        )
        .attempt("crash::boom null", Outcome.CRASH, ("crash.cpp", 12, "SIGSEGV at address 0x0"), group="demo")
        .add(CaseFinished("crash::rest", Verdict.NOT_RUN, "panic"))
        .end(10, 90, "crash::boom null crashed", passed=10, failed=1, not_run=29)
    )


@pytest.fixture
def nameless_panic() -> list[Event]:
    return (
        Script(2)
        .suite("crash", 2)
        .add(
            Panic(
                id="",
                suspects=("crash::a", "crash::b"),
                suite="",
                group="",
                case="",
                path="",
                file="",
                line=0,
                worker=-1,
                cause="killed by SIGKILL",
                signal=9,
                address=0,
                output="",
                repeat="pyharness test build/libcrash.so --test-threads 1",
                debug="",
            )
        )
        .add(BacktraceFound("", (), "no stack was recorded"))
        .end(10, 90, "a host died", not_run=2)
    )
