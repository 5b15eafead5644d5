"""One run from paths to an exit code: discover, load, select, run, report. The one orchestrator."""

from __future__ import annotations

import datetime as dt
import os
import time
from array import array
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import msgspec

from pyharness import __version__
from pyharness import engine as native
from pyharness.config.settings import Settings
from pyharness.config.table import ConfigurationError
from pyharness.discovery import Target, find_targets
from pyharness.errors import ExitCode, InternalError, NothingSelectedError, UsageError
from pyharness.events import (
    SCHEMA,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    StopRequested,
    SuiteFailed,
    SuiteLoaded,
)
from pyharness.interrupts import Interrupts
from pyharness.model import DISABLED, FailedSuite, Listing, Suite, Verdict
from pyharness.narrator import Narrator
from pyharness.selection import parse
from pyharness.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyharness.config.options import TestOptions
    from pyharness.engine import Engine
    from pyharness.events import Reporter
    from pyharness.selection import Expression

GRACE_MS = 10_000
"""For running cases after Ctrl-C; a second one does not wait."""
_WAIT_MS = 100


class _Loaded(msgspec.Struct):
    """The suites of a run and what is selected of them."""

    suites: list[Suite | None]
    failed: list[FailedSuite]
    tasks: Tasks
    disabled: list[str]
    """Ids that are selected but disabled."""
    selected: list[int]
    """How many cases of each library."""
    settings: Settings
    settings_of: Sequence[int]
    """By task, a position in `settings.distinct`."""
    started_ns: int = 0
    """When the command began, `time.monotonic_ns`: loading counts as part of the run."""


class _Rules(msgspec.Struct, frozen=True):
    """What a run makes of its results."""

    failure_limit: int | None = None
    flaky: str = "pass"
    """`fail`: a flaky case fails the run."""
    leaks: str = "warn"
    """`fail`: so does a leak of which it is not certain who left it; the others fail their case."""
    slow_after_ms: Callable[[int], int] | None = None
    """By task, see `Narrator`."""


def run_tests(options: TestOptions, reporters: Sequence[Reporter], interrupts: Interrupts | None = None) -> ExitCode:
    """Run what `options` select and tell `reporters`. `interrupts` are those of the caller, if it has any.

    Raises:
        UsageError: a path or an expression makes no sense.
        NothingSelectedError: no case is selected, and no suite has failed either.
        InternalError: a planned case has no result.
    """
    started_ns = time.monotonic_ns()
    engine = _make_engine(options)
    owns_orphans = native.own_orphans()
    try:
        with Interrupts() if interrupts is None else nullcontext(interrupts) as signals:
            signals.engine = engine
            loaded = _load(engine, options)
            loaded.started_ns = started_ns
            if signals.count:  # nothing has run: no verdicts, no report
                raise KeyboardInterrupt
            rules = _Rules(
                failure_limit=options.failure_limit,
                flaky=options.flaky,
                leaks=options.leaks,
                slow_after_ms=_slow_after(loaded),
            )
            return _Run(engine, loaded, reporters, signals, rules).run()
    finally:
        engine.close()
        if owns_orphans:
            native.kill_orphans()


def list_cases(options: TestOptions) -> Listing:
    """Return the cases that `options` select, without running any.

    Raises:
        UsageError: a path or an expression makes no sense.
        NothingSelectedError: no case is selected, and no suite has failed either.
    """
    engine = _make_engine(options)
    owns_orphans = native.own_orphans()
    try:
        loaded = _load(engine, options, with_disabled=True)
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
            isolation=options.isolation,
            captured=not options.no_capture,
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


def _slow_after(loaded: _Loaded) -> Callable[[int], int]:
    limits = [settings.slow_after_ms for settings in loaded.settings.distinct]
    return lambda task: limits[loaded.settings_of[task]]


# ---- discover, load, select


