"""Suites that are built of test sources: from a build under way to cases on the plan, while others run."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from typing import TYPE_CHECKING

import msgspec

from pyharness import engine as native
from pyharness.building import Builder, SuiteFailed, SuiteReady, TestSource, prepare, source_name, tool_of
from pyharness.building.instrumenting import Instrumentation
from pyharness.choosing import FoundSuite
from pyharness.crashes import HostNeeds
from pyharness.errors import UsageError
from pyharness.events import BuildFinished, BuildProgressed, BuildStarted, PlanGrew, SuiteBuilt
from pyharness.events import SuiteFailed as SuiteFailedEvent
from pyharness.model import FailedSuite, Suite
from pyharness.narrator import suites_loaded
from pyharness.surroundings import NOTHING_AROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pyharness.building import BuildNews, BuildPlan, SuiteBuild
    from pyharness.choosing import Loading, Taken
    from pyharness.config.options import TestOptions
    from pyharness.discovery import Target
    from pyharness.engine import Engine
    from pyharness.events import Event
    from pyharness.surroundings import Surroundings

_LOOK_S = 0.1
"""Between two looks at whether a build that is awaited is wanted any more."""
_STOP_GRACE_S = 2.0
"""For ninja and its compilers, after SIGINT."""


def not_in_libraries(tests: Sequence[Target], loading: Loading) -> list[Target]:
    """Return the test sources whose cases are in none of the libraries that were loaded; others were built already."""
    files = {file for found in loading.found if isinstance(found.result, Suite) for file in found.result.files if file}
    known = {os.path.realpath(file) for file in files}
    left = [test for test in tests if test.explicit or os.path.realpath(test.path) not in known]
    if built := len(tests) - len(left):
        these = "1 test source is" if built == 1 else f"{built} test sources are"
        loading.loaded.remarks.append(f"{these} in a library under the same paths already, and not built again")
    return left


class SourceSuites:
    """The build of test sources, and what has come of it so far; for one thread."""

    def __init__(
        self,
        engine: Engine,
        loading: Loading,
        tests: Sequence[Target],
        options: TestOptions,
        surroundings: Surroundings = NOTHING_AROUND,
    ) -> None:
        """Prepare to build `tests`; `loading` takes what comes of it.

        Raises:
            UsageError: what the configuration names is not there, or there is no compiler.
        """
        self._engine = engine
        self._loading = loading
        self._options = options
        sources = [TestSource(test.path, is_named=test.explicit) for test in tests]
        limit_ms = str(options.load_timeout_ms)
        lister = (native.host_program(), "list", limit_ms)
        self._plan = prepare(sources, options, lister, os.environ, _instrumentation(options))
        _check_contexts(options, self._plan)
        self._targets = {source_name(test.path, self._plan.root): test for test in tests}
        for path, test in self._targets.items():
            test.cases = None if test.cases is None else [f"{path}::{case}" for case in test.cases]
            test.named = tuple(f"{path}::{case}" for case in test.named)
        flags = ("--sanitize", ",".join(options.sanitizers)) if options.sanitizers else ()
        folder = os.path.relpath(self._plan.root)
        loading.loaded.needs = HostNeeds(flags, self._plan.tools.runtime, "" if folder == "." else folder)
        if options.sanitizers:
            engine.surround_hosts({**os.environ, **self._plan.tools.runtime, **surroundings.hosts})
        self._builder = Builder(
            self._plan,
            options.build_jobs,
            stop_at_first_failure=options.fail_fast,
            afresh=options.no_cache,
        )
        self._listings: dict[int, str] = {}
        """Files with the lists of suites, by the numbers of these in the run."""
        self._events: list[Event] = []
        self._built = self._failed = self._not_built = 0
        self._began_ns = time.monotonic_ns()
        self._is_running = False
        self.is_over = False
        """Nothing more will come, and all that came has been taken."""

    @property
    def plan(self) -> BuildPlan:
        """What is built of what."""
        return self._plan

    @property
    def descriptor(self) -> int:
        """Becomes readable when there is news; -1: there will be none."""
        return self._builder.descriptor

    @property
    def has_failed(self) -> bool:
        """Whether a suite could not be built."""
        return self._failed > 0

    @property
    def not_built(self) -> int:
        """How many suites there are of which nothing became, since the run ended before."""
        return self._not_built

    def start(self, mention: Callable[[str], None], is_cancelled: Callable[[], bool]) -> None:
        """Begin, and take what is ready at once. `mention` is told if another build is waited for.

        Raises:
            SuiteError: nothing can be written there, or ninja does not run.
        """
        self._builder.start(mention, is_cancelled)
        news = self._builder.poll()
        if self._builder.steps_planned:
            self._say(BuildStarted(self._builder.suites_planned, self._builder.steps_planned))
        self._take(news)

    def await_end(self, is_cancelled: Callable[[], bool]) -> None:
        """Take all that is built, until there is nothing more to come, or nobody wants it."""
        while not self.is_over:
            if is_cancelled():
                self.stop()
            elif self.descriptor >= 0:
                select.select([self.descriptor], [], [], _LOOK_S)
            self._take(self._builder.poll())

    def run_begins(self) -> None:
        """From here on the run has started: what is taken is added to it."""
        self._is_running = True

    def news(self) -> Iterator[Event]:
        """Take what has been built meanwhile, add it to the run, and yield all that is to be told of it."""
        if not self.is_over:
            ended = self._builder.steps_ended
            self._take(self._builder.poll())
            if self._builder.steps_ended > ended and not self.is_over:
                self._events.append(BuildProgressed(self._builder.steps_ended, self._builder.steps_planned))
        while self._events:
            yield self._events.pop(0)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let all that builds stand still meanwhile."""
        self._builder.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._builder.signal(signal.SIGCONT)

    def stop(self) -> None:
        """End the build; returns after some seconds at most."""
        if not self.is_over:
            self._builder.stop(_STOP_GRACE_S)
            while not self._builder.is_over:
                self._take(self._builder.poll())
            self._take([])

    def forget_lists(self, numbers: Iterable[int]) -> None:
        """Have these suites listed again, next time: they did not have the cases of their lists."""
        for number in numbers:
            if number in self._listings:
                _remove(self._listings[number])

    def why_nothing(self) -> str:
        """Say why no case is selected, once it is over."""
        return self._loading.why_nothing()

    # ---- what has come of it

    def _take(self, news: Sequence[BuildNews]) -> None:
        taken: list[Taken] = []
        for one in news:
            if isinstance(one, SuiteReady):
                self._built += 1
                if one.steps or one.output:
                    suite = one.suite
                    self._say(SuiteBuilt(suite.name, suite.library, one.steps, one.duration_ns, one.output))
                added = self._take_suite(one.suite, is_new=one.steps > 0)
                taken += [] if added is None else [added]
            elif isinstance(one, SuiteFailed):
                self._failed += 1
                self._fail(FailedSuite(one.suite.name, _why_not_built(one.suite, one.output), one.output))
            else:
                self._not_built += 1
                if not self._builder.is_stopped and not (self._options.fail_fast and self._failed):
                    self._fail(FailedSuite(one.suite.name, f"cannot build suite '{one.suite.name}': {one.reason}", ""))
        if self._is_running and taken:
            self._add(taken)
        if self._builder.is_over and not self.is_over:
            self._end()

    def _take_suite(self, suite: SuiteBuild, *, is_new: bool) -> Taken | None:
        number = len(self._loading.loaded.suites)
        result = self._listed(suite)
        if isinstance(result, FailedSuite):
            _remove(suite.listing)  # it may have been a moment's trouble
        else:
            self._listings[number] = suite.listing
        target = self._targets[suite.sources[0]]
        taken = self._loading.take(FoundSuite(target, result, is_new=is_new))
        if taken is None and self._is_running:
            self._say_failed(self._loading.loaded.failed[-1])
        return taken

    def _listed(self, suite: SuiteBuild) -> Suite | FailedSuite:
        try:
            with open(suite.listing, "rb") as file:
                content = file.read()
            result = self._engine.take(suite.library, content, running=self._is_running)
        except (OSError, ValueError) as error:
            _remove(suite.listing)
            reason = f"cannot read the list of the cases of suite '{suite.name}': {error}; run again"
            return FailedSuite(suite.name, reason, "")
        if isinstance(result, FailedSuite):  # nobody knows the library
            own = os.path.relpath(suite.library, self._plan.root)
            reason = result.reason.replace(suite.library, suite.name).replace(own, suite.name)
            return FailedSuite(suite.name, reason, result.output)
        return msgspec.structs.replace(result, name=suite.name, from_source=True)

    def _fail(self, failed: FailedSuite) -> None:
        self._loading.loaded.failed.append(failed)
        if self._is_running:
            self._say_failed(failed)

    def _say_failed(self, failed: FailedSuite) -> None:
        self._say(SuiteFailedEvent(failed.path, failed.reason, failed.output))

    def _add(self, taken: Sequence[Taken]) -> None:
        """Put cases on the plan of the run; they are told of before anything that happens to them."""
        loaded = self._loading.loaded
        for one in taken:
            self._events += suites_loaded(one.suite, one.indices)
        self._say(PlanGrew(loaded.planned))
        self._engine.add(
            [one.number for one in taken for _ in one.indices],
            [index for one in taken for index in one.indices],
            loaded.settings,
            [number for one in taken for number in one.settings_of],
        )

    def _end(self) -> None:
        self.is_over = True
        if self._builder.steps_planned:
            duration_ns = time.monotonic_ns() - self._began_ns
            self._say(BuildFinished(self._built, self._failed, self._not_built, duration_ns))

    def _say(self, event: Event) -> None:
        self._events.append(event)


def _why_not_built(suite: SuiteBuild, output: str) -> str:
    what, advice = f"'{suite.sources[0]}'", ""
    if len(suite.sources) > 1:
        what, advice = f"one of its {len(suite.sources)} sources", "; with --no-suite the others run"
        if "multiple definition of" in output:
            return (
                f"cannot build suite '{suite.name}': two of its {len(suite.sources)} sources define the same name; "
                "make it static, or give --no-suite"
            )
    return f"cannot build suite '{suite.name}': {what}, or something that it needs, does not compile or link{advice}"


def _instrumentation(options: TestOptions) -> Instrumentation:
    if not options.coverage:
        return Instrumentation.NONE
    return Instrumentation.CRASH_SAFE if options.coverage_crash_safe else Instrumentation.COUNTED


def _check_contexts(options: TestOptions, plan: BuildPlan) -> None:
    if options.coverage_contexts and tool_of(plan.tools.compilers) == "gcov":
        message = (
            "'--coverage-contexts' needs clang: GCC counts for all cases together; set CC and CXX, or leave it away"
        )
        raise UsageError(message)


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
