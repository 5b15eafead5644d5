"""The console: failures as they come, a panic at once, a summary at the end."""

from __future__ import annotations

import time
from enum import Enum
from typing import TYPE_CHECKING, TextIO

from pyharness import text
from pyharness.events import (
    AttemptFinished,
    AttemptInterrupted,
    BacktraceFound,
    BuildFinished,
    BuildStarted,
    CaseCrashed,
    CaseFinished,
    CoverageFinished,
    CoverageStarted,
    OutputAdded,
    Panic,
    Progress,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    SlowNoticed,
    StopRequested,
    SuiteBuilt,
    SuiteFailed,
    SuiteLoaded,
)
from pyharness.model import Outcome, Verdict
from pyharness.reporters import blocks, tally
from pyharness.reporters.palette import Color, Palette

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyharness.events import Event
    from pyharness.reporters.live import LiveDisplay

REPEAT_AFTER_LINES = 75
"""About three screens: by then the first failures have scrolled away, so their names are repeated at the end."""


_WITHOUT_ATTEMPT = {Verdict.NOT_RUN: ("NOT RUN", Color.YELLOW), Verdict.CACHED: ("CACHED", Color.CYAN)}


class Verbosity(Enum):
    """How much is shown of a run."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


class ConsoleReporter:
    """Shows events on a text stream.

    A stream that fails is given up without an exception: `broken` is set, and `problem` says why, except for a
    reader that has gone away (`| head`), which is no problem.
    """

    def __init__(
        self, stream: TextIO, *, verbosity: Verbosity, color: bool, live: bool, success_output: bool = False
    ) -> None:
        """Write to `stream`.

        `live` asks for a display of what runs, which only a terminal can show; `success_output` for what cases have
        printed that did not fail.
        """
        self.wants_passes = verbosity is Verbosity.VERBOSE or success_output
        self.broken = False
        self.problem = ""
        self._stream = stream
        self._verbosity = verbosity
        self._success_output = success_output
        self._color = color
        self._palette = Palette(enabled=color)
        self._tally = tally.Tally()
        self._lines = 0
        self._crashed: set[tuple[str, int]] = set()
        """Attempts, by id and number, of whose crash all has been said."""
        self._panicked = False
        self._live = _make_live(stream, color=color) if live else None
        self._shows: dict[type[Event], Callable[..., None]] = {
            RunStarted: self._show_start,
            BuildStarted: self._show_build,
            SuiteBuilt: self._show_built,
            BuildFinished: self._show_built_all,
            SuiteLoaded: self._show_suite,
            SuiteFailed: self._show_failed_suite,
            AttemptFinished: self._show_attempt,
            AttemptInterrupted: self._show_interrupted,
            OutputAdded: self._show_late_output,
            SlowNoticed: self._show_slow,
            CaseFinished: self._show_verdict,
            Progress: self._show_progress,
            CaseCrashed: self._show_crash,
            Panic: self._show_panic,
            BacktraceFound: self._show_backtrace,
            StopRequested: self._show_stop,
            CoverageStarted: self._show_measuring,
            CoverageFinished: self._show_coverage,
            RunPaused: lambda _: self._show_pause("paused"),
            RunResumed: lambda event: self._show_pause(f"goes on after {event.paused_ns / 1e9:.1f} s"),
            RunFinished: self._show_end,
        }

    def handle(self, event: Event) -> None:
        """Show the event, or keep it for the summary."""
        self._tally.add(event)
        show = self._shows.get(type(event))
        if show is not None and not self.broken:
            show(event)

    def close(self) -> None:
        """Give the terminal back."""
        if not self.broken:
            self._attempt(self._hide_live)
            self._attempt(self._stream.flush)

    def _show_start(self, event: RunStarted) -> None:
        if self._verbosity is not Verbosity.QUIET:
            cases = "1 case" if event.planned == 1 else f"{event.planned} cases"
            threads = "1 thread" if event.test_threads == 1 else f"{event.test_threads} threads"
            so_far = ", and more when it is built" if event.grows else ""
            start = [f"{cases} on {threads}{so_far}"] if event.planned else []  # nothing is known yet
            self._print([*start, *([f"note: {event.note}"] if event.note else [])])

    def _show_build(self, event: BuildStarted) -> None:
        if self._verbosity is not Verbosity.QUIET:
            suites = "1 suite" if event.suites == 1 else f"{event.suites} suites"
            self._print([f"building {suites} in {event.steps} steps"], flush=True)

    def _show_built(self, event: SuiteBuilt) -> None:
        if event.output and self._verbosity is not Verbosity.QUIET:
            self._print(blocks.warning_block(event, self._palette), flush=True)
        elif self._verbosity is Verbosity.VERBOSE:
            self._print([f"built {text.one_line(event.suite)} in {event.duration_ns / 1e9:.2f} s"])

    def _show_built_all(self, event: BuildFinished) -> None:
        if event.not_built:
            were = "1 suite was" if event.not_built == 1 else f"{event.not_built} suites were"
            self._print([f"{were} not built, since the run ended before"], flush=True)

    def _show_suite(self, event: SuiteLoaded) -> None:
        if self._verbosity is Verbosity.VERBOSE:
            name, path = text.one_line(event.suite), text.one_line(event.path)
            self._print([f"suite {name}: {event.selected} of {event.cases} cases selected  ({path})"])

    def _show_failed_suite(self, event: SuiteFailed) -> None:
        block = blocks.suite_block(event, self._palette)
        self._print(block[:1] if self._verbosity is Verbosity.QUIET else block, flush=True)

    def _show_attempt(self, event: AttemptFinished) -> None:
        if event.retry_in_ms is not None:
            self._show_retry(event)
        elif event.outcome in {Outcome.PASS, Outcome.SKIP}:
            self._show_success(event)
        else:
            self._show_failed_attempt(event)
        if event.leaks and self._verbosity is not Verbosity.QUIET:
            self._print(blocks.leak_lines(event, self._palette), flush=True)

    def _show_success(self, event: AttemptFinished) -> None:
        output = blocks.output_lines(event.output_bytes()) if self._success_output else []
        if output or self._verbosity is Verbosity.VERBOSE:
            title = blocks.attempt_title if event.outcome is Outcome.PASS else blocks.skip_line
            self._print([title(event, self._palette), *output])

    def _show_retry(self, event: AttemptFinished) -> None:
        if self._verbosity is not Verbosity.QUIET:
            told = (event.id, event.attempt) in self._crashed
            shown = [blocks.retry_line(event, self._palette)] if told else blocks.retry_block(event, self._palette)
            self._print(shown, flush=True)

    def _show_failed_attempt(self, event: AttemptFinished) -> None:
        if (event.id, event.attempt) in self._crashed:
            return
        quiet = self._verbosity is Verbosity.QUIET
        title_only = [blocks.attempt_title(event, self._palette)]
        self._print(title_only if quiet else blocks.attempt_block(event, self._palette), flush=True)

    def _show_interrupted(self, event: AttemptInterrupted) -> None:
        """Show what the end of the run cuts off like a time-out; of what runs again, or ran beside a panic, less."""
        if self._verbosity is not Verbosity.VERBOSE and (event.runs_again or self._panicked):
            return
        quiet = self._verbosity is Verbosity.QUIET
        title_only = [blocks.interrupted_line(event, self._palette)]
        self._print(title_only if quiet else blocks.interrupted_block(event, self._palette), flush=True)

    def _show_late_output(self, event: OutputAdded) -> None:
        if self._verbosity is not Verbosity.QUIET:
            self._print(blocks.late_output_block(event, self._palette), flush=True)

    def _show_slow(self, event: SlowNoticed) -> None:
        if self._verbosity is not Verbosity.QUIET:
            self._print([blocks.slow_line(event, self._palette)], flush=True)

    def _show_verdict(self, event: CaseFinished) -> None:
        if event.verdict is Verdict.FLAKY and self._verbosity is Verbosity.QUIET:
            word = self._palette.paint("FLAKY", Color.YELLOW)
            self._print([f"{word} {text.one_line(event.id)} (passed at attempt {event.attempts})"], flush=True)
        if event.verdict is Verdict.FAILED and event.reason:  # the last attempt alone does not say why
            word, reason = self._palette.paint("FAIL", Color.RED), text.one_line(event.reason)
            self._print([f"{word} {text.one_line(event.id)}: {reason}"], flush=True)
        if event.verdict in _WITHOUT_ATTEMPT and self._verbosity is Verbosity.VERBOSE:
            word = self._palette.paint(*_WITHOUT_ATTEMPT[event.verdict])
            self._print(
                [f"{word} {text.one_line(event.id)}" + (f": {text.one_line(event.reason)}" * bool(event.reason))]
            )

    def _show_progress(self, event: Progress) -> None:
        """Take the human rate of these events for the flushing of passes too."""
        live = self._live
        if live is None:
            self._attempt(self._stream.flush)
        else:
            self._attempt(lambda: live.show(self._tally, event))

    def _show_panic(self, event: Panic) -> None:
        self._panicked = True
        self._crashed.add((event.id, event.attempt))
        self._print(blocks.crash_block(event, self._palette), flush=True)

    def _show_crash(self, event: CaseCrashed) -> None:
        self._crashed.add((event.id, event.attempt))
        quiet = self._verbosity is Verbosity.QUIET
        title_only = [blocks.crash_title(event, self._palette)]
        self._print(title_only if quiet else blocks.crash_block(event, self._palette), flush=True)

    def _show_backtrace(self, event: BacktraceFound) -> None:
        """Show the stack below its crash or time-out; a quiet console shows that of a panic only."""
        if self._panicked or self._verbosity is not Verbosity.QUIET:
            self._print(blocks.backtrace_block(event), flush=True)

    def _show_pause(self, line: str) -> None:
        if self._verbosity is not Verbosity.QUIET:
            self._print([line], flush=True)

    def _show_stop(self, event: StopRequested) -> None:
        grace = f"what runs has {event.grace_ms / 1000:g} s to end; once more stops it at once"
        self._print([f"stopping: {event.reason}; {grace if event.grace_ms else 'what runs is stopped'}"], flush=True)

    def _show_measuring(self, event: CoverageStarted) -> None:
        if self._verbosity is Verbosity.VERBOSE:
            self._print([f"reading coverage of {event.profiles} profiles"], flush=True)

    def _show_coverage(self, event: CoverageFinished) -> None:
        import shutil  # noqa: PLC0415  seldom needed

        from pyharness.reporters.coverage_blocks import coverage_block, trouble_block  # noqa: PLC0415

        if self._verbosity is Verbosity.QUIET:
            self._print(trouble_block(event, self._palette), flush=True)
            return
        width = shutil.get_terminal_size().columns if self._stream.isatty() else None
        self._print(coverage_block(event, self._palette, width=width, color=self._color), flush=True)

    def _show_end(self, event: RunFinished) -> None:
        shown = [tally.last_line(event, self._palette)]
        if event.why_failed:
            shown.insert(0, f"failed, since {event.why_failed}")
        if self._verbosity is not Verbosity.QUIET:
            many = self._lines > REPEAT_AFTER_LINES
            shown = [*tally.summary(self._tally, event, self._palette, repeat_failed=many), *shown]
        self._print(shown, flush=True)

    def _print(self, shown: Sequence[str], *, flush: bool = False) -> None:
        self._lines += len(shown)
        self._attempt(self._hide_live)
        if shown and not self.broken:
            self._attempt(lambda: self._stream.write("\n".join(shown) + "\n"))
        if flush and not self.broken:
            self._attempt(self._stream.flush)

    def _hide_live(self) -> None:
        if self._live is not None:
            self._live.hide()

    def _attempt(self, action: Callable[[], object]) -> None:
        """Give the stream up when it fails."""
        try:
            action()
        except OSError as error:
            self.broken = True
            if not isinstance(error, BrokenPipeError):
                self.problem = f"cannot write to the standard output: {error.strerror}"


def _make_live(stream: TextIO, *, color: bool) -> LiveDisplay:
    from pyharness.reporters.live import LiveDisplay  # noqa: PLC0415  rich takes longer to import than a small run

    return LiveDisplay(stream, time.monotonic, color=color)
