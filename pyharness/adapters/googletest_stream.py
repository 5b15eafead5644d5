"""What a GoogleTest program says through `--gtest_stream_result_to`, folded into cases as they begin and end.

The format is that of `testing::internal::StreamingListener` in gtest-internal-inl.h, version 1.0. It does not tell a
skip from a failure, nor a check that held (`SUCCEED()`) from one that did not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyharness.events import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

_EVENT = re.compile(
    rb"^event=Test(?:Start&name=(.*)\nevent=TestEnd&passed=1&elapsed_time=(\d+)ms|"
    rb"((?:Case|)Start|PartResult|End(?=&passed=[01]&elapsed_time=\d+ms)|(?:Case|Iteration)End)(.*))\n",
    re.MULTILINE,
)
"""Nearly all cases pass without a word in between: that is looked for first (groups 1 and 2), then any event (3, 4)."""
_END = re.compile(rb"&passed=([01])&elapsed_time=(\d+)")
_PART = re.compile(rb"&file=(.*?)&line=(-?\d+)&message=(.*)")
_NAME = len(b"&name=")
_NS_PER_MS = 1_000_000


class Suite:
    """A test suite between its begin and its end."""

    __slots__ = ("name", "parts", "passed")

    def __init__(self, name: bytes) -> None:
        """Begin it."""
        self.name = name
        self.parts: list[Failure] = []
        """Of checks outside of its cases, in set-up and tear-down."""
        self.passed: bool | None = None
        """`None`: it has not ended."""


class Attempt:
    """A case from its begin."""

    __slots__ = ("begin", "duration_ns", "line_begin", "name", "parts", "passed", "position", "suite")

    def __init__(self, position: int, name: bytes, suite: Suite) -> None:
        """Begin it."""
        self.position = position
        self.name = name
        self.suite = suite
        self.passed: bool | None = None
        """`None`: it has not ended."""
        self.duration_ns = -1
        self.parts: list[Failure] | tuple[()] = ()
        self.line_begin = -1
        """Where the line that announces it begins in the output, and where that line ends; -1: not (yet) found."""
        self.begin = -1


class Stream:
    """The events so far."""

    def __init__(self, positions: Mapping[bytes, int]) -> None:
        """Follow the cases of these full names."""
        self._positions = positions
        self._rest = b""
        self._begun: set[bytes] = set()
        self._open: Attempt | None = None
        self._suite = Suite(b"")
        self.suites: list[Suite] = []
        self.attempts: list[Attempt] = []
        """In the order of their begin; all but the last have ended."""
        self.followed = 0
        """So many of them have ended, and something has been said after that."""
        self.outside: list[Failure] = []
        """Of checks outside of all suites, in global set-up and tear-down."""
        self.begun = False
        self.passed: bool | None = None
        """Of the whole launch."""

    @property
    def open(self) -> Attempt | None:
        """The case that has begun and not ended, if it is one of those that were asked for."""
        attempt = self._open
        return attempt if attempt is not None and attempt.position >= 0 else None

    def has_begun(self, name: bytes) -> bool:
        """Whether a case of this full name has begun."""
        return name in self._begun

    def feed(self, report: bytes) -> None:
        """Take what has come since the last call."""
        if not report:
            return
        text = self._rest + report
        end = text.rfind(b"\n") + 1
        self._rest = text[end:]
        self.begun = self.begun or end > 0
        for name, passed_in_ms, event, values in _EVENT.findall(text, 0, end):
            if name:
                self._begin(name)
                self._end(b"1", passed_in_ms)
            elif event == b"Start":
                self._begin(values[_NAME:])
            elif event == b"End":
                self._end(*_END.findall(values)[0])
            else:
                self._rarer(event, values)

    def _begin(self, name: bytes) -> None:
        name = self._suite.name + b"." + name
        if self._open is not None and self._open.name == name:  # a child that a test has forked, and the test itself
            return
        self.followed = len(self.attempts)
        position = -1 if name in self._begun else self._positions.get(name, -1)
        self._open = attempt = Attempt(position, name, self._suite)
        if position >= 0:
            self._begun.add(name)
            self.attempts.append(attempt)

    def _end(self, passed: bytes, ms: bytes) -> None:
        attempt = self._open
        if attempt is not None:
            attempt.passed = passed == b"1"
            attempt.duration_ns = int(ms) * _NS_PER_MS
        self._open = None

    def _rarer(self, event: bytes, values: bytes) -> None:
        if event == b"PartResult":
            self._part(values)
            return
        if self._open is None:
            self.followed = len(self.attempts)
        if event == b"CaseStart":
            self._suite = Suite(values[_NAME:])
            self.suites.append(self._suite)
        elif event == b"CaseEnd":
            self._suite.passed = values.startswith(b"&passed=1")
            self._suite = Suite(b"")
        elif event == b"IterationEnd":
            self.passed = values.startswith(b"&passed=1")

    def _part(self, values: bytes) -> None:
        from urllib.parse import unquote_to_bytes  # noqa: PLC0415 -- start-up

        match = _PART.match(values)
        if match is None:
            return
        file, message = (unquote_to_bytes(match[group]).decode(errors="backslashreplace") for group in (1, 3))
        if message.startswith("Succeeded"):
            return
        part = Failure(file, max(0, int(match[2])), message.strip("\n"))
        if self._open is not None:
            self._open.parts = [*self._open.parts, part]
        elif self._suite.name:
            self._suite.parts.append(part)
        else:
            self.outside.append(part)
