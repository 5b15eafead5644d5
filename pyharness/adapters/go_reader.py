"""Reads what a program of Go's testing package prints in its verbose mode, beside what its tests print.

As of Go 1.20 its own lines are marked by a control character; before that they are known by their looks alone. In both
cases a result is believed only where the package goes on: before the next case, or before the last line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pyharness.adapters.findings import contradiction
from pyharness.adapters.protocol import Ended, Exit, ListedCase, Progress, Running
from pyharness.events import Failure
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OUTCOMES = {b"PASS": Outcome.PASS, b"FAIL": Outcome.FAIL, b"SKIP": Outcome.SKIP}
_LINES = (
    rb"=== (?P<step>RUN|PAUSE|CONT) +(?P<name>\S+)\n"
    rb"|--- (?P<result>PASS|FAIL|SKIP): (?P<of>\S+) \((?P<seconds>\d+\.\d+)s\)\n"
)
_MARKED = re.compile(rb"\x16(?:" + _LINES + rb"|(?P<over>PASS|FAIL)\n)")
_PLAIN = re.compile(_LINES + rb"|(?<=\n)(?P<over>PASS|FAIL)\n")
_LONGEST_LINE = 8192
"""Bytes: of a line of the package."""
_NOT_SAID_BY_TESTS = re.compile(rb"\x16=== NAME [^\n]*\n|[\x0e\x0f\x16]")
"""Lines and characters that are for machines."""
_ERROR = re.compile(rb"\x0f {4,}(?P<file>[^\n:]+):(?P<line>\d+): (?P<message>[^\x0e]*)\x0e")
"""As newer versions frame what a test reports as an error."""
_LOGGED = re.compile(
    rb"^ {4,}(?P<file>[^\n: ][^\n:]*\.go):(?P<line>\d+): (?P<message>[^\n]*(?:\n {8}[^\n]*)*)", re.MULTILINE
)
_FAILED = 1
"""Its exit code after a failure."""


class _Open(NamedTuple):
    """The case that runs."""

    name: bytes
    begin: int
    """Where its text begins, or goes on after a pause."""


class _Result(NamedTuple):
    outcome: Outcome
    duration_ns: int
    begin: int
    end: int
    """Where the line stands that says so."""


class GoReader:
    """A `Reader`."""

    def __init__(self, cases: Sequence[ListedCase]) -> None:
        """Follow a launch of these cases."""
        self._awaited = {case.name.encode(): position for position, case in enumerate(cases)}
        self._text = b""
        self._origin = 0
        """Where in the output `_text` begins."""
        self._searched = 0
        """Up to here in the output all lines of the package are known."""
        self._lines: re.Pattern[bytes] | None = None
        self._open: _Open | None = None
        self._result: _Result | None = None
        """Of the open case, if nothing else comes."""
        self._paused: dict[bytes, bytes] = {}
        """What cases had printed before they stood back for others."""
        self._failed = False

    def feed(self, output: bytes, report: bytes) -> Progress:  # noqa: ARG002 -- nothing is reported
        """Take what was printed since the last call."""
        self._text += output
        ended = list(self._ends())
        keep = self._searched if self._open is None else min(self._open.begin, self._searched)
        self._text, self._origin = self._text[keep - self._origin :], keep
        return Progress(ended, self._running())

    def end(self, status: Exit) -> Progress:  # noqa: ARG002 -- it was all said
        """Say what was running. A result before a panic is none: the panic was the end of that case."""
        return Progress((), self._running())

    def verdict_on_exit(self, status: Exit) -> str:
        """Compare the exit with the results."""
        return contradiction(status, failing=_FAILED, any_failed=self._failed, look_at="TestMain")

    def _ends(self) -> Iterator[Ended]:
        lines = self._lines or self._kind_of_lines()
        while lines is not None:
            match = lines.search(self._text, max(0, self._searched - self._origin))
            if match is None:
                self._searched = max(self._searched, self._origin + len(self._text) - _LONGEST_LINE)
                return
            self._searched = self._origin + match.end()
            yield from self._take(match)

    def _kind_of_lines(self) -> re.Pattern[bytes] | None:
        """Return how the package speaks: it does so before any test has said anything."""
        first = re.search(rb"(\x16?)=== RUN ", self._text)
        self._lines = first and (_MARKED if first[1] else _PLAIN)
        return self._lines

    def _take(self, line: re.Match[bytes]) -> Iterator[Ended]:
        begin, end = self._origin + line.start(), self._origin + line.end()
        if line["result"]:
            if self._open is not None and line["of"] == self._open.name:
                duration_ns = round(float(line["seconds"]) * 1e9)
                self._result = _Result(_OUTCOMES[line["result"]], duration_ns, begin, end)
            return
        name, slash, _ = (line["name"] or b"").partition(b"/")  # parts of a case are that case
        if self._open is not None and name != self._open.name and self._result is not None:
            yield self._ended(self._open, self._result, begin)
        if line["step"] == b"PAUSE" and not slash and self._open is not None and name == self._open.name:
            self._paused[name] = self._between(self._open.begin, begin)
            self._open = None
        elif name in self._awaited and (self._open is None or name != self._open.name):
            self._open, self._result = _Open(name, end), None

    def _ended(self, case: _Open, result: _Result, next_line: int) -> Ended:
        """Return the end of a case. What is said after its result is its as well: an example's reason to fail."""
        self._open = self._result = None
        self._failed = self._failed or result.outcome is Outcome.FAIL
        before = self._paused.pop(case.name, b"")
        text = self._between(case.begin, result.begin)
        after = _said(self._between(result.end, next_line))
        whole = before + text + after
        position = self._awaited.pop(case.name)
        failures = () if result.outcome is Outcome.PASS else tuple(_failures(whole, after))
        ended = Ended(position, result.outcome, result.duration_ns, case.begin, result.begin, failures)
        if _said(whole) == text:
            return ended
        return ended._replace(output_end=case.begin, kept=_said(whole))

    def _between(self, begin: int, end: int) -> bytes:
        return self._text[begin - self._origin : end - self._origin]

    def _running(self) -> Running | None:
        return self._open and Running(self._awaited[self._open.name], self._open.begin)


def _said(text: bytes) -> bytes:
    return _NOT_SAID_BY_TESTS.sub(b"", text)


def _failures(text: bytes, after: bytes) -> Iterator[Failure]:
    """Yield what was reported as an error; where that looks like all else that is logged, everything."""
    found = list(_ERROR.finditer(text)) or list(_LOGGED.finditer(text))
    for one in found:
        message = re.sub(rb"\n {8}", b"\n", one["message"])
        yield Failure(one["file"].decode(errors="backslashreplace"), int(one["line"]), _text(message))
    if not found and after.strip():
        yield Failure("", 0, _text(after))


def _text(words: bytes) -> str:
    return words.decode(errors="backslashreplace").strip("\n")