def _load(engine: Engine, options: TestOptions, *, with_disabled: bool = False) -> _Loaded:
    with _blaming(options, "expression"):
        expression = None if options.expression is None else parse(options.expression)
    settings = Settings(options, parse)
    with _blaming(options, "paths"):
        targets = find_targets(options.paths)
    if not targets:
        where = ", ".join(f"'{path}'" for path in options.paths) + _by_whom(options, "paths")
        message = f"no test library under {where}; build one with pyharness_add_suite(), or name another folder"
        raise NothingSelectedError(message)
    settings_of = array("I")
    loaded = _Loaded([], _cut_short(targets), Tasks((), (), ()), [], [], settings, settings_of)
    targets = [target for target in targets if not target.missing]
    libraries: list[int] = []
    indices: list[int] = []
    seen: dict[str, str] = {}
    for library, result in enumerate(engine.load([target.path for target in targets])):
        suite = _accept(result, seen, loaded.failed)
        loaded.suites.append(suite)
        with _blaming(options, "paths"):
            found = [] if suite is None else _select(suite, targets[library], expression)
        if suite is not None and not (options.run_disabled or with_disabled or targets[library].cases):
            loaded.disabled += [suite.id(index) for index in found if suite.flags[index] & DISABLED]
            found = [index for index in found if not suite.flags[index] & DISABLED]
        loaded.selected.append(len(found))
        if suite is not None:
            settings_of += settings.of(suite, found)
        libraries += [library] * len(found)
        indices += found
    loaded.tasks = Tasks(loaded.suites, libraries, indices)
    if not indices and not loaded.failed:
        raise NothingSelectedError(_why_nothing(loaded, options))
    return loaded


@contextmanager
def _blaming(options: TestOptions, name: str) -> Iterator[None]:
    """Let a mistake name the configuration that holds it: on the command line nobody would find it."""
    try:
        yield
    except UsageError as error:
        source = options.told_by(name)
        if not source:
            raise
        message = f"invalid {source}: {error}"
        raise ConfigurationError(message) from None


def _by_whom(options: TestOptions, name: str) -> str:
    source = options.told_by(name)
    return f" ({source})" if source else ""


def _cut_short(targets: Sequence[Target]) -> list[FailedSuite]:
    advice = "build it again, or remove it"
    return [
        FailedSuite(target.path, f"cannot load suite '{target.path}': {target.missing}; {advice}", "")
        for target in targets
        if target.missing
    ]


def _accept(result: Suite | FailedSuite, seen: dict[str, str], failed: list[FailedSuite]) -> Suite | None:
    if isinstance(result, FailedSuite):
        failed.append(result)
        return None
    other = seen.setdefault(result.name, result.path)
    if other == result.path:
        return result
    reason = f"two suites are called '{result.name}': '{other}' and '{result.path}'; rename one, or run them one by one"
    failed.append(FailedSuite(result.path, reason, ""))
    return None


def _select(suite: Suite, target: Target, expression: Expression | None) -> list[int]:
    indices: Sequence[int] = range(len(suite))
    if target.cases is not None:
        by_name = {name: index for index, name in enumerate(suite.names)}
        missing = next((name for name in target.cases if name not in by_name), None)
        if missing is not None:
            message = f"no case '{missing}' in '{target.path}'; `pyharness test --list {target.path}` shows its cases"
            raise UsageError(message)
        indices = sorted(by_name[name] for name in target.cases)
    if expression is None:
        return list(indices)
    return [index for index in indices if expression.matches(suite.id(index), suite.tags[index].split())]


def _why_nothing(loaded: _Loaded, options: TestOptions) -> str:
    total = sum(len(suite) for suite in loaded.suites if suite is not None)
    if loaded.disabled:
        return f"all {len(loaded.disabled)} selected cases are disabled; add --run-disabled to run them"
    if options.expression is not None:
        source = _by_whom(options, "expression")
        if source:
            return f"no case of {total} matches '{options.expression}'{source}; change it, or give another with -k"
        return (
            f"no case of {total} matches -k '{options.expression}'; `pyharness test --list` shows their names and tags"
        )
    return 'the suites have no cases; write one with TEST("name") { … }'


# ---- run, report


