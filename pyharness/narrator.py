"""From what the engine hands over in columns to the one stream of events."""

from __future__ import annotations

import heapq
import shlex
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from pyharness import engine as native
from pyharness.events import (
    AttemptFinished,
    AttemptStarted,
    BacktraceFound,
    CaseFinished,
    Panic,
    PassesFinished,
    Progress,
    SuiteFailed,
    split_output,
)
from pyharness.model import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyharness.engine import Batch, Crash, Engine
    from pyharness.events import Event, Reporter
    from pyharness.model import Case, Suite

SLOWEST_TOLD = 5
BACKTRACE_LIMIT_S = 0.5
"""The promise is to be gone within a second of a crash, names of functions included."""

_VERDICTS = {
    Outcome.PASS: Verdict.PASSED,
    Outcome.FAIL: Verdict.FAILED,
    Outcome.SKIP: Verdict.SKIPPED,
    Outcome.CRASH: Verdict.FAILED,
    Outcome.TIMEOUT: Verdict.FAILED,
    Outcome.ERROR: Verdict.FAILED,
}


class Tasks(msgspec.Struct, frozen=True):
    """What is on the plan: task `i` is case `indices[i]` of `suites[libraries[i]]`."""

    suites: Sequence[Suite | None]
    libraries: Sequence[int]
    indices: Sequence[int]

    def __len__(self) -> int:
        """Count the tasks."""
        return len(self.indices)

    def _suite(self, task: int) -> Suite:
        suite = self.suites[self.libraries[task]]
        if suite is None:  # a failed suite gives no tasks
            message = f"task {task} belongs to no suite"
            raise LookupError(message)
        return suite

    def id(self, task: int) -> str:
        """Return the case's id."""
        return self._suite(task).id(self.indices[task])

    def case(self, task: int) -> Case:
        """Return the case."""
        return self._suite(task).case(self.indices[task])


