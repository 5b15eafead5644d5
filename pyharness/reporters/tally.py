"""What the end of a run repeats: counts so far, what failed, the slowest cases. Folded from events."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING

from pyharness import text
from pyharness.events import (
    AttemptFinished,
    AttemptStarted,
    BuildFinished,
    BuildProgressed,
    BuildStarted,
    CaseCrashed,
    CaseFinished,
    PassesFinished,
    PlanGrew,
    RunResumed,
    RunStarted,
    StopRequested,
    SuiteFailed,
)
from pyharness.model import Outcome, Verdict
from pyharness.reporters import blocks
from pyharness.reporters.palette import Color, Palette

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyharness.events import Event, RunFinished

SLOWEST = 5
SLOW_NS = 10_000_000
"""Faster cases are never named among the slowest."""
MOST_REPEATED = 100

_COUNTS = (
    (Verdict.PASSED, "passed", Color.GREEN),
    (Verdict.CACHED, "cached", Color.CYAN),
    (Verdict.FAILED, "failed", Color.RED),
    (Verdict.SKIPPED, "skipped", Color.YELLOW),
    (Verdict.FLAKY, "flaky", Color.YELLOW),
    (Verdict.NOT_RUN, "not run", Color.YELLOW),
)


class Tally:
    """Everything that the summary and the live display tell."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.planned = 0
        self.paused_ns = 0
        """How long the run has stood still, all in all."""
        self.build_steps = (0, 0)
        """Ended, and all, of the build of test sources; zeros: there is none, or it is over."""
        self.stopping = ""
        """Why the run is to end early, once it is."""
        self.counts: Counter[str] = Counter()
        self.failed_suites: list[str] = []
        self.failed: list[str] = []
        """Titles of the cases that failed, without colour: the palette is chosen when they are shown."""
        self.interrupted: list[str] = []
        """Ids of the cases that were running when the run ended."""
        self._started: set[str] = set()
        self._slowest: list[tuple[int, str]] = []
        self._titles: dict[str, str] = {}
        self._failed_attempts: dict[str, list[str]] = {}
        """One line each, by id, of cases without a verdict."""
        self.flaky: list[list[str]] = []
        """Lines of each flaky case: the case, and below it its failed attempts."""
        self._crash_causes: dict[tuple[str, int], str] = {}
        """By id and attempt."""
        self.leaks = 0
        self._leaking: set[str] = set()
        self._adds: dict[type[Event], Callable[..., None]] = {
            PassesFinished: self._add_passes,
            AttemptFinished: self._add_attempt,
            CaseFinished: self._add_verdict,
            AttemptStarted: self._add_start,
            CaseCrashed: self._add_crash,
            RunStarted: self._add_plan,
            PlanGrew: self._add_plan,
            BuildStarted: self._add_build,
            BuildProgressed: self._add_steps,
            BuildFinished: self._end_build,
            SuiteFailed: self._add_failed_suite,
            RunResumed: self._add_pause,
            StopRequested: self._add_stop,
        }

    def add(self, event: Event) -> None:
        """Fold the next event."""
        add = self._adds.get(type(event))
        if add is not None:
            add(event)

    def done(self) -> int:
        """Count the cases with a verdict."""
        return self.counts.total()

    def leaking(self) -> int:
        """Count the cases with leaks."""
        return len(self._leaking)

    def slowest(self) -> list[tuple[str, int]]:
        """Return (id, duration_ns) of the slowest few, slowest first."""
        return [(case_id, duration_ns) for duration_ns, case_id in sorted(self._slowest, reverse=True)]

    def _add_plan(self, event: RunStarted | PlanGrew) -> None:
        self.planned = event.planned

    def _add_build(self, event: BuildStarted) -> None:
        self.build_steps = (0, event.steps)

    def _add_steps(self, event: BuildProgressed) -> None:
        self.build_steps = (event.steps_ended, event.steps)

    def _end_build(self, _: BuildFinished) -> None:
        self.build_steps = (0, 0)

    def _add_failed_suite(self, event: SuiteFailed) -> None:
        self.failed_suites.append(event.path)

    def _add_pause(self, event: RunResumed) -> None:
        self.paused_ns += event.paused_ns

    def _add_stop(self, event: StopRequested) -> None:
        self.stopping = event.reason

    def _add_passes(self, event: PassesFinished) -> None:
        self.counts[Verdict.PASSED] += event.count
        for case_id, duration_ns in event.slowest:
            self._add_time(case_id, duration_ns)

    def _add_start(self, event: AttemptStarted) -> None:
        self._started.add(event.id)

    def _add_crash(self, event: CaseCrashed) -> None:
        self._crash_causes[event.id, event.attempt] = event.cause

    def _add_attempt(self, event: AttemptFinished) -> None:
        self._add_time(event.id, event.duration_ns)
        if event.leaks:
            self.leaks += len(event.leaks)
            self._leaking.add(event.id)
        if event.retry_in_ms is not None:
            self._failed_attempts.setdefault(event.id, []).append(self._failed_attempt(event))
        if event.outcome not in {Outcome.PASS, Outcome.SKIP}:
            where = blocks.location(event.file, event.line)
            title = f"{event.outcome.upper()} {text.one_line(event.id)}"
            self._titles[event.id] = f"{title}  {where}" if where else title

    def _failed_attempt(self, event: AttemptFinished) -> str:
        return blocks.failed_attempt_line(event, self._crash_causes.pop((event.id, event.attempt), ""))

    def _add_verdict(self, event: CaseFinished) -> None:
        self.counts[event.verdict] += 1
        title = self._titles.pop(event.id, f"FAIL {text.one_line(event.id)}")
        failed_attempts = self._failed_attempts.pop(event.id, [])
        if event.verdict is Verdict.FLAKY:
            title = f"{text.one_line(event.id)}, passed at attempt {event.attempts}"
            self.flaky.append([title, *(f"  {line}" for line in failed_attempts)])
        elif event.verdict is Verdict.FAILED:
            self.failed.append(title)
        elif event.verdict is Verdict.NOT_RUN and event.id in self._started:
            self.interrupted.append(event.id)

    def _add_time(self, case_id: str, duration_ns: int) -> None:
        if duration_ns <= SLOW_NS:
            return
        if len(self._slowest) < SLOWEST:
            heapq.heappush(self._slowest, (duration_ns, case_id))
        else:
            heapq.heappushpop(self._slowest, (duration_ns, case_id))