class _Run:
    """One run of selected tasks."""

    def __init__(
        self,
        engine: Engine,
        loaded: _Loaded,
        reporters: Sequence[Reporter],
        interrupts: Interrupts,
        rules: _Rules,
    ) -> None:
        self._engine = engine
        self._loaded = loaded
        self._interrupts = interrupts
        self._narrator = Narrator(engine, loaded.tasks, reporters, rules.slow_after_ms)
        self._timed_out = False
        self._told_interrupts = 0
        self._started_ns = loaded.started_ns
        self._rules = rules

    def run(self) -> ExitCode:
        self._tell_start()
        tasks = self._loaded.tasks
        disabled = self._loaded.disabled
        self._narrator.tell_disabled(disabled)
        if len(tasks) > 0:
            self._run_tasks()
        counts = self._narrator.counts
        if counts.total() != len(tasks) + len(disabled):
            planned = len(tasks) + len(disabled)
            message = f"{planned} cases were planned and {counts.total()} have a result; please report this"
            raise InternalError(message)
        code = self._exit_code()
        self._narrator.say(
            RunFinished(
                exit_code=int(code),
                counts={verdict.value: counts[verdict] for verdict in Verdict if counts[verdict]},
                duration_ns=time.monotonic_ns() - self._started_ns - self._interrupts.paused_ns,
                reason=self._why_early(),
                why_failed=self._why_failed() if code is ExitCode.FAILED else "",
            )
        )
        return code

    def _tell_start(self) -> None:
        loaded = self._loaded
        now = dt.datetime.now(dt.UTC)
        self._narrator.say(
            RunStarted(
                schema=SCHEMA,
                run=f"{now:%Y%m%dT%H%M%S}-{os.getpid()}",
                planned=len(loaded.tasks) + len(loaded.disabled),
                test_threads=self._engine.workers,
                version=__version__,
                started=now.isoformat().replace("+00:00", "Z"),
                note=self._engine.note,
            )
        )
        for suite, selected in zip(loaded.suites, loaded.selected, strict=True):
            if suite is not None:
                self._narrator.say(SuiteLoaded(suite.name, suite.group, suite.path, len(suite), selected))
        for failed in loaded.failed:
            self._narrator.suite_failed = True
            self._narrator.say(SuiteFailed(failed.path, failed.reason, failed.output))

    def _run_tasks(self) -> None:
        tasks = self._loaded.tasks
        self._engine.start(tasks.libraries, tasks.indices, self._loaded.settings, self._loaded.settings_of)
        over = False
        self._interrupts.tells_pauses = True
        while not over:
            batch = self._engine.wait(_WAIT_MS)
            self._tell_stop()
            self._timed_out = self._timed_out or batch.timed_out
            self._narrator.tell(batch)
            over = batch.over
        self._interrupts.tells_pauses = False
        reason = self._why_early() or "the run ended before it was started"
        self._narrator.tell_not_run(self._engine.not_run(), reason)

    def _tell_stop(self) -> None:
        """Say that the run was interrupted, each time it is: a handler of signals must not do so itself."""
        if self._interrupts.pause_asked:
            self._narrator.say(RunPaused())
            self._narrator.say(RunResumed(self._interrupts.pause()))
        if self._interrupts.count > self._told_interrupts:
            self._told_interrupts = self._interrupts.count
            grace_ms = 0 if self._interrupts.at_once else GRACE_MS
            self._narrator.say(StopRequested(self._why_early(), grace_ms))

    def _why_early(self) -> str:
        if self._narrator.panicked:
            return "a test crashed"
        if self._interrupts.count:
            return f"interrupted by {self._interrupts.name}"
        if self._timed_out:
            return "the limit of the whole run (--global-timeout) has passed"
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
        if narrator.nameless_crashes:
            return "a crash could be blamed on no case; --isolation process can tell"
        if self._rules.flaky == "fail" and narrator.counts[Verdict.FLAKY]:
            return "flaky cases fail the run (--flaky fail)"
        if self._rules.leaks == "fail" and narrator.uncertain_leaks:
            return "something was left behind, and it is not certain by which case; --isolation process can tell"
        return ""
