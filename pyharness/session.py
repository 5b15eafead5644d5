"""One run from paths to an exit code: discover, load, select, run, report. The one orchestrator."""

from __future__ import annotations

import datetime as dt
import os
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from pyharness import __version__
from pyharness import engine as native
from pyharness.errors import ExitCode, InternalError
from pyharness.events import (
    SCHEMA,
    CoverageStarted,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    StopRequested,
    SuiteFailed,
)
from pyharness.interrupts import Interrupts
from pyharness.loading import load
from pyharness.model import Listing, Outcome, Verdict
from pyharness.narrator import Narrator, suites_loaded
from pyharness.surroundings import NOTHING_AROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyharness.building import BuildPlan
    from pyharness.choosing import Build, Loaded
    from pyharness.config.options import TestOptions
    from pyharness.engine import Engine
    from pyharness.events import Reporter
    from pyharness.measuring import Measuring
    from pyharness.stored_results import StoredResults

GRACE_MS = 10_000
"""For running cases after Ctrl-C; a second one does not wait."""
_WAIT_MS = 100
_TIMEOUT = native.OUTCOMES.index(Outcome.TIMEOUT)


class _Rules(msgspec.Struct, frozen=True):
    """What a run makes of its results."""

    started_ns: int
    """When the command began, `time.monotonic_ns`: loading counts as part of the run."""
    failure_limit: int | None = None
    flaky: str = "pass"
    """`fail`: a flaky case fails the run."""
    leaks: str = "warn"
    """`fail`: so does a leak of which it is not certain who left it; the others fail their case."""
    fail_fast: bool = False
    """A suite that cannot be built ends the run, as a case that fails does."""
    slow_after_ms: Callable[[int], int] | None = None
    """By task, see `Narrator`."""


def run_tests(
    options: TestOptions,
    reporters: Sequence[Reporter],
    interrupts: Interrupts | None = None,
    mention: Callable[[str], None] = lambda _: None,
    on_build: Callable[[BuildPlan], None] = lambda _: None,
) -> ExitCode:
    """Run what `options` select and tell `reporters`.

    Args:
        options: all that is asked for.
        reporters: are told, in order; they stay open.
        interrupts: those of the caller, if it has any.
        mention: is told, in a sentence, what is waited for before there is anything to report.
        on_build: is told what is built of what, if there are test sources, before any case runs.

    Raises:
        UsageError: a path or an expression makes no sense.
        NothingSelectedError: no case is selected, and no suite has failed either.
        InternalError: a planned case has no result.
    """
    started_ns = time.monotonic_ns()
    engine = _make_engine(options)
    owns_orphans = native.own_orphans()
    loaded: Loaded | None = None
    measuring: Measuring | None = None
    try:
        with Interrupts() if interrupts is None else nullcontext(interrupts) as signals:
            signals.engine = engine
            results = _stored_results(options)
            measuring = _measuring(options)
            loaded = load(
                engine,
                options,
                results,
                is_cancelled=lambda: signals.count > 0,
                mention=mention,
                surroundings=NOTHING_AROUND if measuring is None else measuring.folder,
            )
            if signals.count:  # nothing has run: no verdicts, no report
                raise KeyboardInterrupt
            if loaded.build is not None:
                on_build(loaded.build.plan)
            rules = _Rules(
                started_ns=started_ns,
                failure_limit=options.failure_limit,
                flaky=options.flaky,
                leaks=options.leaks,
                fail_fast=options.fail_fast,
                slow_after_ms=_slow_after(loaded),
            )
            return _Run(engine, loaded, reporters, signals, rules, results=results, measuring=measuring).run()
    finally:
        if loaded is not None and loaded.build is not None:
            loaded.build.stop()
        engine.close()
        if owns_orphans:
            native.kill_orphans()
        if measuring is not None:
            measuring.close()


def list_cases(options: TestOptions, mention: Callable[[str], None] = lambda _: None) -> Listing:
    """Return the cases that `options` select, without running any. `mention` is told what is waited for.

    Raises:
        UsageError: a path or an expression makes no sense.
        NothingSelectedError: no case is selected, and no suite has failed either.
    """
    options = replace(options, coverage=False, coverage_contexts=False)
    engine = _make_engine(options)
    owns_orphans = native.own_orphans()
    try:
        loaded = load(engine, options, with_disabled=True, mention=mention)
    finally:
        engine.close()
        if owns_orphans:
            native.kill_orphans()
    cases = [loaded.tasks.case(task) for task in range(len(loaded.tasks))]
    return Listing(cases=cases, failed=loaded.failed)


def _make_engine(options: TestOptions) -> native.NativeEngine:
    return native.NativeEngine(
        native.EngineOptions(
            workers=options.thread_count,
            isolation="process" if options.coverage_contexts else options.isolation,
            captured=not options.no_capture,
            apart="leak" in options.sanitizers,
            timeout_ms=options.timeout_ms,
            global_timeout_ms=options.global_timeout_ms,
            load_timeout_ms=options.load_timeout_ms,
            grace_ms=GRACE_MS,
            max_fail=options.failure_limit or 0,
            on_crash=options.on_crash,
            leaks=options.leaks,
            stop_sequence=tuple((step.signal, step.wait_ms) for step in options.stop_sequence),
            memory_limit_bytes=options.memory_limit_bytes,
            max_output_bytes=options.max_output_bytes,
            load_limit=options.load_limit or 0.0,
            seed=time.time_ns() % (1 << 64),
        )
    )


