"""doctest 2.4 or newer.

Names repeat in doctest, so a case is chosen by its place in the list wherever that is possible: cases that follow
one another are a range, and so is one alone. Others are chosen by name: cases of the same name run too, without having
been asked for, and a case without a name does not run.

doctest writes nothing of its own to standard output then, so slices of output are told apart by time only; what C
buffers for a file comes late.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pyharness.adapters.doctest_report import DoctestReport
from pyharness.adapters.findings import failed_list
from pyharness.adapters.naming import as_tag, distinct, in_one_line, with_place
from pyharness.adapters.protocol import Command, ListedCase, ListError
from pyharness.adapters.readers import LookReader
from pyharness.adapters.xml_stream import XmlStream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.adapters.binary import Binary
    from pyharness.adapters.protocol import Channels, Exit

_SAME = ("--dt-reporters=xml", "--dt-order-by=file", "--dt-no-skip=true", "--dt-exit=true", "--dt-case-sensitive=true")
"""Disabled cases count in the list, and so they do in each launch. A program that does more than testing ends there."""


class Doctest:
    """The adapter."""

    name = "doctest"
    most_cases = 500
    """Their names have to fit in one argument of 128 KiB."""
    wants_address = False

    def recognises(self, binary: Binary) -> bool:
        """Look for a text of the header, or for the symbol that each case needs of a shared implementation."""
        return binary.contains(b"lists all matching tests by name", b"OverallResultsAsserts") or binary.contains(
            b"_ZN7doctest6detail7regTestERKNS0_8TestCaseE"
        )

    def list_command(self, program: str, channels: Channels) -> Command:
        """List all cases as XML, in the report."""
        return Command(arguments=(program, "--dt-list-test-cases", *_SAME, f"--dt-out={channels.report}"))

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:
        """Read that list.

        Raises:
            ListError: the program failed, or this is no list.
        """
        if status.signal or status.code:
            raise ListError(failed_list(output, status))
        entries = _entries(report)
        names = distinct([_forms(entry) for entry in entries])
        return [_listed(number, *pair) for number, pair in enumerate(zip(entries, names, strict=True), 1)]

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:
        """Run these cases, and others only where they have a name in common and stand apart."""
        options = ("--dt-duration=true", "--dt-no-skipped-summary=true", f"--dt-out={channels.report}")
        return Command(arguments=(program, *_SAME, *options, *_selection([_key(case) for case in cases])))

    def reader(self, cases: Sequence[ListedCase]) -> LookReader:
        """Follow such a launch."""
        keys = [_key(case) for case in cases]
        return LookReader(
            DoctestReport(
                {
                    (key.suite, key.name, case.file, case.line): position
                    for position, (key, case) in enumerate(zip(keys, cases, strict=True))
                }
            )
        )


DOCTEST = Doctest()


# ---- lists


class _Entry(NamedTuple):
    suite: str
    name: str
    file: str
    line: int
    skipped: bool


class _Key(NamedTuple):
    """What `ListedCase.key` holds."""

    number: int
    """In the list, from 1; 0: it is not listed."""
    suite: str
    name: str


_SEPARATOR = "\x1f"


def _entries(report: bytes) -> list[_Entry]:
    found: list[Mapping[str, str]] = []
    ended: list[str] = []
    stream = XmlStream(
        lambda name, attributes: found.append(attributes) if name == "TestCase" else None,
        lambda name, _: ended.append(name),
    )
    stream.feed(report)
    if not ended or ended[-1] != "doctest":
        raise ListError(f"its list is no XML: {stream.broken}" if stream.broken else "its list is cut short")
    return [
        _Entry(
            case.get("testsuite", ""),
            case.get("name", ""),
            case.get("filename", ""),
            int(case.get("line", 0)),
            case.get("skipped") == "true",
        )
        for case in found
    ]


def _forms(entry: _Entry) -> tuple[str, str, str]:
    plain = in_one_line(entry.name)
    full = f"{in_one_line(entry.suite)} / {plain}" if entry.suite else plain
    return plain, full, with_place(full, entry.file, entry.line)


def _listed(number: int, entry: _Entry, name: str) -> ListedCase:
    return ListedCase(
        name=name,
        key=_SEPARATOR.join((str(number), entry.suite, entry.name)),
        file=entry.file,
        line=entry.line,
        tags=(as_tag(entry.suite),) if entry.suite.strip() else (),
        disabled=entry.skipped,
    )


def _key(case: ListedCase) -> _Key:
    if not case.key:  # told by a build folder alone
        return _Key(0, "", case.name)
    number, suite, name = case.key.split(_SEPARATOR)
    return _Key(int(number), suite, name)


# ---- selections


def _selection(keys: Sequence[_Key]) -> list[str]:
    numbers = sorted(key.number for key in keys)
    if numbers[0] > 0 and numbers[-1] - numbers[0] + 1 == len(numbers):
        return [f"--dt-first={numbers[0]}", f"--dt-last={numbers[-1]}"]
    return [f"--dt-test-case={','.join(sorted({_filter(key.name) for key in keys}))}"]


def _filter(name: str) -> str:
    """Write a name as a pattern. What a list may show otherwise than the name has it is left open: blanks, controls."""
    return re.sub(r"[\\,]", r"\\\g<0>", re.sub(r"\\x[0-9A-F]{2}", "*", name)).replace(" ", "?")
