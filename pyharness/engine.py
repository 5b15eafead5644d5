"""The native engine behind one small Protocol. The only importer of `pyharness._core`."""

from __future__ import annotations

import os
import signal
from array import array
from typing import TYPE_CHECKING, Protocol

import msgspec

from pyharness import _core
from pyharness.batch import Batch, Crash, Interrupted, LateOutput, Leak, LostSuite, Running, Stack, Unmet
from pyharness.errors import UsageError
from pyharness.events import Failure
from pyharness.model import FailedSuite, Outcome, Suite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyharness.config.settings import CaseSettings, Settings
    from pyharness.launcher import LaunchCommand, Launcher

OUTCOMES: tuple[Outcome | None, ...] = (None, *(Outcome(name) for name in _core.outcomes()[1:]))
"""By the numbers in `Batch.outcomes`; 0 never occurs."""
PASS = OUTCOMES.index(Outcome.PASS)


ThreadPool = _core.ThreadPool
TestTask = _core.TestTask


_APART = "whose a leak is can be told in processes only; cases run in a process for each worker"
_MOST_TASKS = 1 << 20
"""Of a run that grows: the run table is laid out for so many."""
_WITHOUT_THREADS = "this kernel has no descriptor tables per thread; cases run in a process for each worker instead"


class EngineOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is made. Times in milliseconds; 0 means no limit."""

    workers: int
    isolation: str = "auto"
    """Of most cases; settings and declarations decide for each."""
    captured: bool = True
    apart: bool = False
    """No two cases run side by side in one process: who leaks memory could not be told."""
    timeout_ms: int = 60_000
    """Of a case of which nothing else is said."""
    global_timeout_ms: int = 0
    load_timeout_ms: int = 60_000
    grace_ms: int = 10_000
    """For what runs, after the run was told to stop."""
    max_fail: int = 0
    on_crash: str = "panic"
    """`panic`: a crash ends the run; `continue`: it costs that case only."""
    leaks: str = "warn"
    """`ignore`, `warn` or `fail`."""
    stop_sequence: tuple[tuple[int, int], ...] = ((signal.SIGTERM, 5_000), (signal.SIGKILL, 1_000))
    """For what is left of a host that hangs: pairs of a signal and how long to wait for its effect."""
    memory_limit_bytes: int = 0
    """Of one host, and of the process of one case."""
    max_output_bytes: int = 16 << 20
    """Kept of one attempt."""
    load_limit: float = 0.0
    """Nothing more is started while more threads than that can run on the machine."""
    seed: int = 0
    """Of the jitter of retries."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What comes before what; tasks by their positions in the plan."""

    after: Mapping[int, Sequence[int]] = msgspec.field(default_factory=dict)
    """By task: those that must have ended, in whatever way, before it starts."""
    needs: Mapping[int, Sequence[int]] = msgspec.field(default_factory=dict)
    """By task: those that must have passed or been skipped; otherwise it is not run."""
    priorities: Sequence[float] = ()
    """One for each task, or none: among tasks that may start, higher ones do first."""


IN_PLAN_ORDER = Order()

Query = tuple["Callable[[tuple[str, str, str]], LaunchCommand]", bool]
"""A command that answers something: a function from channels to it, and whether it wants an address."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a command has said."""

    exit_code: int
    signal: int
    output: bytes
    """Standard output and error."""
    report: bytes
    why_none: str
    """Why there is no answer, as the rest of a sentence; empty: it has ended by itself."""


