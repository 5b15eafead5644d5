"""From what the engine hands over in columns to the one stream of events."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING, Literal

from pyharness import engine as native
from pyharness.attempts import OpenAttempts
from pyharness.crashes import (
    BACKTRACE_LIMIT_S,
    HANG_LIMIT_S,
    NO_NEEDS,
    Culprit,
    HostNeeds,
    Symboliser,
    crash_event,
    culprit_in_host,
)
from pyharness.events import (
    AttemptFinished,
    AttemptStarted,
    BacktraceFound,
    CaseCrashed,
    CaseFinished,
    OutputAdded,
    Panic,
    PassesFinished,
    Progress,
    SuiteFailed,
    SuiteLoaded,
    split_output,
)
from pyharness.model import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pyharness.batch import Batch, Crash, Running, Stack
    from pyharness.engine import Engine
    from pyharness.events import CrashEvent, Event, Reporter
    from pyharness.launcher import Launcher
    from pyharness.model import Suite
    from pyharness.tasks import Tasks

SLOWEST_TOLD = 5

_VERDICTS = {
    Outcome.PASS: Verdict.PASSED,
    Outcome.FAIL: Verdict.FAILED,
    Outcome.SKIP: Verdict.SKIPPED,
    Outcome.CRASH: Verdict.FAILED,
    Outcome.TIMEOUT: Verdict.FAILED,
    Outcome.ERROR: Verdict.FAILED,
}


class Narrator:
    """Tells reporters what happens, in order, and keeps count."""

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        engine: Engine,
        tasks: Tasks,
        reporters: Sequence[Reporter],
        slow_after_ms: Callable[[int], int] | None = None,
        launcher: Launcher | None = None,
        needs: HostNeeds = NO_NEEDS,
    ) -> None:
        """Speak of `tasks`, which `engine` runs, to `reporters`. `launcher` knows the programs among them.

        `needs` say how the others are run again.

        `slow_after_ms` says of a task after how many milliseconds, and again after as many, it is told to be slow;
        0: never.
        """
        self.counts: Counter[Verdict] = Counter()
        self.panicked = False
        self.nameless_crashes = 0
        """Crashes for which no case could be named."""
        self.suite_failed = False
        self.unmet = 0
        """Cases that were not run since one that they need has not passed."""
        self.uncertain_leaks = 0
        self._engine = engine
        self._tasks = tasks
        self._launcher = launcher
        self._needs = needs
        self._everyone = reporters
        self._patient = [reporter for reporter in reporters if reporter.wants_passes]
        self._others = [reporter for reporter in reporters if not reporter.wants_passes]
        self._open = OpenAttempts(tasks.id, slow_after_ms)
        self._failed_attempts: Counter[int] = Counter()
        """By task: those that are, or were to be, retried."""
        self._stacks: dict[tuple[int, int], Stack] = {}
        """Of hung attempts, until their end is told; by task and attempt."""
        self._kept: dict[tuple[int, int], bytes] = {}
        """Of cases of programs in a batch, what their framework has kept of the output until they had ended."""
        self._symboliser = Symboliser()

    def say(self, event: Event) -> None:
        """Tell everyone."""
        for reporter in self._everyone:
            reporter.handle(event)

    def tell(self, batch: Batch) -> None:
        """Tell everything that a batch holds."""
        self._kept = {
            (late.task, late.attempt): late.output for late in batch.late_outputs if self._is_launched(late.task)
        }
        self._tell_crashes(batch)
        self._tell_attempts(batch)
        self._tell_late_outputs(batch)
        self._tell_unmet(batch)
        self._tell_failed_suites(batch)
        if not batch.over:
            self._say_all(self._open.notice(batch.running))
            self._tell_progress(batch)

    def tell_disabled(self, ids: Iterable[str]) -> None:
        """Give cases that are selected but disabled their verdict."""
        for case_id in ids:
            self._tell_verdict(case_id, Verdict.SKIPPED, "disabled; --run-disabled runs it", 0)

    def tell_cached(self, cases: Iterable[tuple[str, str]]) -> None:
        """Give cases that need not run their verdict; each with the reason."""
        for case_id, reason in cases:
            self._tell_verdict(case_id, Verdict.CACHED, reason, 0)

    def tell_not_run(self, tasks: Iterable[int], reason: str) -> None:
        """Give tasks without a last attempt their verdict. Those that were under way are told apart."""
        for task in tasks:
            begun = self._open.is_cut_off(task)
            self._say_all(self._open.abandon(task, reason))
            failed = self._failed_attempts[task]
            if failed:
                told = f"attempt {failed} failed, and the run ended before the next: {reason}"
                self._tell_verdict(self._tasks.id(task), Verdict.FAILED, told, failed)
            else:
                told = f"did not get to its end: {reason}" if begun else reason
                self._tell_verdict(self._tasks.id(task), Verdict.NOT_RUN, told, 0)

    def _tell_unmet(self, batch: Batch) -> None:
        self.unmet += len(batch.unmet)
        for unmet in batch.unmet:
            reason = f"'{self._tasks.id(unmet.needed)}', which it needs, has not passed"
            self._tell_verdict(self._tasks.id(unmet.task), Verdict.NOT_RUN, reason, 0)

    def _say_all(self, events: Iterable[Event]) -> None:
        for event in events:
            self.say(event)

    def _tell_verdict(self, case_id: str, verdict: Verdict, reason: str, attempts: int) -> None:
        self.counts[verdict] += 1
        self.say(CaseFinished(case_id, verdict, reason, attempts))

    # ---- attempts

    def _tell_attempts(self, batch: Batch) -> None:
        """Tell ends and starts in their order: what starts again in the same batch has to end first."""
        for stack in batch.stacks:
            self._stacks[stack.task, stack.attempt] = stack
        if batch.over:
            self._symboliser.hurry()
        again = _started_again(batch)
        self._say_all(event for begun in batch.started if begun not in again for event in self._open.start(begun))
        for cut in batch.interrupted:
            self._say_all(self._open.interrupt(cut))
            self._say_all(self._stack_of(cut.task, cut.attempt))
        self._tell_finished(batch)
        self._say_all(event for begun in again for event in self._open.start(begun))

    def _tell_finished(self, batch: Batch) -> None:
        apart = _told_apart(batch)
        passes = len(batch.outcomes) - len(apart)
        self.counts[Verdict.PASSED] += passes
        if passes and self._others:
            self._tell_passes_together(batch, passes, apart)
        for position in range(len(batch.outcomes)) if self._patient else sorted(apart):
            if position in apart:
                self._tell_apart(batch, position)
            else:
                self._tell_pass(batch, position)

    def _tell_passes_together(self, batch: Batch, passes: int, apart: set[int]) -> None:
        slowest = heapq.nlargest(SLOWEST_TOLD, range(len(batch.outcomes)), key=batch.durations_ns.__getitem__)
        named = tuple((self._tasks.id(batch.tasks[at]), batch.durations_ns[at]) for at in slowest if at not in apart)
        for reporter in self._others:
            reporter.handle(PassesFinished(passes, named))

    def _tell_pass(self, batch: Batch, position: int) -> None:
        for event in self._end_of(batch, position):
            for reporter in self._patient:
                reporter.handle(event)

    def _tell_apart(self, batch: Batch, position: int) -> None:
        leaks = batch.leaks.get(batch.tasks[position], ())
        self.uncertain_leaks += sum(not leak.certain for leak in leaks)
        for event in self._end_of(batch, position):
            if isinstance(event, CaseFinished):
                self.counts[event.verdict] += 1
            self.say(event)

    def _end_of(self, batch: Batch, position: int) -> Iterator[Event]:
        """Yield all that is told of an ended attempt, its start included if that has not been told."""
        task = batch.tasks[position]
        finished = self._finished(batch, position)
        if not self._open.finish(task, finished.attempt):
            yield AttemptStarted(finished.id, finished.attempt, finished.worker, finished.start_ns)
        yield finished
        yield from self._stack_of(task, finished.attempt)
        if batch.finals[position]:
            yield self._verdict(task, finished)
        else:
            self._failed_attempts[task] = finished.attempt

    def _stack_of(self, task: int, attempt: int) -> Iterator[BacktraceFound]:
        stack = self._stacks.pop((task, attempt), None)
        if stack is not None:
            yield self._backtrace(self._tasks.id(task), stack, "hang")

    def _finished(self, batch: Batch, position: int) -> AttemptFinished:
        task = batch.tasks[position]
        case = self._tasks.case(task)
        outcome = native.OUTCOMES[batch.outcomes[position]]
        if outcome is None:
            message = f"the attempt of '{case.id}' has ended without an outcome"
            raise LookupError(message)
        output, output_base64 = split_output(
            self._engine.output(batch, position) + self._kept.get((task, batch.attempts[position]), b"")
        )
        return AttemptFinished(
            id=case.id,
            attempt=batch.attempts[position],
            outcome=outcome,
            worker=batch.workers[position],
            start_ns=batch.starts_ns[position],
            duration_ns=batch.durations_ns[position],
            output=output,
            failures=tuple(batch.reports.get(task, ())),
            suite=case.suite,
            group=case.group,
            case=case.name,
            file=case.file,
            line=case.line,
            output_base64=output_base64,
            leaks=tuple(leak.message for leak in batch.leaks.get(task, ())),
            retry_in_ms=None if batch.finals[position] else batch.retry_delays_ms[position],
        )

    def _tell_late_outputs(self, batch: Batch) -> None:
        for late in batch.late_outputs:
            if (late.task, late.attempt) not in self._kept:
                self.say(OutputAdded(self._tasks.id(late.task), late.attempt, *split_output(late.output)))

    def _is_launched(self, task: int) -> bool:
        return self._launcher is not None and self._launcher.runs(self._tasks.libraries[task])

    def _verdict(self, task: int, last: AttemptFinished) -> CaseFinished:
        verdict = _VERDICTS[last.outcome]
        if self._failed_attempts.pop(task, 0):  # a skip does not undo a failure
            verdict = Verdict.FLAKY if last.outcome is Outcome.PASS else Verdict.FAILED
        reason = last.failures[0].message if last.outcome is Outcome.SKIP and last.failures else ""
        if verdict is Verdict.FAILED and last.outcome is Outcome.SKIP:
            reason = f"attempt {last.attempt} was skipped, and one before had failed"
        return CaseFinished(last.id, verdict, reason, last.attempt)

    # ---- crashes, failed suites, progress

    def _tell_crashes(self, batch: Batch) -> None:
        for number, crash in enumerate(batch.crashes, 1):
            if batch.panic and number == len(batch.crashes):
                self.panicked = True
                self._tell_crash(Panic, crash, batch)
            else:
                self.nameless_crashes += crash.task is None
                self._tell_crash(CaseCrashed, crash, batch)

    def _tell_crash(self, kind: type[CrashEvent], crash: Crash, batch: Batch) -> None:
        culprit = None if crash.task is None else self._culprit(crash.task)
        failures = () if crash.task is None else tuple(batch.reports.get(crash.task, ()))
        suspects = tuple(self._tasks.id(task) for task in crash.suspects)
        self.say(crash_event(kind, crash, culprit, suspects, failures))
        if crash.frames:
            self.say(self._backtrace(culprit.case.id if culprit else "", crash, "crash"))

    def _culprit(self, task: int) -> Culprit:
        case = self._tasks.case(task)
        library, index = self._tasks.libraries[task], self._tasks.indices[task]
        if self._launcher is None or not self._launcher.runs(library):
            return culprit_in_host(case, self._needs)
        return Culprit(
            case,
            self._launcher.repeat_command(library, index),
            self._launcher.debug_command(library, index),
            launched=True,
        )

    def _backtrace(self, case_id: str, source: Crash | Stack, kind: Literal["crash", "hang"]) -> BacktraceFound:
        limit_s = BACKTRACE_LIMIT_S if kind == "crash" else HANG_LIMIT_S
        frames, note = self._symboliser.frames(source.frames, source.maps, limit_s)
        return BacktraceFound(case_id, frames, note, source.attempt, kind)

    def _tell_failed_suites(self, batch: Batch) -> None:
        lost = [(self._tasks.path(suite.library), suite.reason, suite.output) for suite in batch.failed_suites]
        for path, reason, output in [*lost, *(("pyharness-host", reason, "") for reason in batch.host_failures)]:
            self.suite_failed = True
            self.say(SuiteFailed(path, reason, output))

    def _tell_progress(self, batch: Batch) -> None:
        running = (
            (attempt.worker, self._tasks.id(attempt.task), attempt.elapsed_ns, attempt.attempt)
            for attempt in batch.running
        )
        self.say(Progress(tuple(running)))


def suites_loaded(suite: Suite, selected: Sequence[int]) -> list[SuiteLoaded]:
    """Return what is told of a suite that is ready: in a library of test sources, each source is one."""
    if not suite.from_source:
        return [SuiteLoaded(suite.name, suite.group, suite.path, len(suite), len(selected))]
    chosen = set(selected)
    counts: dict[str, list[int]] = {}
    for index in range(len(suite)):
        count = counts.setdefault(suite.case(index).suite, [0, 0])
        count[0] += 1
        count[1] += index in chosen
    return [SuiteLoaded(name, suite.group, suite.path, cases, few) for name, (cases, few) in counts.items()]


def _told_apart(batch: Batch) -> set[int]:
    """Return the positions that each reporter hears of one by one: all but plain passes at the first attempt."""
    all_pass = batch.outcomes.count(native.PASS) == len(batch.outcomes)
    if all_pass and not batch.leaks and max(batch.attempts, default=1) == 1:
        return set()  # the usual batch of a large run: no look at each
    columns = zip(batch.outcomes, batch.attempts, batch.tasks, strict=True)
    return {
        position
        for position, (outcome, attempt, task) in enumerate(columns)
        if outcome != native.PASS or attempt > 1 or task in batch.leaks
    }


def _started_again(batch: Batch) -> list[Running]:
    """Return the starts that follow an end of the same task in this batch, and have no end in it themselves."""
    ends = {cut.task: cut.start_ns for cut in batch.interrupted}
    if ends or 0 in batch.finals:
        for task, final, start_ns in zip(batch.tasks, batch.finals, batch.starts_ns, strict=True):
            if task in ends or not final:
                ends[task] = max(ends.get(task, 0), start_ns)
    return [begun for begun in batch.started if begun.start_ns > ends.get(begun.task, begun.start_ns)]
