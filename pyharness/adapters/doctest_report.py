"""doctest's XML report, read while it is being written (format: `struct XmlReporter` of `doctest.h`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyharness.adapters.findings import UNASKED, Begun, Found, nanoseconds
from pyharness.adapters.xml_report import XmlReport, failure_at
from pyharness.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyharness.events import Failure

Identity = tuple[str, str, str, int]
"""Suite, name, file and line: names repeat, and templates share the others."""


class DoctestReport(XmlReport):
    """One launch's report."""

    def __init__(self, positions: Mapping[Identity, int]) -> None:
        """Know cases by what identifies them."""
        super().__init__()
        self._positions = positions
        self._suite = ""
        self._reset({})

    def _reset(self, case: Mapping[str, str]) -> None:
        self._case = case
        self._name = case.get("name", "")
        identity = (self._suite, self._name, case.get("filename", ""), int(case.get("line", 0)))
        self._position = self._positions.get(identity, UNASKED)
        self._result: Mapping[str, str] | None = None
        self._failures: list[Failure] = []
        self._subcases: list[str] = []
        self._parts: dict[str, str] = {}
        self._notes: list[str] = []
        self._kept: list[str] = []
        self._crashed = False

    def _begins(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "TestSuite":
            self._suite = attributes.get("name", "")
        elif name == "TestCase":
            self._reset(attributes)
            if attributes.get("skipped") != "true":
                self._said.append(Begun(self._position, self._name))
        elif name == "SubCase":
            self._subcases.append(attributes.get("name", ""))
        elif name == "OverallResultsAsserts" and self._is_within("TestCase"):
            self._result = attributes
        elif name == "Exception":
            self._crashed |= attributes.get("crash") == "true"

    def _ends(self, name: str, attributes: Mapping[str, str], text: str) -> None:
        if name == "Info":
            self._notes.append(f"info: {text}")
        elif self._is_within("Expression") or self._is_within("Message"):
            self._parts[name] = text
        elif name == "TestCase":
            self._case_ends()
        elif name == "SubCase":
            self._subcases.pop()
        elif name in {"Expression", "Message"}:
            self._assertion_ends(attributes, attributes.get("type", ""))
        elif name == "Exception":
            self._fails(self._case, f"unexpected exception: {text}")

    def _assertion_ends(self, attributes: Mapping[str, str], kind: str) -> None:
        lines = [self._parts["Text"]] if "Text" in self._parts else _assertion(kind, self._parts)
        if kind.startswith("WARN"):
            failure = failure_at(attributes, *lines, *self._notes)
            self._kept.append(f"{failure.file}:{failure.line}: {failure.message}\n")
        elif attributes.get("success") != "true":
            self._fails(attributes, *lines)
        self._parts = {}
        self._notes.clear()

    def _fails(self, attributes: Mapping[str, str], *lines: str) -> None:
        subcase = [f"subcase: {' / '.join(self._subcases)}"] if self._subcases else []
        self._failures.append(failure_at(attributes, *lines, *subcase, *self._notes))

    def _case_ends(self) -> None:
        result = self._result
        if result is None or self._crashed:
            return
        outcome, failures = self._verdict(result)
        duration_ns, kept = nanoseconds(result.get("duration")), "".join(self._kept).encode()
        self._said.append(Found(self._position, self._name, outcome, duration_ns, tuple(failures), kept))

    def _verdict(self, result: Mapping[str, str]) -> tuple[Outcome, list[Failure]]:
        """Follow doctest, which counts what the decorators of the case say."""
        if result.get("test_case_success") == "true":
            return Outcome.PASS, []
        self.any_failed = True
        why = self._why_beside_assertions(result)
        return Outcome.FAIL, [*self._failures, *([failure_at(self._case, why)] if why else [])]

    def _why_beside_assertions(self, result: Mapping[str, str]) -> str:
        limit_s, expected = self._case.get("timeout"), result.get("expected_failures")
        if limit_s is not None and float(result.get("duration") or 0) > float(limit_s):
            return f"took {result['duration']} s, more than its limit of {limit_s} s"
        if expected is not None and expected != result.get("failures"):
            return f"should fail {expected} times, but failed {result.get('failures', '0')} times"
        if self._case.get("should_fail") == "true":
            return "should fail, but passed"
        return "" if self._failures else "failed without a failed assertion"


def _assertion(macro: str, parts: Mapping[str, str]) -> list[str]:
    original, expanded = parts.get("Original", ""), parts.get("Expanded")
    expected = [parts[name] for name in ("ExpectedException", "ExpectedExceptionString") if name in parts]
    lines = [f"{macro}({', '.join([original, *expected])})"]
    if "Exception" in parts:
        lines.append(f"threw: {parts['Exception']}")
    elif expected:
        lines.append("threw nothing")
    elif expanded is not None and expanded != original:
        lines.append(f"expands to: {expanded}")
    return lines