class Engine(Protocol):
    """Loads suites, runs cases of them on workers, says what happened."""

    workers: int
    note: str
    """What is not as it was asked for, on this machine; mostly empty."""

    def load(self, paths: Sequence[str]) -> list[Suite | FailedSuite]:
        """Load each path; once, before `start`."""

    def surround_hosts(self, environment: Mapping[str, str]) -> None:
        """Let hosts have this environment, not that of pyharness; before `start`."""

    def take(self, path: str, listing: bytes, *, running: bool = False) -> Suite | FailedSuite:
        """Take a suite that was built and listed, numbered behind all that there are.

        Args:
            path: of its library.
            listing: what `pyharness-host list` has written of it.
            running: the run has started; `add` puts it to use then.

        Raises:
            ValueError: the listing is of another version of pyharness.
        """

    def ask(self, queries: Sequence[Query]) -> list[Answer]:
        """Run commands, some at a time, each under the limit of loading; before `start`."""

    def add_programs(self, launcher: Launcher, suites: Sequence[Suite]) -> None:
        """Take programs, numbered behind the libraries; once. `launcher` says what is launched for them."""

    def start(  # noqa: PLR0913
        self,
        libraries: Sequence[int],
        indices: Sequence[int],
        settings: Settings,
        settings_of: Sequence[int],
        order: Order = IN_PLAN_ORDER,
        *,
        grows: bool = False,
    ) -> None:
        """Start the run.

        Task `i` is case `indices[i]` of path `libraries[i]`, under `settings.distinct[settings_of[i]]`. It `grows`:
        the run waits for more until `expect_no_more`.

        Raises:
            ValueError: tasks in `order` do not exist, or wait for one another.
        """

    def add(
        self, libraries: Sequence[int], indices: Sequence[int], settings: Settings, settings_of: Sequence[int]
    ) -> None:
        """Put more tasks on the plan of a run that grows, numbered on; `settings` are those of all.

        Raises:
            UsageError: there are too many.
        """

    def expect_no_more(self) -> None:
        """Let a run that grows end when all is done."""

    def watch(self, descriptor: int) -> None:
        """Let `wait` return when this descriptor is readable, too; -1: no more."""

    def wait(self, limit_ms: int) -> Batch:
        """Wait for something to happen, at most `limit_ms`; returns early when a signal arrives."""

    def output(self, batch: Batch, position: int) -> bytes:
        """Return what the attempt at `position` of the batch's columns has written."""

    def cancel(self, *, now: bool) -> None:
        """Start nothing more. `now`: and stop what runs; else that has the grace time."""

    def suspend(self) -> None:
        """Let everything stand still, and count no time, until `resume`."""

    def resume(self) -> None:
        """Go on after `suspend`."""

    def not_run(self) -> list[int]:
        """Return the tasks without a result, and without a reason in `Batch.unmet`; once the run is over."""

    def close(self) -> None:
        """Stop whatever still runs and free what is held."""


