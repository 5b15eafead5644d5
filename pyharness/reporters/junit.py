"""The run as JUnit XML, as CI servers read it: one `testsuite` per suite, one `testcase` per case.

Format: <https://github.com/testmoapp/junitxml>, which collects what the servers agree upon; for the attempts of a
retried case <https://maven.apache.org/surefire/maven-surefire-plugin/examples/rerun-failing-tests.html>.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING

from pyharness.errors import UsageError
from pyharness.events import (
    AttemptFinished,
    AttemptInterrupted,
    BacktraceFound,
    CaseCrashed,
    CaseFinished,
    OutputAdded,
    Panic,
    RunFinished,
    RunStarted,
    SuiteFailed,
    SuiteLoaded,
)
from pyharness.model import Outcome, Verdict
from pyharness.reporters import blocks
from pyharness.reporters.folders import make_folder_of
from pyharness.reporters.junit_document import Row, Sheet, write_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import TextIOWrapper

    from pyharness.events import CrashEvent, Event

_IN_MEMORY = 16 * 1024 * 1024
"""Bytes of captured output that are kept before they go to a temporary file."""
_HEADLINES = {
    Outcome.PASS: "",
    Outcome.FAIL: "failed",
    Outcome.SKIP: "skipped",
    Outcome.CRASH: "crashed",
    Outcome.TIMEOUT: "timed out",
    Outcome.ERROR: "could not be run",
}


class JUnitReporter:
    """Collects a short row per case and writes the file at the end: its head counts what follows.

    The file appears as a whole, under its name, when it is complete. If that fails, `problem` says why.
    """

    wants_passes = True

    def __init__(self, path: str) -> None:
        """Make the temporary file beside the target, so that a wrong path is known before anything runs.

        Raises:
            UsageError: the file cannot be made there.
        """
        self.problem = ""
        self._path = path
        self._target = self._temporary = ""
        self._file = self._open_temporary()
        self._outputs = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  closed by close()
        self._sheets: dict[str, Sheet] = {}
        self._started = ""
        self._duration_ns = 0
        self._ended = False
        self._closed = False
        self._takes: dict[type[Event], Callable[..., None]] = {
            RunStarted: self._take_start,
            SuiteLoaded: self._take_suite,
            SuiteFailed: self._take_failed_suite,
            AttemptFinished: self._take_attempt,
            AttemptInterrupted: self._take_interrupted,
            OutputAdded: self._take_late_output,
            CaseFinished: self._take_verdict,
            CaseCrashed: self._take_crash,
            Panic: self._take_crash,
            BacktraceFound: self._take_backtrace,
            RunFinished: self._take_end,
        }

    def handle(self, event: Event) -> None:
        """Keep what the report needs of the event."""
        take = self._takes.get(type(event))
        if take is not None and not self.problem:
            try:
                take(event)
            except OSError as error:
                self._give_up(error)

    def close(self) -> None:
        """Write the file. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            if not self.problem:
                self._note_end()
                self._write()
        except OSError as error:
            self._give_up(error)
        finally:
            self._outputs.close()
            if self.problem:
                self._remove_temporary()

    def _take_start(self, event: RunStarted) -> None:
        self._started = event.started

    def _take_suite(self, event: SuiteLoaded) -> None:
        self._sheet(event.suite, event.group)

    def _take_failed_suite(self, event: SuiteFailed) -> None:
        kept = self._store(event.output.encode(errors="replace"))
        row = Row("load", event.path, 0, 0, Outcome.ERROR, event.reason, event.reason, *kept)
        self._sheet(event.path, "").rows[f"load {event.reason}"] = row

    def _take_attempt(self, event: AttemptFinished) -> None:
        headline, text = _explanation(event)
        sheet = self._sheet(event.suite, event.group)
        crash = sheet.rows.get(event.id)
        if crash and (crash.attempt, crash.outcome) == (event.attempt, Outcome.CRASH) and not event.failures:
            headline = crash.headline
        kept = self._store(event.output_bytes())
        row = Row(
            event.case,
            event.file,
            event.line,
            event.duration_ns,
            event.outcome,
            headline,
            text,
            *kept,
            attempt=event.attempt,
            leaks=event.leaks,
        )
        sheet.put(event.id, row)

    def _take_interrupted(self, event: AttemptInterrupted) -> None:
        """Keep a row for what was cut off. If it runs again, its next end takes its place."""
        suite, case = self._split(event.id)
        kept = self._store(event.output_bytes())
        headline = f"interrupted: {event.reason}"
        row = Row(case, "", 0, event.duration_ns, Outcome.SKIP, headline, "", *kept, attempt=event.attempt)
        self._sheet(suite, "").put(event.id, row)

    def _take_late_output(self, event: OutputAdded) -> None:
        kept = self._store(event.output_bytes())
        for sheet in self._sheets.values():
            if event.id in sheet.rows:
                sheet.late_outputs[event.id, event.attempt] = kept

    def _take_verdict(self, event: CaseFinished) -> None:
        """Keep a row for a case without the end of an attempt: cached, not run, or disabled."""
        if event.verdict is Verdict.CACHED:
            suite, case = self._split(event.id)
            row = Row(case, "", 0, 0, Outcome.PASS, "", properties={"cached": event.reason})
            self._sheet(suite, "").rows[event.id] = row
        if event.verdict in {Verdict.NOT_RUN, Verdict.SKIPPED}:
            suite, case = self._split(event.id)
            word = "not run" if event.verdict is Verdict.NOT_RUN else "skipped"
            headline = f"{word}: {event.reason}" if event.reason else word
            rows = self._sheet(suite, "").rows
            row = rows.setdefault(event.id, Row(case, "", 0, 0, Outcome.SKIP, headline))
            if event.verdict is Verdict.NOT_RUN and row.outcome is Outcome.SKIP:
                rows[event.id] = replace(row, headline=headline)

    def _take_crash(self, event: CrashEvent) -> None:
        """Keep the cause, also for a crash that comes without an attempt: nobody could be named, or time was short."""
        nameless = "panic" if isinstance(event, Panic) else "crash"
        suite, case = (event.suite, event.case) if event.id else ("pyharness", nameless)
        text = "\n".join([event.cause, *(f"running: {suspect}" for suspect in event.suspects)])
        kept = self._store(event.output_bytes())
        headline = f"crashed: {event.cause}"
        row = Row(case, event.file, event.line, 0, Outcome.CRASH, headline, "", *kept, attempt=event.attempt)
        sheet = self._sheet(suite, event.group)
        sheet.put(event.id, row)
        sheet.remark(event.id, event.attempt, text)

    def _take_backtrace(self, event: BacktraceFound) -> None:
        stack = "\n".join(blocks.frame_lines(event.frames) or [event.note])
        for sheet in self._sheets.values():
            if event.id in sheet.rows:
                sheet.remark(event.id, event.attempt, stack)

    def _take_end(self, event: RunFinished) -> None:
        """Note the length of the run, and that it has failed if no case says so: an interrupted run is not green."""
        fine = {Outcome.PASS, Outcome.SKIP}
        sheets = self._sheets.values()
        red = any(sheet.decisive(case_id)[0].outcome not in fine for sheet in sheets for case_id in sheet.rows)
        if event.exit_code != 0 and not red:
            self._put_run(_why_red(event), event.duration_ns)
        self._duration_ns = event.duration_ns
        self._ended = True

    def _note_end(self) -> None:
        """Say so when there was none: a report without a word about it would be green."""
        if not self._ended:
            self._put_run("the run broke off before its end; its last words are on the standard error")

    def _put_run(self, headline: str, duration_ns: int = 0) -> None:
        self._sheet("pyharness", "").rows["run"] = Row("run", "", 0, duration_ns, Outcome.ERROR, headline)

    def _sheet(self, suite: str, group: str) -> Sheet:
        sheet = self._sheets.setdefault(suite, Sheet(suite))
        sheet.group = group or sheet.group
        return sheet

    def _split(self, case_id: str) -> tuple[str, str]:
        """Return suite and case of an id. Both may contain `::`, so the known suites are asked first."""
        known = max((name for name in self._sheets if case_id.startswith(f"{name}::")), key=len, default=None)
        name = case_id.partition("::")[0] if known is None else known
        return name, case_id[len(name) + 2 :]

    def _store(self, raw: bytes) -> tuple[int, int]:
        """Put an output aside; return where it stands."""
        begin = self._outputs.tell()
        self._outputs.write(raw)
        return begin, len(raw)

    def _open_temporary(self) -> TextIOWrapper:
        """Open a new file beside the target: only within one folder can a file be put in place as a whole."""
        try:
            self._target = os.path.realpath(self._path)
            _refuse_what_is_no_file(self._target)
            make_folder_of(self._target)
            name = f".pyharness-{os.urandom(4).hex()}.part"
            self._temporary = os.path.join(os.path.dirname(self._target), name)
            number = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            return os.fdopen(number, "w", encoding="utf-8", newline="\n")
        except (OSError, ValueError) as error:
            message = f"cannot write the JUnit report '{self._path}': {_cause(error)}; name a file that can be written"
            raise UsageError(message) from None

    def _write(self) -> None:
        sheets = [sheet for sheet in self._sheets.values() if sheet.rows]  # nothing is selected of the others
        with self._file:
            write_document(self._file, sheets, self._outputs, self._started, self._duration_ns)
        os.replace(self._temporary, self._target)

    def _remove_temporary(self) -> None:
        with contextlib.suppress(OSError):  # the problem that led here is reported already
            self._file.close()
        with contextlib.suppress(OSError):
            os.unlink(self._temporary)

    def _give_up(self, error: OSError) -> None:
        self.problem = f"cannot write the JUnit report '{self._path}': {_cause(error)}"


def _refuse_what_is_no_file(path: str) -> None:
    """Raise ValueError, told like what the system refuses, for a device or a folder: it would be replaced."""
    if os.path.exists(path) and not os.path.isfile(path):
        message = "not a regular file"
        raise ValueError(message)


def _explanation(event: AttemptFinished) -> tuple[str, str]:
    """Return one line that says why an attempt did not pass, and the full text."""
    messages = [failure.message for failure in event.failures if failure.message]
    headline = messages[0].partition("\n")[0] if messages else _HEADLINES[event.outcome]
    places = [(blocks.location(failure.file, failure.line), failure.message) for failure in event.failures]
    return headline, "\n".join(f"{where}: {message}" if where else message for where, message in places)


def _why_red(event: RunFinished) -> str:
    """Say why a run has failed when no case says so."""
    if event.reason:
        return f"the run ended early: {event.reason}"
    return f"{event.why_failed or 'no case has failed'}; exit code {event.exit_code}"


def _cause(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
