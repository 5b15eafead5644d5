"""Catch2's XML report, read while it is being written (format: `catch_reporter_xml.cpp`, versions 2 and 3 alike)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyharness.adapters.findings import UNASKED, Begun, Found, nanoseconds
from pyharness.adapters.xml_report import XmlReport, failure_at
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.adapters.protocol import ListedCase
    from pyharness.events import Failure

_BLANK = re.compile("[\t\r\n]")
_SHOULD_FAIL = "[!shouldfail]"


class Catch2Report(XmlReport):
    """One launch's report."""

    def __init__(self, names: Sequence[str], cases: Sequence[ListedCase], *, has_output: bool) -> None:
        """Know `cases` by `names`: those that the program gives them.

        With `has_output`, what cases wrote to C++ streams is taken from the report.
        """
        super().__init__()
        self._has_output = has_output
        self._positions = {
            (_as_attribute(name), case.file, case.line): position
            for position, (name, case) in enumerate(zip(names, cases, strict=True))
        }
        self._reset({})

    def _reset(self, case: Mapping[str, str]) -> None:
        self._case = case
        self._name = case.get("name", "")
        self._position = self._positions.get((self._name, case.get("filename", ""), int(case.get("line", 0))), UNASKED)
        self._result: Mapping[str, str] | None = None
        self._failures: list[Failure] = []
        self._skips: list[Failure] = []
        self._sections: list[str] = []
        self._notes: list[str] = []
        self._parts: dict[str, str] = {}
        self._kept: list[str] = []
        self._crashed = False

    def _begins(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "TestCase":
            self._reset(attributes)
            self._said.append(Begun(self._position, self._name))
        elif name == "Section":
            self._sections.append(attributes.get("name", ""))
        elif name == "OverallResult":
            self._result = attributes
        elif name == "FatalErrorCondition":
            self._crashed = True

    def _ends(self, name: str, attributes: Mapping[str, str], text: str) -> None:
        if self._is_within("Expression"):
            self._parts[name] = text
        elif name == "TestCase":
            self._case_ends()
        elif name == "Section":
            self._sections.pop()
        elif name == "Info":
            self._notes.append(f"info: {text}")
        elif name == "Expression":
            self._expression_ends(attributes)
        elif name in {"Failure", "Exception", "Skip"}:
            self._message_ends(name, attributes, text)
        elif name == "Warning" or (name in {"StdOut", "StdErr"} and self._has_output):
            self._kept.append(f"{'warning: ' * (name == 'Warning')}{text}\n")

    def _expression_ends(self, attributes: Mapping[str, str]) -> None:
        parts, self._parts = self._parts, {}
        if attributes.get("success") == "false":
            self._fails(attributes, *_assertion(attributes.get("type", ""), parts))
        self._notes.clear()

    def _message_ends(self, name: str, attributes: Mapping[str, str], text: str) -> None:
        if name == "Skip":
            self._skips.append(failure_at(attributes, text))
        else:
            self._fails(attributes, f"unexpected exception: {text}" if name == "Exception" else text)
        self._notes.clear()

    def _fails(self, attributes: Mapping[str, str], *lines: str) -> None:
        section = [f"section: {' / '.join(self._sections)}"] if self._sections else []
        self._failures.append(failure_at(attributes, *lines, *section, *self._notes))

    def _case_ends(self) -> None:
        result = self._result
        if result is None or self._crashed:
            return
        duration_ns = nanoseconds(result.get("durationInSeconds"))
        outcome, failures = self._verdict(result)
        kept = "".join(self._kept).encode()
        self._said.append(Found(self._position, self._name, outcome, duration_ns, tuple(failures), kept))

    def _verdict(self, result: Mapping[str, str]) -> tuple[Outcome, list[Failure]]:
        """Follow Catch2: a case that skips anything and fails nothing, be it with leave, is skipped."""
        if result.get("success") != "true":
            self.any_failed = True
            return Outcome.FAIL, self._failures or [failure_at(self._case, self._why_without_assertion())]
        if result.get("skips", "0") != "0" and not self._failures:
            return Outcome.SKIP, self._skips
        return Outcome.PASS, []

    def _why_without_assertion(self) -> str:
        should_fail = _SHOULD_FAIL in self._case.get("tags", "").lower()
        return f"should fail ({_SHOULD_FAIL}), but passed" if should_fail else "failed without a failed assertion"


def _as_attribute(name: str) -> str:
    """Write a name as a report does: without blanks around it, and with blanks for what separates words."""
    return _BLANK.sub(" ", name).strip()


def _assertion(macro: str, parts: Mapping[str, str]) -> list[str]:
    original, expanded = parts.get("Original", ""), parts.get("Expanded", "")
    shown = original[2:-1] if macro.endswith("_FALSE") and original.startswith("!(") else original
    lines = [f"{macro}({shown})"]
    if "Exception" in parts:
        lines.append(f"unexpected exception: {parts['Exception']}")
    elif expanded != original:
        lines.append(f"expands to: {expanded}")
    return lines