def summary(tally: Tally, event: RunFinished, palette: Palette, *, repeat_failed: bool) -> list[str]:
    """Return all lines of the end of a run but the last."""
    shown: list[str] = []
    if repeat_failed:
        shown += _section(palette.paint("failed:", Color.RED), _limited([[title] for title in tally.failed]))
    shown += _section(palette.paint("flaky:", Color.YELLOW), _limited(tally.flaky))
    slowest = [f"{blocks.seconds(duration_ns)}  {text.one_line(case_id)}" for case_id, duration_ns in tally.slowest()]
    shown += _section("slowest:", slowest)
    if tally.failed_suites:
        count = len(tally.failed_suites)
        title = f"{count} suite failed:" if count == 1 else f"{count} suites failed:"
        shown += _section(palette.paint(title, Color.RED), [text.one_line(path) for path in tally.failed_suites])
    shown += _section("did not get to their end:", _limited([[text.one_line(name)] for name in tally.interrupted]))
    if tally.leaks:
        shown.append(f"{palette.paint('leaks:', Color.YELLOW)} {tally.leaks} in {_cases(tally.leaking())}")
    if event.reason:
        not_run = event.counts.get(Verdict.NOT_RUN, 0)
        tail = f"; {_cases(not_run)} {'was' if not_run == 1 else 'were'} not run" if not_run else ""
        shown.append(f"{palette.paint('ended early:', Color.YELLOW)} {text.one_line(event.reason)}{tail}")
    return ["", *shown] if shown else []


def counts_text(counts: Mapping[str, int], palette: Palette) -> str:
    """Return `12 passed, 1 failed`: no zeros, but never nothing."""
    parts = [palette.paint(f"{counts[name]} {word}", color) for name, word, color in _COUNTS if counts.get(name)]
    return ", ".join(parts) or "0 passed"


def last_line(event: RunFinished, palette: Palette) -> str:
    """Return the one line that other programs may read."""
    return f"{counts_text(event.counts, palette)} in {event.duration_ns / 1e9:.2f} s"


def _section(title: str, shown: list[str]) -> list[str]:
    return [title, *(f"  {line}" for line in shown)] if shown else []


def _cases(count: int) -> str:
    return "1 case" if count == 1 else f"{count} cases"


def _limited(entries: Sequence[list[str]]) -> list[str]:
    """Return the lines of the first entries."""
    more = len(entries) - MOST_REPEATED
    shown = [line for entry in entries[:MOST_REPEATED] for line in entry]
    return [*shown, f"... and {more} more"] if more > 0 else shown