class NativeEngine:
    """The engine in C++: a supervisor in this process, hosts beside it."""

    def __init__(self, options: EngineOptions) -> None:
        """Prepare a run; nothing is started yet.

        Raises:
            UsageError: a limit of this process is too low for that many workers.
        """
        _check_limits(options.workers, apart=options.apart or options.isolation in {"process", "case"})
        native = _core.RunOptions(host_program(), options.workers)
        native.captured = options.captured
        native.apart = options.apart
        native.timeout_ms = options.timeout_ms
        native.global_timeout_ms = options.global_timeout_ms
        native.load_timeout_ms = options.load_timeout_ms
        native.grace_ms = options.grace_ms
        native.max_fail = options.max_fail
        native.on_crash_go_on = options.on_crash == "continue"
        native.leaks = options.leaks
        native.stop_steps = list(options.stop_sequence)
        native.memory_limit_bytes = options.memory_limit_bytes
        native.most_output_bytes = options.max_output_bytes
        native.load_limit = options.load_limit
        native.seed = options.seed
        self._options = options
        self._supervisor = _core.Supervisor(native)
        self._listings: list[_core.SuiteListing | None] = []
        self._launcher: Launcher | None = None
        self._known: list[int] = []
        """Numbers of suites that were taken and not added yet."""
        self._settings = 0
        """How many the engine has of them."""
        self.workers = self._supervisor.workers
        self.note = "" if not self._supervisor.without_threads else _APART if options.apart else _WITHOUT_THREADS

    def load(self, paths: Sequence[str]) -> list[Suite | FailedSuite]:
        """See `Engine`."""
        loaded = self._supervisor.load(list(paths))
        self._listings = [library.listing for library in loaded]
        self._check_memory()
        return [self._suite_of(path, library) for path, library in zip(paths, loaded, strict=True)]

    def surround_hosts(self, environment: Mapping[str, str]) -> None:
        """See `Engine`."""
        self._supervisor.set_host_environment([f"{name}={value}" for name, value in environment.items()])

    def take(self, path: str, listing: bytes, *, running: bool = False) -> Suite | FailedSuite:
        """See `Engine`."""
        loaded = _core.read_loaded(listing, path)
        number = len(self._listings)
        self._listings.append(loaded.listing)
        if loaded.listing is not None:
            if running:
                self._known.append(number)
            else:
                self._supervisor.know(number, loaded.listing)
        return self._suite_of(path, loaded)

    def ask(self, queries: Sequence[Query]) -> list[Answer]:
        """See `Engine`."""
        return [self._answer_of(answer) for answer in self._supervisor.ask(list(queries))]

    def _answer_of(self, answer: _core.Answer) -> Answer:
        why_none = {
            _core.AnswerKind.ended: "",
            _core.AnswerKind.not_started: f"could not be started: {answer.text}",
            _core.AnswerKind.late: f"did not end within {self._options.load_timeout_ms / 1000:g} s (--load-timeout)",
            _core.AnswerKind.flooded: "wrote more than 256 MiB",
            _core.AnswerKind.cancelled: "was not asked, since the run had to end before",
        }[answer.kind]
        return Answer(
            exit_code=answer.exit_code,
            signal=answer.signal,
            output=answer.output,
            report=answer.report,
            why_none=why_none,
        )

    def add_programs(self, launcher: Launcher, suites: Sequence[Suite]) -> None:
        """See `Engine`."""
        self._launcher = launcher
        self._listings += [
            _core.program_listing(
                suite.path,
                suite.name,
                list(suite.names),
                list(suite.files),
                list(suite.lines),
                list(suite.timeouts_ms),
                list(suite.flags),
                list(suite.threads_required),
            )
            for suite in suites
        ]

    def _check_memory(self) -> None:
        limit, used = self._options.memory_limit_bytes, self._supervisor.host_memory_bytes
        if limit and used >= limit:
            message = f"a host takes {used >> 20} MiB with these suites loaded, before any case; raise --memory-limit"
            raise UsageError(message)

    def _suite_of(self, path: str, library: _core.LoadedLibrary) -> Suite | FailedSuite:
        listing = library.listing
        if listing is None:
            return FailedSuite(
                path, self._why_not_loaded(path, library), library.output.decode(errors="backslashreplace")
            )
        return Suite(
            name=listing.name,
            group=listing.group,
            path=path,
            names=listing.names(),
            files=listing.files(),
            lines=listing.lines(),
            tags=listing.tags(),
            timeouts_ms=listing.timeouts_ms(),
            flags=listing.flags(),
            isolation=listing.isolation,
            isolations=listing.isolations(),
            threads_required=listing.threads_required(),
        )

    def _why_not_loaded(self, path: str, library: _core.LoadedLibrary) -> str:
        if library.refused:
            return library.refused
        if library.cancelled:
            why = "the run had to end before (--global-timeout); give it more time"
        elif library.late:
            why = f"it took longer than {self._options.load_timeout_ms / 1000:g} s; look for a constructor that hangs"
        elif library.signal:
            why = f"it crashed with {signal_name(library.signal)} while loading; look for a constructor that crashes"
        else:
            code = library.exit_code
            why = f"it ended the process with exit code {code} while loading; look for a constructor that exits"
        return f"cannot load suite '{path}': {why}"

    def start(  # noqa: PLR0913
        self,
        libraries: Sequence[int],
        indices: Sequence[int],
        settings: Settings,
        settings_of: Sequence[int],
        order: Order = IN_PLAN_ORDER,
        *,
        grows: bool = False,
    ) -> None:
        """See `Engine`."""
        groups = _group_numbers(settings)
        self._settings = len(settings.distinct)
        try:
            self._supervisor.start(
                self._listings,
                array("I", libraries).tobytes(),
                array("I", indices).tobytes(),
                [_task_settings(case, groups) for case in settings.distinct],
                array("I", settings_of).tobytes(),
                list(settings.group_limits),
                after=list(order.after.items()),
                needs=list(order.needs.items()),
                priorities=array("f", order.priorities).tobytes(),
                launcher=self._launcher,
                room=_MOST_TASKS if grows else 0,
            )
        except RuntimeError as error:  # a system call of the engine has failed
            message = f"the run cannot start: {error}; look at the limits of processes, memory and open files"
            raise UsageError(message) from None

    def add(
        self, libraries: Sequence[int], indices: Sequence[int], settings: Settings, settings_of: Sequence[int]
    ) -> None:
        """See `Engine`."""
        groups = _group_numbers(settings)
        try:
            self._supervisor.add(
                self._listings,
                self._known,
                array("I", libraries).tobytes(),
                array("I", indices).tobytes(),
                [_task_settings(case, groups) for case in settings.distinct[self._settings :]],
                array("I", settings_of).tobytes(),
                self._settings,
            )
        except ValueError as error:
            message = f"{error}; build the suites first, and name the folder with their libraries"
            raise UsageError(message) from None
        self._known = []
        self._settings = len(settings.distinct)

    def expect_no_more(self) -> None:
        """See `Engine`."""
        self._supervisor.expect_no_more()

    def watch(self, descriptor: int) -> None:
        """See `Engine`."""
        self._supervisor.watch(descriptor)

    def wait(self, limit_ms: int) -> Batch:
        """See `Engine`."""
        batch = self._supervisor.wait(limit_ms)
        return Batch(
            tasks=memoryview(batch.tasks).cast("I"),
            attempts=memoryview(batch.attempts).cast("I"),
            outcomes=batch.outcomes,
            finals=batch.finals,
            retry_delays_ms=[delay_ns // 1_000_000 for delay_ns in memoryview(batch.retry_delays_ns).cast("Q")],
            workers=batch.workers,
            starts_ns=memoryview(batch.starts_ns).cast("Q"),
            durations_ns=memoryview(batch.durations_ns).cast("Q"),
            unmet=tuple(Unmet(entry.task, entry.needed) for entry in batch.unmet),
            reports=_reports_by_task(batch.reports),
            leaks=_leaks_by_task(batch.reports),
            stacks=tuple(Stack(stack.task, stack.attempt, tuple(stack.frames), stack.maps) for stack in batch.stacks),
            late_outputs=tuple(LateOutput(late.task, late.attempt, late.text) for late in batch.late_outputs),
            started=_running(batch.started),
            interrupted=tuple(self._interrupted(cut) for cut in batch.interrupted),
            running=_running(batch.running),
            crashes=tuple(self._crash_of(crash) for crash in batch.crashes),
            panic=batch.panic,
            failed_suites=tuple(LostSuite(lost.library, lost.reason, lost.output) for lost in batch.lost_suites),
            host_failures=tuple(batch.host_failures),
            over=batch.over,
            timed_out=batch.timed_out,
            output_ranges=(
                memoryview(batch.captures).cast("I"),
                memoryview(batch.output_begins).cast("Q"),
                memoryview(batch.output_ends).cast("Q"),
            ),
        )

    def _crash_of(self, crash: _core.CrashReport) -> Crash:
        found = crash.task is not None
        return Crash(
            task=crash.task,
            attempt=crash.attempt,
            suspects=tuple(crash.suspects),
            worker=crash.worker,
            kind=crash.kind,
            signal=crash.signal,
            exit_code=crash.exit_code,
            address=crash.address,
            is_sent=crash.is_sent,
            stack_overflow=crash.stack_overflow,
            left_over=crash.left_over,
            memory_bytes=crash.memory_bytes,
            output=self._supervisor.read_output(crash.capture, crash.output_begin, crash.output_end) if found else b"",
            frames=tuple(crash.frames),
            maps=crash.maps,
        )

    def _interrupted(self, cut: _core.InterruptedAttempt) -> Interrupted:
        return Interrupted(
            cut.attempt.task,
            cut.attempt.attempt,
            cut.attempt.worker,
            cut.attempt.start_ns,
            cut.attempt.elapsed_ns,
            cut.reason,
            cut.runs_again,
            self._supervisor.read_output(cut.capture, cut.output_begin, cut.output_end),
        )

    def output(self, batch: Batch, position: int) -> bytes:
        """See `Engine`."""
        captures, begins, ends = batch.output_ranges
        if begins[position] == ends[position]:
            return b""
        return self._supervisor.read_output(captures[position], begins[position], ends[position])

    def cancel(self, *, now: bool) -> None:
        """See `Engine`."""
        self._supervisor.cancel(now)

    def suspend(self) -> None:
        """See `Engine`."""
        self._supervisor.suspend()

    def resume(self) -> None:
        """See `Engine`."""
        self._supervisor.resume()

    def not_run(self) -> list[int]:
        """See `Engine`."""
        return self._supervisor.not_run()

    def close(self) -> None:
        """See `Engine`."""
        self._supervisor.close()


def _check_limits(workers: int, *, apart: bool) -> None:
    import resource  # noqa: PLC0415 -- for these questions only

    # Two hosts at a time (for each worker, if they are kept apart), each with a file per worker and a few of its own,
    # beside what this process has open. A host marks its captures at descriptor 99.
    files = max(128, (2 * workers * 6 if apart else 2 * (workers + 8)) + 64)
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and limit < files:
        message = f"only {limit} files may be open at a time, and {files} are needed; raise `ulimit -n {files}`"
        raise UsageError(message)
    # The limit of file sizes holds for files in memory, too: 64 MiB for the reports of each worker, and the run table.
    size = (64 * workers + 256) << 20
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit != resource.RLIM_INFINITY and limit < size:
        message = f"files may grow to {limit >> 20} MiB only, and {size >> 20} MiB are needed; raise `ulimit -f`"
        raise UsageError(message)


def host_program() -> str:
    """Return the path of the installed `pyharness-host`."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "pyharness-host")


def signal_name(number: int) -> str:
    """Return `SIGSEGV` for 11, and so on."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def own_orphans() -> bool:
    """Make this process the parent of whatever its descendants leave behind, so that it can be stopped.

    Returns:
        Whether it is. Not when it has children already: those are not ours to kill, nor is what they leave behind.
    """
    return _core.adopt_orphans()


def kill_orphans() -> int:
    """Kill what the run has left behind; return how many processes that were."""
    return _core.kill_adopted()


def _group_numbers(settings: Settings) -> dict[str, int]:
    return {name: number for number, name in enumerate(settings.group_names)}


def _task_settings(case: CaseSettings, groups: Mapping[str, int]) -> _core.TaskSettings:
    settings = _core.TaskSettings()
    settings.isolation = case.isolation or "auto"
    settings.timeout_ms = case.timeout_ms
    settings.retries = case.retries
    settings.retry_delay_ms = case.retry_delay_ms
    settings.retry_exponential = case.retry_exponential
    settings.retry_jitter = case.retry_jitter
    settings.serial = case.serial
    names = (*(() if case.group is None else (case.group,)), *case.locks)
    settings.groups = [groups[name] for name in names]
    all_workers = _core.ALL_WORKERS
    settings.threads_required = 0 if case.threads_required is None else case.threads_required or all_workers
    return settings


def _reports_by_task(entries: Sequence[_core.TaskReport]) -> dict[int, list[Failure]]:
    """Return failures by task; the reasons of a skip only where nothing has failed."""
    by_kind: dict[str, dict[int, list[Failure]]] = {}
    for entry in entries:
        failures = by_kind.setdefault(entry.kind, {}).setdefault(entry.task, [])
        failures.append(Failure(entry.file, entry.line, entry.message))
    return by_kind.get("skip", {}) | by_kind.get("failure", {})


def _leaks_by_task(entries: Sequence[_core.TaskReport]) -> dict[int, list[Leak]]:
    leaks: dict[int, list[Leak]] = {}
    for entry in entries:
        if entry.kind in {"leak", "uncertain leak"}:
            leaks.setdefault(entry.task, []).append(Leak(entry.message, certain=entry.kind == "leak"))
    return leaks


def _running(attempts: Sequence[_core.StartedAttempt]) -> tuple[Running, ...]:
    return tuple(Running(one.task, one.attempt, one.worker, one.start_ns, one.elapsed_ns) for one in attempts)
