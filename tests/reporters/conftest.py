"""Recorded runs: lists of events that are fed to reporters."""

from __future__ import annotations

import base64

import pytest

from pyharness.events import (
    AttemptFinished,
    AttemptInterrupted,
    AttemptStarted,
    BacktraceFound,
    CaseCrashed,
    CaseFinished,
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
        leaks: tuple[str, ...] = (),
        retry_in_ms: int | None = None,
        stack: BacktraceFound | None = None,
    ) -> Script:
        suite, _, name = case.partition("::")
        try:
            text, encoded = output.decode(), None
        except UnicodeDecodeError:
            text, encoded = "", base64.b64encode(output).decode()
        said = tuple(Failure(*failure) for failure in failures)
        place = (suite, group, name, f"{suite}.cpp", 7)
        attempt = (case, number, outcome, worker, 0, ms * MS)
        self.events += [
            AttemptStarted(case, number, worker, 0),
            AttemptFinished(*attempt, text, said, *place, encoded, leaks, retry_in_ms),
            *([stack] if stack else []),
        ]
        if retry_in_ms is None:
            verdict = final or VERDICTS.get(outcome, Verdict.FAILED)
            self.events.append(CaseFinished(case, verdict, attempts=number))
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
def cached_run() -> list[Event]:
    """A suite that passed before, and one that is run."""
    reason = "it passed at 2025-01-01T00:00:00Z, and nothing has changed since"
    return (
        Script(4)
        .suite("zlib", 2, group="c")
        .suite("net", 2)
        .add(
            CaseFinished("zlib::inflate", Verdict.CACHED, reason), CaseFinished("zlib::deflate", Verdict.CACHED, reason)
        )
        .attempt("net::reads", ms=2)
        .attempt("net::writes", ms=3)
        .end(0, passed=2, cached=2)
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
        .add(Progress(((0, "zlib::inflate", 5 * MS, 1),)))
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
        .attempt("sqlite::wobbles", Outcome.FAIL, ("sqlite.cpp", 9, "locked"), ms=4, retry_in_ms=0)
        .attempt("sqlite::wobbles", Outcome.PASS, ms=5, number=2, final=Verdict.FLAKY)
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


@pytest.fixture
def surviving_run() -> list[Event]:
    """Retries, a crash that ends nothing but its case, a hang, leaks, a pause."""
    hung = BacktraceFound(
        "net::hangs", (Frame(0x20, "poll", "", 0, "libc.so.6"), Frame(0x10, "wait()", "net.cpp", 31, "")), kind="hang"
    )
    return (
        Script(6)
        .suite("net", 6)
        .attempt(
            "net::wobbles",
            Outcome.FAIL,
            ("net.cpp", 9, "refused\nby the peer"),
            ms=4,
            output=b"first try\n",
            retry_in_ms=500,
        )
        .add(AttemptStarted("net::beside", 1, 2, 0))
        .add(
            CaseCrashed(
                id="net::wobbles",
                suspects=(),
                suite="net",
                group="",
                case="wobbles",
                path="build/libnet.so",
                file="net.cpp",
                line=7,
                worker=1,
                cause="SIGSEGV at address 0x0",
                signal=11,
                address=0,
                output="second try\n",
                repeat="pyharness test build/libnet.so::wobbles",
                debug="gdb --args pyharness-host run build/libnet.so wobbles",
                attempt=2,
            ),
            BacktraceFound("net::wobbles", (Frame(0x10, "send(int)", "net.cpp", 21, "libnet.so"),), attempt=2),
            AttemptInterrupted("net::beside", 1, 2, 0, 12 * MS, "its host died of another case", runs_again=True),
        )
        .attempt("net::wobbles", Outcome.CRASH, ms=3, worker=1, number=2, output=b"second try\n", retry_in_ms=1000)
        .attempt("net::beside", worker=2)
        .add(Progress(((0, "net::hangs", 1000 * MS, 1), (1, "net::wobbles", 1 * MS, 3))))
        .add(SlowNoticed("net::hangs", 1, 0, 60_000 * MS))
        .add(RunPaused(), RunResumed(12_300 * MS))
        .attempt("net::wobbles", ms=5, number=3, output=b"third try\n", final=Verdict.FLAKY)
        .attempt("net::hangs", Outcome.TIMEOUT, ("", 0, "took longer than 90 s"), ms=90_000, stack=hung)
        .attempt("net::litters", leaks=("changed the working directory to '/tmp'", HOSTILE))
        .attempt("net::stubborn", Outcome.FAIL, ("net.cpp", 50, "one"), output=b"1\n", retry_in_ms=0)
        .attempt(
            "net::stubborn",
            Outcome.FAIL,
            ("net.cpp", 50, "two"),
            number=2,
            output=b"2\n",
            leaks=("left 1 child process running",),
        )
        .attempt("net::waits", Outcome.ERROR, ("", 0, "no thread"), retry_in_ms=250)
        .add(CaseFinished("net::waits", Verdict.FAILED, "attempt 1 failed, and the run ended before the next: x", 1))
        .end(1, 91_000, "x", passed=2, failed=3, flaky=1)
    )


@pytest.fixture
def interrupted_run() -> list[Event]:
    """Cases that are cut off: beside a crash, and when the user has ended the run; output in answer to a signal."""
    stood = BacktraceFound("net::reads", (Frame(0x10, "read_all()", "net.cpp", 31, ""),), kind="hang")
    return (
        Script(6)
        .suite("net", 6)
        .add(AttemptStarted("net::beside", 1, 2, 0))
        .add(
            AttemptInterrupted(
                "net::beside", 1, 2, 0, 12 * MS, "its host died of another case", runs_again=True, output="half\n"
            )
        )
        .attempt("net::beside", worker=2)
        .attempt("net::dumps", Outcome.TIMEOUT, ("", 0, "took longer than 9 s"), ms=9_000, output=b"waiting\n")
        .add(OutputAdded("net::dumps", 1, "3 of 7 packets\n"))
        .attempt("net::wobbles", Outcome.FAIL, ("net.cpp", 9, "refused"), output=b"first\n", retry_in_ms=0)
        .add(StopRequested("interrupted by SIGINT", 10_000))
        .add(
            AttemptStarted("net::reads", 1, 0, 0),
            AttemptStarted("net::silent", 1, 1, 0),
            AttemptStarted("net::wobbles", 2, 3, 0),
            AttemptInterrupted("net::reads", 1, 0, 0, 10_250 * MS, "the run ended", output="reading\n" + HOSTILE),
            stood,
            AttemptInterrupted("net::silent", 1, 1, 0, 10_200 * MS, "the run ended"),
            AttemptInterrupted("net::wobbles", 2, 3, 0, 10_100 * MS, "the run ended", False, "", "//4K"),
        )
        .add(
            CaseFinished("net::reads", Verdict.NOT_RUN, "did not get to its end: interrupted by SIGINT", 0),
            CaseFinished("net::silent", Verdict.NOT_RUN, "did not get to its end: interrupted by SIGINT", 0),
            CaseFinished("net::wobbles", Verdict.FAILED, "attempt 1 failed, and the run ended before the next: x", 1),
            CaseFinished("net::waits", Verdict.NOT_RUN, "interrupted by SIGINT", 0),
        )
        .end(2, 20_000, "interrupted by SIGINT", passed=1, failed=2, not_run=3)
    )
