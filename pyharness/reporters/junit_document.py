"""The XML of a JUnit report, from rows. XMLGenerator writes the markup; here is what goes into it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
from xml.sax.saxutils import XMLGenerator

from pyharness.model import Outcome
from pyharness.reporters.text import clipped

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
    """What the report says of one case."""

    case: str
    file: str
    line: int
    duration_ns: int
    outcome: Outcome
    headline: str
    text: str = ""
    output_begin: int = 0
    output_size: int = 0


@dataclass(slots=True)
class Sheet:
    """The rows of one suite, by id."""

    suite: str
    group: str = ""
    rows: dict[str, Row] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    """More text for some rows, by id: cause and backtrace of a crash."""

    @property
    def class_name(self) -> str:
        """What CI servers group by."""
        return f"{self.group}.{self.suite}" if self.group else self.suite


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
        rows = [row for sheet in sheets for row in sheet.rows.values()]
        stamp = {"timestamp": started} if started else {}
        self._xml.startDocument()
        self._open("testsuites", {"name": "pyharness", **_counts(rows), "time": _seconds(duration_ns), **stamp})
        for sheet in sheets:
            self._sheet(sheet, stamp)
        self._close("testsuites")
        self._xml.endDocument()

    def _sheet(self, sheet: Sheet, stamp: Mapping[str, str]) -> None:
        rows = list(sheet.rows.values())
        total = _seconds(sum(row.duration_ns for row in rows))
        self._open("testsuite", {"name": sheet.suite, **_counts(rows), "time": total, **stamp})
        for case_id, row in sheet.rows.items():
            self._row(row, sheet.class_name, sheet.remarks.get(case_id, ""))
        self._close("testsuite")

    def _row(self, row: Row, class_name: str, remark: str) -> None:
        attributes = {"classname": class_name, "name": row.case, "time": _seconds(row.duration_ns)}
        if row.file:
            attributes |= {"file": row.file, "line": str(row.line)}
        self._open("testcase", attributes)
        if row.outcome is not Outcome.PASS:
            texts = dict.fromkeys(part for part in (row.text, remark) if part)
            attributes = {"message": row.headline, "type": row.outcome.value}
            self._leaf(_ELEMENTS[row.outcome], attributes, "\n".join(texts))
        if row.output_size:
            self._leaf("system-out", {}, self._output(row))
        self._close("testcase")

    def _output(self, row: Row) -> str:
        self._outputs.seek(row.output_begin)
        head, left_out, tail = clipped(self._outputs.read(row.output_size), MOST_STORED)
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


def _seconds(duration_ns: int) -> str:
    return f"{duration_ns / 1e9:.6f}"


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("", text)
