"""Readers of launches whose verdicts come from a report in a file of its own."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pyharness.adapters.findings import UNASKED, Begun, Found, wrong_exit
from pyharness.adapters.protocol import Ended, Progress, Running
from pyharness.adapters.slices import MarkedOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from re import Pattern

    from pyharness.adapters.protocol import Exit

_LONGEST_MARK = 4096
"""In bytes, its name not counted."""


class Report(Protocol):
    """A report that is read while it is being written."""

    any_failed: bool
    """Whether a case has failed, be it asked for or not."""
    trouble: str
    """What has gone wrong outside of cases, as far as the framework says."""

    def feed(self, data: bytes) -> Sequence[Begun | Found]:
        """Read on, and return what has become known, in order."""


class LookReader:
    """Follows a launch whose output says nothing of cases: a slice is what was written between two looks.

    Cases that end between the same two looks share one slice.
    """

    def __init__(self, report: Report) -> None:
        """Follow a launch that writes this report."""
        self._report = report
        self._told: set[int] = {UNASKED}
        self._begin = 0
        self._size = 0
        self._open = UNASKED

    def feed(self, output: bytes, report: bytes) -> Progress:
        """Take what was written since the last call."""
        self._size += len(output)
        ended = []
        for said in self._report.feed(report):
            self._open = said.position if isinstance(said, Begun) else UNASKED
            if isinstance(said, Found) and said.position not in self._told:
                self._told.add(said.position)
                ended.append(_ended(said, self._begin, self._size))
        if ended:
            self._begin = self._size
        return Progress(ended, self._running())

    def end(self, status: Exit) -> Progress:  # noqa: ARG002  however it ended, an open case was the culprit
        """Take how the launch ended."""
        return Progress((), self._running())

    def _running(self) -> Running | None:
        return None if self._open in self._told else Running(self._open, self._begin)

    def verdict_on_exit(self, status: Exit) -> str:
        """Say what was wrong with an exit after all cases had ended."""
        return wrong_exit(status, self._report.trouble, any_failed=self._report.any_failed)


class Marks(NamedTuple):
    """Lines in the output that mark where cases begin and end; the first group of each is the case's name."""

    begin: Pattern[bytes]
    end: Pattern[bytes]
    name: Callable[[str], bytes]
    """How they write a name of the report; empty: one cannot say."""


class _Case:
    """A case that has begun, and not been told as ended yet."""

    def __init__(self, begun: Begun) -> None:
        self.position = begun.position
        self.name = begun.name
        self.begin = -1
        self.end = -1
        self.found: Found | None = None


class MarkedReader:
    """Follows a launch that marks in its output, unbuffered, where cases begin and end, before its report says so.

    What a case prints can shift slices, never verdicts: those are from the report.
    """

    def __init__(self, report: Report, marks: Marks) -> None:
        """Follow a launch that writes this report and these marks."""
        self._report = report
        self._marks = marks
        self._output = MarkedOutput()
        self._cases: deque[_Case] = deque()
        self._told: set[int] = {UNASKED}

    def feed(self, output: bytes, report: bytes) -> Progress:
        """Take what was written since the last call."""
        self._output.add(output)
        for said in self._report.feed(report):
            if isinstance(said, Begun):
                self._cases.append(_Case(said))
            else:
                self._cases[-1].found = said
        return Progress(self._ended(), self._running())

    def end(self, status: Exit) -> Progress:  # noqa: ARG002  however it ended, an open case was the culprit
        """Take how the launch ended. Cases whose marks never came share what is left of the output."""
        left, size = self._output.last, self._output.size
        rest: list[Ended] = []
        for case in self._cases:
            self._tell(case, rest, case.begin if case.begin >= 0 else left, size)
        last = self._cases[-1] if self._cases and self._cases[-1].found is None else None
        if last is None or last.position in self._told:
            return Progress(rest)
        return Progress(rest, Running(last.position, last.begin if last.begin >= 0 else left))

    def _ended(self) -> list[Ended]:
        ended: list[Ended] = []
        while self._cases and self._locate(self._cases[0]):
            case = self._cases.popleft()
            self._tell(case, ended, case.begin, case.end)
        return ended

    def _tell(self, case: _Case, ended: list[Ended], begin: int, end: int) -> None:
        """Add a case that has ended, once: two that nothing tells apart have one position."""
        if case.found is not None and case.position not in self._told:
            self._told.add(case.position)
            ended.append(_ended(case.found, begin, end))

    def _locate(self, case: _Case) -> bool:
        """Find the marks of a case, as far as they can be there; return whether all of it is known."""
        name = self._marks.name(case.name)
        most = 2 * len(name) + _LONGEST_MARK
        if case.begin < 0:
            mark = self._output.find(self._marks.begin, name, most)
            case.begin = -1 if mark is None else mark[1]
        if case.begin >= 0 and case.found is not None and case.end < 0:
            mark = self._output.find(self._marks.end, name, most)
            case.end = -1 if mark is None else mark[0]
        return case.end >= 0

    def _running(self) -> Running | None:
        case = self._cases[0] if self._cases else None
        if case is None or case.found is not None or case.begin < 0 or case.position in self._told:
            return None
        return Running(case.position, case.begin)

    def verdict_on_exit(self, status: Exit) -> str:
        """Say what was wrong with an exit after all cases had ended."""
        return wrong_exit(status, self._report.trouble, any_failed=self._report.any_failed)


def _ended(found: Found, begin: int, end: int) -> Ended:
    return Ended(found.position, found.outcome, found.duration_ns, begin, end, found.failures, found.kept)