def _stored_results(options: TestOptions) -> StoredResults | None:
    if not options.cache.results or options.coverage:  # what does not run executes nothing
        return None
    # Imported here: most runs keep no results.
    from pyharness.stored_results import StoredResults  # noqa: PLC0415

    return StoredResults(options, os.environ)


def _measuring(options: TestOptions) -> Measuring | None:
    if not options.coverage:
        return None
    # Imported here: most runs measure no coverage.
    from pyharness.measuring import Measuring  # noqa: PLC0415

    return Measuring(options)


def _slow_after(loaded: Loaded) -> Callable[[int], int]:
    return lambda task: loaded.settings.slow_after_ms[loaded.settings_of[task]]


# ---- run, report


class _Run:
    """One run of selected tasks."""

    def __init__(  # noqa: PLR0913
        self,
        engine: Engine,
        loaded: Loaded,
        reporters: Sequence[Reporter],
        interrupts: Interrupts,
        rules: _Rules,
        *,
        results: StoredResults | None,
        measuring: Measuring | None,
    ) -> None:
        self._engine = engine
        self._loaded = loaded
        self._build = loaded.build
        self._interrupts = interrupts
        self._narrator = Narrator(engine, loaded.tasks, reporters, rules.slow_after_ms, loaded.launcher, loaded.needs)
        self._timed_out = False
        self._failed_fast = False
        self._told_interrupts = 0
        self._told_disabled = 0
        self._told_cached = 0
        self._lost_processes = 0
        """Processes that did not come to their own end, or had a case that did not."""
        self._started_ns = rules.started_ns
        self._rules = rules
        self._results = results
        self._measuring = measuring

    def run(self) -> ExitCode:
        self._tell_start()
        self._tell_apart()
        if len(self._loaded.tasks) > 0 or self._build is not None:
            self._run_tasks()
        counts = self._narrator.counts
        if counts.total() != self._loaded.planned:
            message = (
                f"{self._loaded.planned} cases were planned and {counts.total()} have a result; please report this"
            )
            raise InternalError(message)
        code = self._exit_code()
        if self._results is not None:
            self._results.keep(is_complete=not (self._narrator.panicked or self._interrupts.count or self._timed_out))
        nothing = self._why_nothing() if code is ExitCode.OK else ""
        code = ExitCode.NOTHING_SELECTED if nothing else code
        if self._measuring is not None:
            code = self._measure(self._measuring, code)
        self._narrator.say(
            RunFinished(
                exit_code=int(code),
                counts={verdict.value: counts[verdict] for verdict in Verdict if counts[verdict]},
                duration_ns=time.monotonic_ns() - self._started_ns - self._interrupts.paused_ns,
                reason=nothing or self._why_early(),
                why_failed=self._why_failed() if code is ExitCode.FAILED else "",
            )
        )
        return code

    def _measure(self, measuring: Measuring, code: ExitCode) -> ExitCode:
        """Read what the cases have left of their coverage, and return the exit code with that."""
        self._narrator.say(CoverageStarted(measuring.folder.count()))
        before = self._interrupts.count
        finished = measuring.finish(
            self._loaded,
            why_early=self._why_not_all(code),
            is_cancelled=lambda: self._interrupts.count > before,
            has_lost_processes=self._lost_processes > 0,
        )
        self._narrator.say(finished)
        if self._interrupts.count:
            return self._exit_code()
        has_failed = finished.partial or finished.below or finished.total is None
        return ExitCode.COVERAGE if has_failed and code is ExitCode.OK else code

    def _why_not_all(self, code: ExitCode) -> str:
        """Say why not all has run of which the coverage is told, if so."""
        if self._build is not None and self._build.not_built:
            return "not all suites were built"
        return self._why_early() or ("a suite could not be run" if code is ExitCode.SUITE_FAILED else "")

    def _tell_apart(self) -> None:
        """Give those their verdict that are not to run, and have come since the last call."""
        disabled, cached = self._loaded.disabled, self._loaded.cached
        self._narrator.tell_disabled(disabled[self._told_disabled :])
        self._narrator.tell_cached(cached[self._told_cached :])
        self._told_disabled, self._told_cached = len(disabled), len(cached)

    def _why_nothing(self) -> str:
        """Say why there was nothing to run, if there was: of what is built meanwhile, that is known only now."""
        if self._build is None or self._narrator.counts.total():
            return ""
        return self._build.why_nothing()

    def _tell_start(self) -> None:
        loaded = self._loaded
        now = dt.datetime.now(dt.UTC)
        self._narrator.say(
            RunStarted(
                schema=SCHEMA,
                run=f"{now:%Y%m%dT%H%M%S}-{os.getpid()}",
                planned=loaded.planned,
                grows=self._build is not None and not self._build.is_over,
                test_threads=self._engine.workers,
                version=__version__,
                started=now.isoformat().replace("+00:00", "Z"),
                note="; ".join(part for part in (self._engine.note, *loaded.remarks) if part),
            )
        )
        indices: list[list[int]] = [[] for _ in loaded.suites]
        for library, index in zip(loaded.tasks.libraries, loaded.tasks.indices, strict=True):
            indices[library].append(index)
        for suite, selected in zip(loaded.suites, indices, strict=True):
            for event in [] if suite is None else suites_loaded(suite, selected):
                self._narrator.say(event)
        for failed in loaded.failed:
            self._narrator.suite_failed = True
            self._narrator.say(SuiteFailed(failed.path, failed.reason, failed.output))

    def _run_tasks(self) -> None:
        loaded = self._loaded
        tasks = loaded.tasks
        build, grows = self._build, self._build is not None and not self._build.is_over
        self._engine.start(
            tasks.libraries, tasks.indices, loaded.settings, loaded.settings_of, loaded.order, grows=grows
        )
        if build is not None:
            build.run_begins()
            self._tell_build(build, grows=grows)
        over = False
        self._interrupts.tells_pauses = True
        while not over:
            batch = self._engine.wait(_WAIT_MS)
            self._tell_stop()
            self._timed_out = self._timed_out or batch.timed_out
            self._lost_processes += len(batch.crashes) + batch.outcomes.count(_TIMEOUT)
            self._narrator.tell(batch)
            if self._results is not None:
                self._results.add(batch, tasks)
            if self._measuring is not None:
                self._measuring.note(batch)
            over = batch.over
            if build is not None and batch.failed_suites:
                build.forget_lists(lost.library for lost in batch.failed_suites)
            if build is not None:
                if over or self._interrupts.count:
                    build.stop()
                self._tell_build(build, grows=grows)
        self._interrupts.tells_pauses = False
        reason = self._why_early() or "the run ended before it was started"
        self._narrator.tell_not_run(self._engine.not_run(), reason)

    def _tell_build(self, build: Build, *, grows: bool) -> None:
        """Take what has been built, tell of it, and let the run end when nothing more will come."""
        for event in build.news():
            self._narrator.suite_failed = self._narrator.suite_failed or isinstance(event, SuiteFailed)
            self._narrator.say(event)
        self._tell_apart()
        if not grows:
            return
        self._engine.watch(build.descriptor)
        if build.is_over:
            self._engine.expect_no_more()
        if self._rules.fail_fast and build.has_failed and not self._failed_fast:
            self._failed_fast = True
            self._engine.cancel(now=False)

    def _tell_stop(self) -> None:
        """Say that the run was interrupted, each time it is: a handler of signals must not do so itself."""
        if self._interrupts.pause_asked:
            self._narrator.say(RunPaused())
            with nullcontext() if self._build is None else self._build.paused():
                paused_ns = self._interrupts.pause()
            self._narrator.say(RunResumed(paused_ns))
        if self._interrupts.count > self._told_interrupts:
            self._told_interrupts = self._interrupts.count
            grace_ms = 0 if self._interrupts.at_once else GRACE_MS
            self._narrator.say(StopRequested(self._why_early(), grace_ms))

    def _why_early(self) -> str:
        for is_so, reason in (
            (self._narrator.panicked, "a test crashed"),
            (self._interrupts.count, f"interrupted by {self._interrupts.name}"),
            (self._timed_out, "the limit of the whole run (--global-timeout) has passed"),
            (self._failed_fast, "a suite could not be built (--fail-fast)"),
        ):
            if is_so:
                return reason
        told = self._narrator.counts[Verdict.NOT_RUN] - self._narrator.unmet  # those have a reason of their own
        if not (told or self._engine.not_run()):
            return ""
        if self._rules.failure_limit and self._narrator.counts[Verdict.FAILED] >= self._rules.failure_limit:
            return "enough cases have failed (--max-fail)"
        return "no host could go on with it"

    def _exit_code(self) -> ExitCode:
        if self._narrator.panicked:
            return ExitCode.PANIC
        if self._interrupts.count:
            return ExitCode.INTERRUPTED
        if self._narrator.suite_failed:
            return ExitCode.SUITE_FAILED
        return ExitCode.FAILED if self._has_failed() else ExitCode.OK

    def _has_failed(self) -> bool:
        counts = self._narrator.counts
        return bool(counts[Verdict.FAILED] or counts[Verdict.NOT_RUN] or self._why_failed())

    def _why_failed(self) -> str:
        """Say what fails the run beside the verdicts of its cases."""
        narrator = self._narrator
        if self._build is not None and self._build.not_built:
            return "not all suites were built before the run ended"
        if narrator.nameless_crashes:
            return "a crash could be blamed on no case; --isolation process can tell"
        if self._rules.flaky == "fail" and narrator.counts[Verdict.FLAKY]:
            return "flaky cases fail the run (--flaky fail)"
        if self._rules.leaks == "fail" and narrator.uncertain_leaks:
            return "something was left behind, and it is not certain by which case; --isolation process can tell"
        return ""
