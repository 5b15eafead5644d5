"""Builds a plan, and tells of each suite what has become of it while others still compile."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import msgspec

from pyharness.building import files
from pyharness.building.lock import BuildLock
from pyharness.building.ninja_file import Kind, write_ninja_file
from pyharness.building.ninja_output import NinjaOutput, StepEnded, StepReady, new_token, planned_steps
from pyharness.building.ninja_process import NinjaProcess, command, dry_run, environment_with
from pyharness.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyharness.building.plan import BuildPlan, SuiteBuild


class SuiteReady(msgspec.Struct, frozen=True):
    """The library and its listing are there."""

    suite: SuiteBuild
    steps: int
    """How many commands that took; 0: nothing had changed."""
    duration_ns: int
    """From the start of the build."""
    output: str
    """Warnings."""


class SuiteFailed(msgspec.Struct, frozen=True):
    """A command has failed that the suite needs."""

    suite: SuiteBuild
    output: str
    """What the commands have printed that have failed, in the order in which they did."""


class SuiteNotBuilt(msgspec.Struct, frozen=True):
    """The build has ended before the suite was made."""

    suite: SuiteBuild
    reason: str


BuildNews = SuiteReady | SuiteFailed | SuiteNotBuilt


class Builder:
    """One build: `start`, then `poll` until `is_over`, each time that `descriptor` is readable. For one thread."""

    def __init__(
        self,
        plan: BuildPlan,
        jobs: int | None = None,
        *,
        stop_at_first_failure: bool = False,
        afresh: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare.

        Args:
            plan: What to build.
            jobs: How many commands run at once; `None`: as many as there are processors.
            stop_at_first_failure: Begin nothing more then; else all that can be built is.
            afresh: Remove what has been built before.
            environment: Of the commands; `None`: that of this process.
        """
        self._plan = plan
        self._jobs = jobs or len(os.sched_getaffinity(0))
        self._keep_going = "1" if stop_at_first_failure else "0"
        self._afresh = afresh
        self._environment = os.environ if environment is None else environment
        self._news: list[BuildNews] = []
        self._process: NinjaProcess | None = None
        self._began_ns = 0
        self._is_stopped = False
        self.is_over = False
        """Whether there is no more news but what `poll` returns now."""
        self.suites_planned = 0
        """How many are not up to date."""
        self.steps_planned = 0
        self.steps_ended = 0

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called: what is not built is so for that reason."""
        return self._is_stopped

    @property
    def descriptor(self) -> int:
        """Becomes readable when `poll` has news; -1 while nothing is to be waited for."""
        return -1 if self._process is None else self._process.descriptor

    def start(
        self, on_wait: Callable[[str], None] = lambda _: None, is_cancelled: Callable[[], bool] = lambda: False
    ) -> bool:
        """Begin; `poll` has the first news at once. Return whether the build has begun, or ended already.

        Args:
            on_wait: is told, in a sentence, if the build has to wait for another one in the same folder.
            is_cancelled: is asked while it waits, to give up.

        Raises:
            SuiteError: nothing can be written there, or ninja does not run.
        """
        self._began_ns = time.monotonic_ns()
        try:
            folder = files.make_folder(self._plan)
            lock = BuildLock(folder)
            try:
                if not lock.acquire(on_wait, is_cancelled):
                    self.is_over = True
                    return False
                self._start(folder, lock.descriptor)
            finally:
                lock.release()  # ninja has it now
        except OSError as error:
            place = error.filename or self._plan.folder
            raise SuiteError(f"cannot build: '{place}': {error.strerror}") from None
        return True

    def poll(self) -> list[BuildNews]:
        """Return what has become known since the last call, without waiting."""
        if self._process is not None:
            piece = self._process.read()
            for told in self._output.end() if piece is None else self._output.feed(piece):
                self._take(told)
            if piece is None:
                self._end(*self._process.end())
        news, self._news = self._news, []
        return news

    def stop(self, grace_s: float) -> None:
        """End the build; `poll` says of which suites nothing became. Returns within `grace_s` seconds and a few."""
        self._is_stopped = True
        if self._process is not None:
            self._process.stop(grace_s)

    def signal(self, number: int) -> None:
        """Send a signal to all that runs: SIGSTOP and SIGCONT make it pause."""
        if self._process is not None:
            self._process.signal(number)

    def _start(self, folder: str, lock: int) -> None:
        if self._afresh:
            files.clear(folder)
        written = write_ninja_file(self._plan)
        files.write(self._plan, written.text)
        token = new_token()
        planned = planned_steps(dry_run(self._plan, f"{token} ", self._environment), token)
        self._steps = written.steps
        self._output = NinjaOutput(token, written.steps)
        self.steps_planned = len(planned)
        self._open = [_Progress(suite) for suite in self._plan.suites]
        for step in planned:
            for number in self._steps[step].suites:
                self._open[number].is_waiting = True
                if self._steps[step].kind is Kind.COMPILE:
                    self._open[number].compiling.add(step)
        self.suites_planned = sum(progress.is_waiting for progress in self._open)
        for progress in self._open:
            if not progress.is_waiting:
                self._tell_ready(progress)
        self.is_over = not planned
        if self.is_over:
            return
        arguments = command(self._plan, "-j", str(self._jobs), "-k", self._keep_going)
        environment = environment_with(f"{token} ", self._environment)
        self._process = NinjaProcess(arguments, self._plan.root, environment, lock)

    def _take(self, told: StepEnded | StepReady) -> None:
        step = self._steps[told.number]
        for progress in [self._open[number] for number in step.suites]:
            if isinstance(told, StepReady):
                self._tell_ready(progress)
            else:
                progress.ended.append(told)
                progress.compiling.discard(told.number)
                if progress.has_failed and not progress.compiling:
                    self._tell_failed(progress)
        self.steps_ended += isinstance(told, StepEnded)

    def _end(self, code: int, words: str) -> None:
        self._process = None
        self.is_over = True
        for progress in self._open:
            if progress.has_failed:
                self._tell_failed(progress)
            elif code == 0:
                self._tell_ready(progress)
            else:
                self._tell(progress, SuiteNotBuilt(progress.suite, self._why_not(code, words)))

    def _why_not(self, code: int, words: str) -> str:
        if self._is_stopped:
            return "the build was stopped"
        if any(progress.has_failed for progress in self._open):
            return "the build has stopped at the first failure"
        return f"ninja was ended by {signal.Signals(-code).name}" if code < 0 else words

    def _tell_ready(self, progress: _Progress) -> None:
        listed = 1 if progress.is_waiting else 0  # the end of that step is not told yet
        duration_ns = time.monotonic_ns() - self._began_ns
        steps = len(progress.ended) + listed
        self._tell(progress, SuiteReady(progress.suite, steps, duration_ns, _text(progress.ended, failed=False)))

    def _tell_failed(self, progress: _Progress) -> None:
        self._tell(progress, SuiteFailed(progress.suite, _text(progress.ended, failed=True)))

    def _tell(self, progress: _Progress, news: BuildNews) -> None:
        """Tell what has become of a suite, once."""
        if not progress.is_told:
            progress.is_told = True
            self._news.append(news)


class _Progress:
    """How far a suite has come."""

    def __init__(self, suite: SuiteBuild) -> None:
        self.suite = suite
        self.is_waiting = False
        """For steps that are not up to date."""
        self.is_told = False
        self.compiling: set[int] = set()
        """Steps that may still fail, and then belong to what the failure says."""
        self.ended: list[StepEnded] = []

    @property
    def has_failed(self) -> bool:
        return any(step.has_failed for step in self.ended)


def _text(ended: list[StepEnded], *, failed: bool) -> str:
    output = b"".join(step.output for step in ended if step.has_failed is failed)
    return output.decode(errors="backslashreplace")
