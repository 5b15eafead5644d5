"""The XML of a JUnit report, from rows. XMLGenerator writes the markup; here is what goes into it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
from xml.sax.saxutils import XMLGenerator

from pyharness.model import Outcome
from pyharness.text import clipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import TextIOWrapper

MOST_STORED = 1024 * 1024
"""Bytes of one case's output in the report; CI servers refuse files of some hundred megabytes."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""All that is no `Char` of XML 1.0, not even as a reference."""
_ELEMENTS = {
    Outcome.FAIL: "failure",
    Outcome.CRASH: "error",
    Outcome.TIMEOUT: "error",
    Outcome.ERROR: "error",
    Outcome.SKIP: "skipped",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What the report says of one attempt."""

    case: str
    file: str
    line: int
    duration_ns: int
    outcome: Outcome
    headline: str
    text: str = ""
    output_begin: int = 0
    output_size: int = 0
    attempt: int = 1
    leaks: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Sheet:
    """The rows of one suite, by id."""

    suite: str
    group: str = ""
    rows: dict[str, Row] = field(default_factory=dict)
    """The last attempts."""
    earlier: dict[str, list[Row]] = field(default_factory=dict)
    """The attempts before, of cases that have some."""
    remarks: dict[tuple[str, int], str] = field(default_factory=dict)
    """More text for some rows, by id and attempt: cause of a crash, stack of a crash or hang."""
    late_outputs: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    """What some have printed after their end was told: where it begins, and its size; by id and attempt."""

    @property
    def class_name(self) -> str:
        """What CI servers group by."""
        return f"{self.group}.{self.suite}" if self.group else self.suite

    def put(self, case_id: str, row: Row) -> None:
        """Add a row, or take it for one of the same attempt that is there."""
        last = self.rows.get(case_id)
        if last is not None and last.attempt != row.attempt:
            self.earlier.setdefault(case_id, []).append(last)
        self.rows[case_id] = row

    def remark(self, case_id: str, attempt: int, text: str) -> None:
        """Add text to what is remarked of an attempt."""
        before = self.remarks.get((case_id, attempt))
        self.remarks[case_id, attempt] = f"{before}\n{text}" if before else text

    def decisive(self, case_id: str) -> tuple[Row, list[Row]]:
        """Return the row that stands for the case, and the others: a pass, or else the first failure, decides."""
        last, earlier = self.rows[case_id], self.earlier.get(case_id, [])
        if last.outcome is Outcome.PASS or not earlier:
            return last, earlier
        return earlier[0], [*earlier[1:], last]


def write_document(
    file: TextIOWrapper, sheets: Sequence[Sheet], outputs: IO[bytes], started: str, duration_ns: int
) -> None:
    """Write the whole report. `outputs` holds what the rows' ranges speak of."""
    writer = _Writer(XMLGenerator(file, encoding="utf-8", short_empty_elements=True), outputs)
    writer.document(sheets, started, duration_ns)


class _Writer:
    def __init__(self, xml: XMLGenerator, outputs: IO[bytes]) -> None:
        self._xml = xml
        self._outputs = outputs

    def document(self, sheets: Sequence[Sheet], started: str, duration_ns: int) -> None:
        rows = [sheet.decisive(case_id)[0] for sheet in sheets for case_id in sheet.rows]
        stamp = {"timestamp": started} if started else {}
        self._xml.startDocument()
        self._open("testsuites", {"name": "pyharness", **_counts(rows), "time": _seconds(duration_ns), **stamp})
        for sheet in sheets:
            self._sheet(sheet, stamp)
        self._close("testsuites")
        self._xml.endDocument()

    def _sheet(self, sheet: Sheet, stamp: Mapping[str, str]) -> None:
        rows = [sheet.decisive(case_id)[0] for case_id in sheet.rows]
        earlier = (row for attempts in sheet.earlier.values() for row in attempts)
        total = _seconds(sum(row.duration_ns for row in (*sheet.rows.values(), *earlier)))
        self._open("testsuite", {"name": sheet.suite, **_counts(rows), "time": total, **stamp})
        for case_id in sheet.rows:
            self._case(sheet, case_id)
        self._close("testsuite")

    def _case(self, sheet: Sheet, case_id: str) -> None:
        row, others = sheet.decisive(case_id)
        attributes = {"classname": sheet.class_name, "name": row.case, "time": _seconds(row.duration_ns)}
        if row.file:
            attributes |= {"file": row.file, "line": str(row.line)}
        self._open("testcase", attributes)
        self._properties(row)
        if row.outcome is not Outcome.PASS:
            self._leaf(_ELEMENTS[row.outcome], _why(row), _text(row, sheet.remarks.get((case_id, row.attempt), "")))
        kind = "flaky" if row.outcome is Outcome.PASS else "rerun"
        for other in others:
            self._other(sheet, case_id, kind, other)
        self._said(sheet, case_id, row)
        leaks = [f"leak in attempt {leaky.attempt}: {leak}" for leaky in (row, *others) for leak in leaky.leaks]
        if leaks:
            self._leaf("system-err", {}, "\n".join(leaks))
        self._close("testcase")

    def _properties(self, row: Row) -> None:
        if row.properties:
            self._open("properties", {})
            for name, value in row.properties.items():
                self._leaf("property", {"name": name, "value": value}, "")
            self._close("properties")

    def _other(self, sheet: Sheet, case_id: str, kind: str, row: Row) -> None:
        """Write an attempt that does not decide, in the elements that Maven Surefire has for that."""
        name = f"{kind}{'Failure' if row.outcome is Outcome.FAIL else 'Error'}"
        self._open(name, _why(row))
        self._leaf("stackTrace", {}, _text(row, sheet.remarks.get((case_id, row.attempt), "")))
        self._said(sheet, case_id, row)
        self._close(name)

    def _said(self, sheet: Sheet, case_id: str, row: Row) -> None:
        late = sheet.late_outputs.get((case_id, row.attempt), (0, 0))
        text = self._output(row.output_begin, row.output_size) + self._output(*late)
        if text:
            self._leaf("system-out", {}, text)

    def _output(self, begin: int, size: int) -> str:
        self._outputs.seek(begin)
        head, left_out, tail = clipped(self._outputs.read(size), MOST_STORED)
        shown = head.decode(errors="replace")
        return f"{shown}\n... {left_out} bytes left out ...\n{tail.decode(errors='replace')}" if left_out else shown

    def _open(self, name: str, attributes: Mapping[str, str]) -> None:
        self._xml.startElement(name, {key: _allowed(value) for key, value in attributes.items()})  # type: ignore[arg-type]
        self._xml.ignorableWhitespace("\n")

    def _leaf(self, name: str, attributes: Mapping[str, str], content: str) -> None:
        self._xml.startElement(name, {key: _allowed(value) for key, value in attributes.items()})  # type: ignore[arg-type]
        self._xml.characters(_allowed(content))
        self._close(name)

    def _close(self, name: str) -> None:
        self._xml.endElement(name)
        self._xml.ignorableWhitespace("\n")


def _counts(rows: Sequence[Row]) -> dict[str, str]:
    kinds = [_ELEMENTS.get(row.outcome, "") for row in rows]
    return {
        "tests": str(len(rows)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
    }


def _why(row: Row) -> dict[str, str]:
    return {"message": row.headline, "type": row.outcome.value}


def _text(row: Row, remark: str) -> str:
    return "\n".join(dict.fromkeys(part for part in (row.text, remark) if part))


def _seconds(duration_ns: int) -> str:
    return f"{duration_ns / 1e9:.6f}"


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("", text)
