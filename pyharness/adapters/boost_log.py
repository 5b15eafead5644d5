"""Boost.Test's log for people, read while it is being written (format: `compiler_log_formatter.ipp`).

Of its formats it is the only one that is written line by line: the XML log stays in a buffer, and is lost in a crash.
A message of several lines that looks like an entry of this log is taken for one, but not for the end of another case.
A case with a line break in its name cannot be followed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyharness.adapters.findings import UNASKED, Begun, Found
from pyharness.events import Failure
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from re import Match

_PLACE = r"(?:(?P<file>.*)\((?P<line>\d+)\): )?"
_UNIT = re.compile(
    _PLACE + r'(?P<verb>Entering|Leaving) test (?P<kind>module|suite|case) "(?P<name>.*)"'
    r"(?:; testing time: (?P<time>\d+)(?P<unit>us|ms))?"
)
_SKIPPED = re.compile(_PLACE + r'Test (?P<kind>case|suite) "(?P<path>.*)" is skipped because (?P<reason>.*)')
_ENTRY = re.compile(_PLACE + r'(?P<level>warning|error|fatal error): in "[^"]*": (?P<text>.*)')
_CHECKPOINT = re.compile(_PLACE + r"last checkpoint(?:: .*)?")
_CONTEXT = "Failure occurred in a following context:"
_CONTEXT_INDENT = "    "
_EMPTY = re.compile(r"Test case .* did not check any assertions|")
_NANOSECONDS = {"us": 1_000, "ms": 1_000_000}
_NOT_CHOSEN = "disabled"


class BoostLog:
    """One launch's log."""

    def __init__(self, positions: Mapping[str, int], expected_failures: Mapping[str, int]) -> None:
        """Know cases by their paths."""
        self._positions = positions
        self._expected_failures = expected_failures
        self._suites: list[str] = []
        self._rest = b""
        self._said: list[Begun | Found] = []
        self._enters(None, "")
        self.any_failed = False
        """Whether a case has failed, be it asked for or not."""
        self.trouble = ""
        """What has gone wrong outside of cases first."""

    def feed(self, data: bytes) -> list[Begun | Found]:
        """Read on, and return what has become known, in order."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._read(line.decode(errors="backslashreplace"))
        said, self._said = self._said, []
        return said

    def _enters(self, place: tuple[str, str] | None, path: str) -> None:
        self._place = place
        self._path = path
        self._entries: list[_Entry] = []
        self._kept: list[str] = []

    def _read(self, line: str) -> None:
        if (unit := _UNIT.fullmatch(line)) and self._is_next(unit):
            self._unit(unit)
        elif self._place is None and (skipped := _SKIPPED.fullmatch(line)):
            self._skips(skipped)
        elif entry := _ENTRY.fullmatch(line):
            self._entries.append(_Entry(entry))
            if self._place is None and entry["level"] != "warning":
                self.trouble = self.trouble or self._entries[-1].text().strip()
        elif self._entries:
            self._entries[-1].goes_on(line)
        elif not _EMPTY.fullmatch(line):
            self._kept.append(f"{line}\n")

    def _is_next(self, unit: Match[str]) -> bool:
        """Whether this can be said now: within a case, nothing but that this case is left."""
        if self._place is None:
            return unit["kind"] != "case" or unit["verb"] == "Entering"
        place = (unit["file"], unit["line"])
        return unit["verb"] == "Leaving" and place == self._place and self._full(unit["name"]) == self._path

    def _full(self, name: str) -> str:
        return "/".join([*self._suites, name])

    def _unit(self, unit: Match[str]) -> None:
        entering, name = unit["verb"] == "Entering", unit["name"]
        if unit["kind"] == "case" and entering:
            self._enters((unit["file"], unit["line"]), self._full(name))
            self._said.append(Begun(self._positions.get(self._path, UNASKED), name))
        elif unit["kind"] == "case":
            self._leaves(int(unit["time"] or 0) * _NANOSECONDS[unit["unit"] or "us"])
        elif unit["kind"] == "suite" and entering:
            self._suites.append(name)
        elif unit["kind"] == "suite" and self._suites:
            self._suites.pop()

    def _leaves(self, duration_ns: int) -> None:
        position, name = self._positions.get(self._path, UNASKED), self._path
        failures = [entry.failure() for entry in self._entries if entry.level != "warning"]
        fatal = any(entry.level == "fatal error" for entry in self._entries)
        failed = fatal or len(failures) > self._expected_failures.get(name, 0)
        warnings = [entry.text() for entry in self._entries if entry.level == "warning"]
        kept = "".join([*self._kept, *warnings]).encode()
        self.any_failed |= failed
        outcome = Outcome.FAIL if failed else Outcome.PASS
        self._said.append(Found(position, name, outcome, duration_ns, tuple(failures) if failed else (), kept))
        self._enters(None, "")

    def _skips(self, skipped: Match[str]) -> None:
        """Take a case for skipped, or all those of a suite. What was not chosen is called disabled."""
        reason, path = skipped["reason"], skipped["path"]
        if reason == _NOT_CHOSEN:
            return
        failure = Failure(skipped["file"] or "", int(skipped["line"] or 0), reason)
        for name, position in self._positions.items():
            if name == path or (skipped["kind"] == "suite" and name.startswith(f"{path}/")):
                self._said.append(Found(position, name, Outcome.SKIP, -1, (failure,)))


class _Entry:
    """A warning or an error, with the lines that follow it."""

    def __init__(self, entry: Match[str]) -> None:
        self.level = entry["level"]
        self._file = entry["file"] or ""
        self._line = int(entry["line"] or 0)
        self._lines = [entry["text"]]

    def goes_on(self, line: str) -> None:
        checkpoint = _CHECKPOINT.fullmatch(line)
        if checkpoint and self._line == 0:
            self._file, self._line = checkpoint["file"] or "", int(checkpoint["line"] or 0)
        elif line.startswith(_CONTEXT_INDENT):
            self._lines.append(f"context: {line.strip()}")
        elif line != _CONTEXT:
            self._lines.append(line)

    def failure(self) -> Failure:
        return Failure(self._file, self._line, "\n".join(self._lines).strip())

    def text(self) -> str:
        failure = self.failure()
        return f"{failure.file}:{failure.line}: {self.level}: {failure.message}\n"