class Narrator:
    """Tells reporters what happens, in order, and keeps count."""

    def __init__(self, engine: Engine, tasks: Tasks, reporters: Sequence[Reporter]) -> None:
        """Speak of `tasks`, which `engine` runs, to `reporters`."""
        self.counts: Counter[Verdict] = Counter()
        self.crashed = False
        self.suite_failed = False
        self._engine = engine
        self._tasks = tasks
        self._everyone = reporters
        self._patient = [reporter for reporter in reporters if reporter.wants_passes]
        self._others = [reporter for reporter in reporters if not reporter.wants_passes]
        self._announced: set[int] = set()

    def say(self, event: Event) -> None:
        """Tell everyone."""
        for reporter in self._everyone:
            reporter.handle(event)

    def tell(self, batch: Batch) -> None:
        """Tell everything that a batch holds."""
        if batch.crash is not None:
            self._tell_crash(batch.crash, batch)
        self._tell_started(batch)
        self._tell_finished(batch)
        for reason in batch.host_failures:
            self.suite_failed = True
            self.say(SuiteFailed(path="pyharness-host", reason=reason, output=""))
        if not batch.over:
            self._tell_progress(batch)

    def tell_disabled(self, ids: Iterable[str]) -> None:
        """Give cases that are selected but disabled their verdict."""
        for case_id in ids:
            self._tell_verdict(case_id, Verdict.SKIPPED, "disabled; --run-disabled runs it")

    def tell_not_run(self, tasks: Iterable[int], reason: str) -> None:
        """Give tasks without a result their verdict. Those that had been started are told apart."""
        for task in tasks:
            started = "was running when the run ended: " if task in self._announced else ""
            self._tell_verdict(self._tasks.id(task), Verdict.NOT_RUN, started + reason)

    def _tell_verdict(self, case_id: str, verdict: Verdict, reason: str) -> None:
        self.counts[verdict] += 1
        self.say(CaseFinished(case_id, verdict, reason))

    def _tell_started(self, batch: Batch) -> None:
        for attempt in batch.started:
            self._announced.add(attempt.task)
            self.say(AttemptStarted(self._tasks.id(attempt.task), 1, attempt.worker, attempt.start_ns))

    def _tell_finished(self, batch: Batch) -> None:
        passes = batch.outcomes.count(native.PASS)
        self.counts[Verdict.PASSED] += passes
        if passes and self._others:
            self._tell_passes_together(batch, passes)
        everything = bool(self._patient)
        for position, outcome in enumerate(batch.outcomes):
            if outcome != native.PASS:
                self._tell_attempt(batch, position, self._everyone)
            elif everything:
                self._tell_attempt(batch, position, self._patient)

    def _tell_passes_together(self, batch: Batch, passes: int) -> None:
        slowest = heapq.nlargest(SLOWEST_TOLD, range(len(batch.outcomes)), key=batch.durations_ns.__getitem__)
        named = tuple(
            (self._tasks.id(batch.tasks[at]), batch.durations_ns[at])
            for at in slowest
            if batch.outcomes[at] == native.PASS
        )
        for reporter in self._others:
            reporter.handle(PassesFinished(passes, named))

    def _tell_attempt(self, batch: Batch, position: int, reporters: Sequence[Reporter]) -> None:
        task = batch.tasks[position]
        case = self._tasks.case(task)
        case_id = case.id
        outcome = native.OUTCOMES[batch.outcomes[position]]
        if outcome is None:
            message = f"the attempt of '{case_id}' has ended without an outcome"
            raise LookupError(message)
        worker, start_ns = batch.workers[position], batch.starts_ns[position]
        output, output_base64 = split_output(self._engine.output(batch, position))
        failures = tuple(batch.reports.get(task, ()))
        finished = AttemptFinished(
            id=case_id,
            attempt=1,
            outcome=outcome,
            worker=worker,
            start_ns=start_ns,
            duration_ns=batch.durations_ns[position],
            output=output,
            failures=failures,
            suite=case.suite,
            group=case.group,
            case=case.name,
            file=case.file,
            line=case.line,
            output_base64=output_base64,
        )
        verdict = _VERDICTS[outcome]
        if outcome is not Outcome.PASS:
            self.counts[verdict] += 1
        reason = failures[0].message if outcome is Outcome.SKIP and failures else ""
        started = () if task in self._announced else (AttemptStarted(case_id, 1, worker, start_ns),)
        for reporter in reporters:
            for event in (*started, finished, CaseFinished(case_id, verdict, reason)):
                reporter.handle(event)

    def _tell_progress(self, batch: Batch) -> None:
        running = tuple((attempt.worker, self._tasks.id(attempt.task), attempt.elapsed_ns) for attempt in batch.running)
        self.say(Progress(running))

    def _tell_crash(self, crash: Crash, batch: Batch) -> None:
        self.crashed = True
        suspects = tuple(self._tasks.id(task) for task in crash.suspects)
        case = None if crash.task is None else self._tasks.case(crash.task)
        output, output_base64 = split_output(crash.output)
        self.say(
            Panic(
                id=case.id if case else "",
                suspects=suspects,
                suite=case.suite if case else "",
                group=case.group if case else "",
                case=case.name if case else "",
                path=case.path if case else "",
                file=case.file if case else "",
                line=case.line if case else 0,
                worker=crash.worker,
                cause=cause_of(crash),
                signal=crash.signal,
                address=crash.address,
                output=output,
                repeat=f"pyharness test {shlex.quote(f'{case.path}::{case.name}')}" if case else "",
                debug=shlex.join(["gdb", "--args", native.host_program(), "run", case.path, case.name]) if case else "",
                failures=tuple(batch.reports.get(crash.task, ())) if crash.task is not None else (),
                output_base64=output_base64,
            )
        )
        if crash.frames:
            self._tell_backtrace(case.id if case else "", crash)

    def _tell_backtrace(self, case_id: str, crash: Crash) -> None:
        from pyharness.backtrace import symbolise  # noqa: PLC0415 -- only crashes need it

        frames, note = symbolise(crash.frames, crash.maps, stop_at=native.host_program(), limit_s=BACKTRACE_LIMIT_S)
        self.say(BacktraceFound(case_id, frames, note))


def cause_of(crash: Crash) -> str:
    """Say in words how the host died."""
    name = native.signal_name(crash.signal) if crash.signal else ""
    if crash.kind == "signal":
        faults = ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP")
        where = f"{name} at address {crash.address:#x}" if name in faults else name
        if crash.left_over:
            return f"{where}, in a thread that an earlier case has left behind"
        return f"{where} (stack overflow)" if crash.stack_overflow else where
    if crash.kind == "exit":
        return f"exit({crash.exit_code}) was called"
    if crash.kind == "quick_exit":
        return "quick_exit() was called"
    if name:
        return f"the process was killed by {name}"
    return f"the process ended with exit code {crash.exit_code}, as by _exit({crash.exit_code})"
