"""The native engine behind one small Protocol. The only importer of `pyharness._core`."""

from __future__ import annotations

import os
import signal
from array import array
from typing import TYPE_CHECKING, Protocol

import msgspec

from pyharness import _core
from pyharness.batch import Batch, Crash, Running
from pyharness.errors import UsageError
from pyharness.events import Failure
from pyharness.model import FailedSuite, Outcome, Suite

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTCOMES: tuple[Outcome | None, ...] = (None, *(Outcome(name) for name in _core.outcomes()[1:]))
"""By the numbers in `Batch.outcomes`; 0 never occurs."""
PASS = OUTCOMES.index(Outcome.PASS)


ThreadPool = _core.ThreadPool
TestTask = _core.TestTask


class Limits(msgspec.Struct, frozen=True):
    """Limits of a run; 0 means none. Times in milliseconds."""

    timeout_ms: int
    global_timeout_ms: int
    load_timeout_ms: int
    grace_ms: int
    """For what runs, after the run was told to stop."""
    max_fail: int


class Engine(Protocol):
    """Loads suites, runs cases of them on workers, says what happened."""

    workers: int

    def load(self, paths: Sequence[str]) -> list[Suite | FailedSuite]:
        """Load each path; once, before `start`."""

    def start(self, libraries: Sequence[int], indices: Sequence[int]) -> None:
        """Start the run. Task `i` is case `indices[i]` of path `libraries[i]`."""

    def wait(self, limit_ms: int) -> Batch:
        """Wait for something to happen, at most `limit_ms`; returns early when a signal arrives."""

    def output(self, batch: Batch, position: int) -> bytes:
        """Return what the attempt at `position` of the batch's columns has written."""

    def cancel(self, *, now: bool) -> None:
        """Start nothing more. `now`: and stop what runs; else that has the grace time."""

    def not_run(self) -> list[int]:
        """Return the tasks without a result, once the run is over."""

    def close(self) -> None:
        """Stop whatever still runs and free what is held."""


class NativeEngine:
    """The engine in C++: a supervisor in this process, hosts beside it."""

    def __init__(self, *, workers: int, captured: bool, limits: Limits) -> None:
        """Prepare a run on `workers` threads; nothing is started yet.

        Raises:
            UsageError: the limit of open files is too low for that many.
        """
        _check_open_files(workers)
        options = _core.RunOptions(host_program(), workers)
        options.captured = captured
        options.timeout_ms = limits.timeout_ms
        options.global_timeout_ms = limits.global_timeout_ms
        options.load_timeout_ms = limits.load_timeout_ms
        options.grace_ms = limits.grace_ms
        options.max_fail = limits.max_fail
        self._limits = limits
        self._supervisor = _core.Supervisor(options)
        self._listings: list[_core.SuiteListing | None] = []
        self.workers = self._supervisor.workers

    def load(self, paths: Sequence[str]) -> list[Suite | FailedSuite]:
        """See `Engine`."""
        loaded = self._supervisor.load(list(paths))
        self._listings = [library.listing for library in loaded]
        return [self._suite_of(path, library) for path, library in zip(paths, loaded, strict=True)]

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
            why = f"it took longer than {self._limits.load_timeout_ms / 1000:g} s; look for a constructor that hangs"
        elif library.signal:
            why = f"it crashed with {signal_name(library.signal)} while loading; look for a constructor that crashes"
        else:
            code = library.exit_code
            why = f"it ended the process with exit code {code} while loading; look for a constructor that exits"
        return f"cannot load suite '{path}': {why}"

    def start(self, libraries: Sequence[int], indices: Sequence[int]) -> None:
        """See `Engine`."""
        self._supervisor.start(self._listings, array("I", libraries).tobytes(), array("I", indices).tobytes())

    def wait(self, limit_ms: int) -> Batch:
        """See `Engine`."""
        batch = self._supervisor.wait(limit_ms)
        return Batch(
            tasks=memoryview(batch.tasks).cast("I"),
            outcomes=batch.outcomes,
            workers=batch.workers,
            starts_ns=memoryview(batch.starts_ns).cast("Q"),
            durations_ns=memoryview(batch.durations_ns).cast("Q"),
            reports=_reports_by_task(batch.reports),
            started=_running(batch.started),
            running=_running(batch.running),
            crash=None if batch.crash is None else self._crash_of(batch.crash),
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
            suspects=tuple(crash.suspects),
            worker=crash.worker,
            kind=crash.kind,
            signal=crash.signal,
            exit_code=crash.exit_code,
            address=crash.address,
            stack_overflow=crash.stack_overflow,
            left_over=crash.left_over,
            output=self._supervisor.read_output(crash.capture, crash.output_begin, crash.output_end) if found else b"",
            frames=tuple(crash.frames),
            maps=crash.maps,
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

    def not_run(self) -> list[int]:
        """See `Engine`."""
        return self._supervisor.not_run()

    def close(self) -> None:
        """See `Engine`."""
        self._supervisor.close()


def _check_open_files(workers: int) -> None:
    import resource  # noqa: PLC0415 -- for this question only

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Two hosts at a time, each with a file per worker and a few of its own, beside what this process has open. A host
    # marks its captures at descriptor 99.
    needed = max(128, 2 * (workers + 8) + 64)
    if limit != resource.RLIM_INFINITY and limit < needed:
        message = f"only {limit} files may be open at a time, and {needed} are needed; raise `ulimit -n {needed}`"
        raise UsageError(message)


def host_program() -> str:
    """Return the path of the installed `pyharness-host`."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "pyharness-host")  # noqa: PTH100, PTH118, PTH120


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


def _reports_by_task(entries: Sequence[_core.TaskReport]) -> dict[int, list[Failure]]:
    """Return failures by task; the reasons of a skip only where nothing has failed."""
    failures: dict[int, list[Failure]] = {}
    skips: dict[int, list[Failure]] = {}
    for entry in entries:
        kind = skips if entry.is_skip else failures
        kind.setdefault(entry.task, []).append(Failure(entry.file, entry.line, entry.message))
    return skips | failures


def _running(attempts: Sequence[_core.StartedAttempt]) -> tuple[Running, ...]:
    return tuple(Running(attempt.task, attempt.worker, attempt.start_ns, attempt.elapsed_ns) for attempt in attempts)
