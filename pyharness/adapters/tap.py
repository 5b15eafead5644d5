"""Producers of the Test Anything Protocol, versions 12 to 14 (testanything.org): one case each.

What goes wrong in it becomes the case's failures. Lines that are no TAP are only output, and so are subtests, which
are indented: the line that follows them sums them up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyharness.adapters.one_case import OneCase
from pyharness.events import Failure
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyharness.adapters.protocol import Exit

_PLAN = re.compile(r"1\.\.(\d+)(?:\s*#\s*(.*))?$")
_POINT = re.compile(r"(not )?ok\b(?:[ \t]+(\d+)\b)?[ \t]*(?:- ?)?((?:[^#\\]|\\.|\\$)*)(?:#[ \t]*(.*))?$")
_DIRECTIVE = re.compile(r"(skip|todo)\S*[ \t]*(.*)", re.IGNORECASE)
_BAIL_OUT = re.compile(r"bail out![ \t]*(.*)", re.IGNORECASE)
_DIAGNOSTIC = re.compile(r"#|[ \t]+(?!ok\b|not ok\b|1\.\.\d|#)")
_PLACES = (
    re.compile(r"\bat ['\"]?(?P<file>[^\s'\"]+)['\"]? line (?P<line>\d+)"),
    re.compile(r"^\s*file: *['\"]?(?P<file>.+?)['\"]?$(?s:.*?)^\s*line: *(?P<line>\d+)", re.MULTILINE),
    re.compile(r"^\s*(?:at|location): *['\"]?(?P<file>[^\s'\"{][^'\"\n]*?):(?P<line>\d+)", re.MULTILINE),
)


class Tap(OneCase):
    """The adapter."""

    name = "tap"
    reads_output = True

    def judge(self, output: bytes, status: Exit) -> tuple[Outcome, tuple[Failure, ...]]:
        """Read the whole output."""
        document = _Document(output.decode(errors="backslashreplace"))
        if document.bail_out is not None:
            return Outcome.ERROR, (*document.failures, _said(f"bailed out: {document.bail_out}".rstrip(": ")))
        failures = (*document.failures, *document.mistakes())
        if status.code and not failures:
            failures = (_said(f"ended with exit code {status.code} though none of its tests had failed"),)
        if failures:
            return Outcome.FAIL, failures
        if document.is_skipped:
            return Outcome.SKIP, tuple(map(_said, document.skips))
        return Outcome.PASS, ()


class _Document:
    """What was said in one output."""

    def __init__(self, text: str) -> None:
        self.planned: int | None = None
        self.numbers: list[int] = []
        self.skips: list[str] = []
        self.failures: list[Failure] = []
        self.bail_out: str | None = None
        self._failed = ""
        self._diagnostics: list[str] = []
        for line in text.splitlines():
            if bail_out := _BAIL_OUT.match(line):
                self.bail_out = bail_out[1]
                break
            self._read(line)
        self._close()

    @property
    def is_skipped(self) -> bool:
        """Whether all of it was."""
        return len(self.numbers) <= len(self.skips)

    def mistakes(self) -> Iterator[Failure]:
        """Compare the tests with the plan."""
        if self.planned is None:
            yield _said("printed no plan (1..N)")
        elif len(self.numbers) != self.planned:
            yield _said(f"planned {self.planned} tests and ran {len(self.numbers)}")
        elif sorted(self.numbers) != list(range(1, self.planned + 1)):
            wrong = next(number for place, number in enumerate(sorted(self.numbers), 1) if number != place)
            yield _said(f"test number {wrong} is there twice, or outside of the plan 1..{self.planned}")

    def _read(self, line: str) -> None:
        if self._failed and _DIAGNOSTIC.match(line):
            self._diagnostics.append(line)
        elif point := _POINT.match(line):
            self._close()
            self._point(point)
        elif plan := _PLAN.match(line):
            self.planned = int(plan[1])
            if not self.planned:
                self.skips.append(_reason(plan[2] or ""))

    def _point(self, point: re.Match[str]) -> None:
        self.numbers.append(int(point[2]) if point[2] else len(self.numbers) + 1)
        directive = _DIRECTIVE.match(point[4] or "")
        kind = directive[1].lower() if directive else ""
        description = re.sub(r"\\(.)", r"\1", point[3]).strip()
        if kind == "skip":
            self.skips.append(_reason(point[4]))
        elif point[1] and kind != "todo":
            self._failed = f"not ok {self.numbers[-1]} {description}".rstrip()

    def _close(self) -> None:
        """Make a failure of the last test and what was said after it."""
        if self._failed:
            text = "\n".join(self._diagnostics)
            place = next((found for pattern in _PLACES if (found := pattern.search(text))), None)
            file, line = (place["file"], int(place["line"])) if place else ("", 0)
            self.failures.append(Failure(file, line, f"{self._failed}\n{text}".rstrip()))
        self._failed, self._diagnostics = "", []


def _reason(directive: str) -> str:
    match = _DIRECTIVE.match(directive)
    return (match[2] if match else directive) or "skipped"


def _said(message: str) -> Failure:
    return Failure("", 0, message)


ADAPTER = Tap()
