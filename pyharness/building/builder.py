"""Builds a plan, and tells of each suite what has become of it while others still compile."""

from __future__ import annotations

import os
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
        self.steps_planned = 0
        self.steps_ended = 0

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
        self._open = dict.fromkeys(range(len(self._plan.suites)))
        self._ended: dict[int, list[StepEnded]] = {number: [] for number in self._open}
        self._compiling = {
            number: {step for step in planned if self._steps[step].kind is Kind.COMPILE}
            & {step for step, one in enumerate(self._steps) if number in one.suites}
            for number in self._open
        }
        self.steps_planned = len(planned)
        waiting = {number for step in planned for number in self._steps[step].suites}
        for number in [number for number in self._open if number not in waiting]:
            self._tell_ready(number)
        if not self._open:
            self.is_over = True
            return
        arguments = command(self._plan, "-j", str(self._jobs), "-k", self._keep_going)
        environment = environment_with(f"{token} ", self._environment)
        self._process = NinjaProcess(arguments, self._plan.root, environment, lock)

    def _take(self, told: StepEnded | StepReady) -> None:
        step = self._steps[told.number]
        if isinstance(told, StepReady):
            for number in step.suites:
                self._tell_ready(number)
            return
        self.steps_ended += 1
        for number in step.suites:
            self._ended[number].append(told)
            self._compiling[number].discard(told.number)
            if number in self._open and self._has_failed(number) and not self._compiling[number]:
                self._tell_failed(number)

    def _end(self, code: int, words: str) -> None:
        self._process = None
        self.is_over = True
        reason = "the build was stopped" if self._is_stopped else words
        for number in list(self._open):
            if self._has_failed(number):
                self._tell_failed(number)
            elif code == 0:
                self._tell_ready(number)
            else:
                del self._open[number]
                self._news.append(SuiteNotBuilt(self._plan.suites[number], reason))

    def _has_failed(self, number: int) -> bool:
        return any(step.has_failed for step in self._ended[number])

    def _tell_ready(self, number: int) -> None:
        if number in self._open:
            del self._open[number]
            ended = self._ended[number]
            is_listed = self._process is not None and self.steps_planned > 0
            duration_ns = time.monotonic_ns() - self._began_ns
            steps = len(ended) + (1 if is_listed else 0)
            self._news.append(SuiteReady(self._plan.suites[number], steps, duration_ns, _text(ended, failed=False)))

    def _tell_failed(self, number: int) -> None:
        del self._open[number]
        self._news.append(SuiteFailed(self._plan.suites[number], _text(self._ended[number], failed=True)))


def _text(ended: list[StepEnded], *, failed: bool) -> str:
    output = b"".join(step.output for step in ended if step.has_failed is failed)
    return output.decode(errors="backslashreplace")
