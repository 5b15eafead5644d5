"""The one stream of events: everything that anyone shows or stores is folded from these.

On disk an event is one JSON object a line, `type` first. Starts and ends are paired. The schema's number grows
when a reader of the old one would be misled; new types and new fields do not change it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from pyharness.model import Outcome, Verdict  # noqa: TC001 -- msgspec reads the annotations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCHEMA = 1


class Event(msgspec.Struct, frozen=True, tag_field="type", tag=True):
    """Base of all events."""


class Failure(msgspec.Struct, frozen=True):
    """One failed assertion (or the reason of a skip)."""

    file: str
    line: int
    message: str


class Frame(msgspec.Struct, frozen=True):
    """One line of a backtrace, innermost first. What is not known is empty or 0."""

    address: int
    function: str
    file: str
    line: int
    module: str


class RunStarted(Event, frozen=True):
    """The plan stands; nothing has run yet."""

    schema: int
    run: str
    planned: int
    test_threads: int
    version: str
    started: str
    """RFC 3339, UTC."""
    note: str = ""
    """What is not as it was asked for, on this machine."""
    grows: bool = False
    """More is being built: `PlanGrew` says how many cases there are then."""


class SuiteLoaded(Event, frozen=True):
    """A suite is ready."""

    suite: str
    group: str
    path: str
    cases: int
    selected: int


class BuildStarted(Event, frozen=True):
    """Test sources are being built; cases of what is ready run meanwhile."""

    suites: int
    """How many libraries that is, without those that are up to date."""
    steps: int
    """How many commands that takes."""


class BuildProgressed(Event, frozen=True):
    """How far the build is (never stored)."""

    steps_ended: int
    steps: int


class SuiteBuilt(Event, frozen=True):
    """A library of test sources is ready; its cases come with the next `SuiteLoaded` and `PlanGrew`."""

    suite: str
    path: str
    steps: int
    """How many commands that took; 0: nothing had changed."""
    duration_ns: int
    """Since the build began."""
    output: str
    """Warnings of the compiler."""


class BuildFinished(Event, frozen=True):
    """No more suites will come."""

    built: int
    failed: int
    not_built: int
    """Of which nothing became since the run ended before."""
    duration_ns: int


class PlanGrew(Event, frozen=True):
    """Cases of suites that were built meanwhile have been put on the plan."""

    planned: int
    """How many there are now."""


class SuiteFailed(Event, frozen=True):
    """A path gave no suite (or a suite broke while it was unloaded)."""

    path: str
    reason: str
    output: str


class AttemptStarted(Event, frozen=True):
    """A worker has entered a case."""

    id: str
    attempt: int
    worker: int
    start_ns: int
    """Nanoseconds since `RunStarted`."""


class AttemptFinished(Event, frozen=True):
    """A worker has left a case, by whatever way."""

    id: str
    attempt: int
    outcome: Outcome
    worker: int
    start_ns: int
    duration_ns: int
    output: str
    """What the attempt wrote to stdout and stderr, in order; empty when it is not UTF-8."""
    failures: tuple[Failure, ...]
    suite: str
    group: str
    case: str
    file: str
    line: int
    output_base64: str | None = None
    """The output when it is not UTF-8."""
    leaks: tuple[str, ...] = ()
    """What the attempt left behind or changed, a sentence each."""
    retry_in_ms: int | None = None
    """Set when this attempt decides nothing: the next one starts after that time, or later."""

    def output_bytes(self) -> bytes:
        """Return the output as it was written."""
        return output_bytes(self.output, self.output_base64)


class AttemptInterrupted(Event, frozen=True):
    """An attempt was cut off through no fault of its own: it starts again under the same number, or the run ends."""

    id: str
    attempt: int
    worker: int
    start_ns: int
    duration_ns: int
    reason: str
    runs_again: bool = False
    output: str = ""
    """As in `AttemptFinished`."""
    output_base64: str | None = None

    def output_bytes(self) -> bytes:
        """Return the output as it was written."""
        return output_bytes(self.output, self.output_base64)


class OutputAdded(Event, frozen=True):
    """An attempt has printed something after its time was over, most likely in answer to the signals that stop it.

    Follows the `AttemptFinished`, and belongs to its output.
    """

    id: str
    attempt: int
    output: str
    output_base64: str | None = None

    def output_bytes(self) -> bytes:
        """Return the output as it was written."""
        return output_bytes(self.output, self.output_base64)


class CaseFinished(Event, frozen=True):
    """A case has its verdict."""

    id: str
    verdict: Verdict
    reason: str = ""
    """Why it was skipped or not run."""
    attempts: int = 1
    """How many have ended; 0 for a case that was not run."""


class SlowNoticed(Event, frozen=True):
    """An attempt has been running for long; told again each time that the same time has passed."""

    id: str
    attempt: int
    worker: int
    elapsed_ns: int


class PassesFinished(Event, frozen=True):
    """Several cases have passed at the first attempt, without leaks.

    Stands in for their events where a reporter does not want each. Never written to disk.
    """

    count: int
    slowest: tuple[tuple[str, int], ...]
    """(id, duration_ns) of the slowest few of them, slowest first."""


class Progress(Event, frozen=True):
    """What runs right now, at a human rate; for live displays. Never written to disk."""

    running: tuple[tuple[int, str, int, int], ...]
    """(worker, id, duration_ns so far, attempt), by worker."""


class CrashEvent(Event, frozen=True):
    """Base of what is told of a crash. `BacktraceFound` follows when there is one."""

    id: str
    """Empty when no culprit could be named."""
    suspects: tuple[str, ...]
    """Ids that were running when a host died without a trace, if the culprit is not certain."""
    suite: str
    group: str
    case: str
    path: str
    file: str
    line: int
    worker: int
    cause: str
    """`SIGSEGV at address 0x0`, `exit(0) was called`, `killed by SIGKILL` …"""
    signal: int
    """0: the host ended without a signal."""
    address: int
    output: str
    repeat: str
    """The command that runs the case alone."""
    debug: str
    """The command that runs the case alone under a debugger."""
    failures: tuple[Failure, ...] = ()
    """What the case had reported before it crashed."""
    output_base64: str | None = None
    attempt: int = 1

    def output_bytes(self) -> bytes:
        """Return the output as it was written."""
        return output_bytes(self.output, self.output_base64)


class Panic(CrashEvent, frozen=True):
    """A test crashed, and the run ends because of it."""


class CaseCrashed(CrashEvent, frozen=True):
    """A test crashed, and the run goes on (`--on-crash continue`)."""


class BacktraceFound(Event, frozen=True):
    """The symbolised stack of a thread that crashed, or of one that hung until its time was over or the run ended."""

    id: str
    frames: tuple[Frame, ...]
    note: str = ""
    """Why frames are raw, if they are (no symbolizer found, or it took too long)."""
    attempt: int = 1
    kind: Literal["crash", "hang"] = "crash"


class RunPaused(Event, frozen=True):
    """The run was suspended (SIGTSTP): nothing runs, and no time limit counts."""


class RunResumed(Event, frozen=True):
    """The run goes on (SIGCONT)."""

    paused_ns: int


class StopRequested(Event, frozen=True):
    """The run was told to end early: nothing more is started."""

    reason: str
    grace_ms: int
    """What cases that run have to end in; 0: none, they are stopped."""


class CoveredFile(msgspec.Struct, frozen=True):
    """How much of a source file was executed; pairs are how many there are, and how many of them were."""

    path: str
    """From the current folder, if the file is under it; empty for all files together."""
    lines: tuple[int, int]
    functions: tuple[int, int]
    regions: tuple[int, int] | None
    """`None`: the tool knows none (GCC)."""
    branches: tuple[int, int]
    """Each way of a decision counts."""
    uncovered: tuple[tuple[int, int], ...] = ()
    """Ranges of lines that can be executed and were not: the first and the last."""


class CoverageStarted(Event, frozen=True):
    """All cases have ended, and the profiles that they have left are read."""

    profiles: int


class CoverageFinished(Event, frozen=True):
    """What the profiles came to."""

    duration_ns: int
    total: CoveredFile | None = None
    """`None`: nothing could be measured."""
    files: tuple[CoveredFile, ...] = ()
    """By path."""
    problems: tuple[str, ...] = ()
    """What is missing; sentences."""
    partial: bool = False
    """Counts are missing, or the run ended early, and that was not allowed: earlier reports were left as they were."""
    below: tuple[str, ...] = ()
    """Which floors (--coverage-fail-under) are not reached; sentences."""
    changes: tuple[str, ...] = ()
    """What has changed since the base (--coverage-base); sentences."""
    notes: tuple[str, ...] = ()
    """What should be known and is no failure; sentences."""
    reports: tuple[str, ...] = ()
    """The files that were written."""


class RunFinished(Event, frozen=True):
    """The end. `counts` has every verdict that occurred, by name."""

    exit_code: int
    counts: dict[str, int]
    duration_ns: int
    reason: str = ""
    """Why the run ended before its plan was done, if it did."""
    why_failed: str = ""
    """Why it counts as failed, where no verdict of a case says so."""


AnyEvent = (
    RunStarted
    | BuildStarted
    | SuiteBuilt
    | BuildFinished
    | SuiteLoaded
    | PlanGrew
    | SuiteFailed
    | AttemptStarted
    | AttemptFinished
    | AttemptInterrupted
    | OutputAdded
    | SlowNoticed
    | CaseFinished
    | CaseCrashed
    | Panic
    | BacktraceFound
    | RunPaused
    | RunResumed
    | StopRequested
    | CoverageStarted
    | CoverageFinished
    | RunFinished
)
"""The events that are written to disk."""


class Reporter(Protocol):
    """A consumer of events."""

    wants_passes: bool
    """Whether each passing case must be told apart; if not, passes arrive as `PassesFinished`."""

    def handle(self, event: Event) -> None:
        """Take the next event. Must not raise for any content of an event."""

    def close(self) -> None:
        """Finish what is written. Called once, also after an interrupted run."""


def split_output(raw: bytes) -> tuple[str, str | None]:
    """Return the pair (`output`, `output_base64`) that stands for `raw` in an event."""
    try:
        return raw.decode(), None
    except UnicodeDecodeError:
        return "", base64.b64encode(raw).decode("ascii")


def output_bytes(output: str, output_base64: str | None) -> bytes:
    """Return what `split_output` was given."""
    return output.encode() if output_base64 is None else base64.b64decode(output_base64)


def decode_lines(lines: Iterable[bytes]) -> Iterator[AnyEvent]:
    """Read events as they stand on disk.

    Raises:
        msgspec.DecodeError: a line is no event of this schema.
    """
    decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
    return (decoder.decode(line) for line in lines)
