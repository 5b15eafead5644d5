"""Runs the tests of a Meson folder one by one, each by its own command, and judges them as `meson test` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pyharness.adapters.protocol import Command, Ended, ListedCase, ListError, Progress, Running
from pyharness.discovery.meson_output import Judged, judge_rust, judge_tap
from pyharness.discovery.programs import tags
from pyharness.events import Failure
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.adapters.binary import Binary
    from pyharness.adapters.protocol import Channels, Exit
    from pyharness.discovery.meson import MesonEntry

_SKIP_CODE = 77
_ERROR_CODE = 99
_JUDGES = {"tap": judge_tap, "rust": judge_rust}


class MesonAdapter:
    """The tests of one build folder; `program` is that folder in all calls."""

    name: ClassVar[str] = "meson"
    most_cases: ClassVar[int] = 1
    wants_address: ClassVar[bool] = False

    def __init__(self, entries: Sequence[MesonEntry]) -> None:
        """Take the tests, as `read_tests` gives them."""
        self._entries = {entry.name: entry for entry in entries}

    def recognises(self, binary: Binary) -> bool:  # noqa: ARG002 -- a folder is no executable
        """Return `False`: no executable is a build folder."""
        return False

    def list_command(self, program: str, channels: Channels) -> Command:  # noqa: ARG002
        """Say nothing to run: the tests were read from files.

        Raises:
            ListError: always; `cases` are the list.
        """
        raise ListError("a Meson folder is listed from its files, not by a command")

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:  # noqa: ARG002
        """Return the same as `cases`, whatever was run."""
        return self.cases()

    def cases(self) -> list[ListedCase]:
        """Return the tests as cases of the suite `meson`."""
        return [_listed(entry) for entry in self._entries.values()]

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:  # noqa: ARG002
        """Say how the test is run."""
        entry = self._entries[cases[0].name]
        if entry.unrunnable:
            return Command(arguments=("/bin/sh", "-c", "exit 0"))  # the reader knows that it is skipped
        return Command(arguments=entry.command, environment=entry.environment, folder=entry.folder)

    def reader(self, cases: Sequence[ListedCase]) -> MesonReader:
        """Return who follows such a launch."""
        return MesonReader(self._entries[cases[0].name])


def _listed(entry: MesonEntry) -> ListedCase:
    words = tuple(dict.fromkeys(word for suite in entry.suites for word in (*suite.split(":", 1), suite)))
    return ListedCase(
        name=entry.name,
        tags=tags(words),
        labels=words,
        disabled=entry.excluded,
        timeout_ms=max(1, round(entry.timeout * 1000)) if entry.timeout > 0 else 0,
        serial=not entry.parallel,
        priority=entry.priority,
    )


class MesonReader:
    """Judges one test when it has ended.

    Of a signal Meson makes a failure, so one that `should_fail` passes by it. What the engine itself has ended, for a
    timeout or an interrupt, is not asked for here.
    """

    def __init__(self, entry: MesonEntry) -> None:
        """Take the test."""
        self._entry = entry
        self._judge = _JUDGES.get(entry.protocol)
        self._output = bytearray()
        self._size = 0

    def feed(self, output: bytes, report: bytes) -> Progress:  # noqa: ARG002 -- Meson's tests have no report
        """Keep what is needed for the judgement."""
        self._size += len(output)
        if self._judge is not None:
            self._output += output
        return Progress(running=Running(0, 0))

    def end(self, status: Exit) -> Progress:
        """Judge the test."""
        outcome, reasons = self._expected(self._judged(status))
        if outcome is Outcome.CRASH:
            return Progress(running=Running(0, 0))
        failures = tuple(Failure("", 0, reason) for reason in reasons)
        return Progress(ended=(Ended(0, outcome, -1, 0, self._size, failures),))

    def verdict_on_exit(self, status: Exit) -> str:  # noqa: ARG002 -- each exit belongs to its one test
        """Return nothing: the exit was judged with the test."""
        return ""

    def _judged(self, status: Exit) -> Judged:
        if self._entry.unrunnable:
            return Judged(Outcome.SKIP, ("a cross-built program that nothing here can run",))
        if self._judge is None:
            return self._judged_by_code(status)
        judged = self._judge(self._output.decode("utf-8", "replace"))
        if judged.outcome is Outcome.FAIL and self._entry.expected_fail:
            return judged
        if status.signal:
            return Judged(Outcome.CRASH)
        if judged.outcome in (Outcome.FAIL, Outcome.ERROR):
            return judged
        return Judged(Outcome.ERROR, (f"exit code {status.code}",)) if status.code else judged

    def _judged_by_code(self, status: Exit) -> Judged:
        code = status.code
        if status.signal:
            return Judged(Outcome.FAIL if self._entry.expected_fail else Outcome.CRASH)
        if code == self._entry.expected_code:
            return Judged(Outcome.PASS)
        if code == _SKIP_CODE:
            return Judged(Outcome.SKIP, (f"exit code {code} is a skip",))
        outcome = Outcome.ERROR if code == _ERROR_CODE else Outcome.FAIL
        return Judged(outcome, (f"exit code {code}",))

    def _expected(self, judged: Judged) -> Judged:
        """Turn pass and failure round if the test should fail; nothing else."""
        if not self._entry.expected_fail or judged.outcome not in (Outcome.PASS, Outcome.FAIL):
            return judged
        if judged.outcome is Outcome.FAIL:
            return Judged(Outcome.PASS)
        return Judged(Outcome.FAIL, ("it passed, but should_fail is set",))
