"""Catch2, versions 2 and 3: two dialects of one command line, and one report.

Verdicts are read from the XML report only, which a case cannot write to by printing. Catch2's filters know no
difference between upper and lower case, take `*` at either end of a name for a wildcard, and need time in proportion
to (cases asked for) x (cases of the program). What runs without having been asked for is passed over.

While it writes such a report, Catch2 keeps what a case writes to `std::cout` and `std::cerr` back until that case
ends. If it crashes or hangs instead, that text is lost.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyharness.adapters.catch2_list import read_text_list, read_xml_list
from pyharness.adapters.catch2_report import Catch2Report
from pyharness.adapters.findings import failed_list
from pyharness.adapters.naming import as_tag, distinct, in_one_line, with_place
from pyharness.adapters.protocol import Command, ListedCase, ListError
from pyharness.adapters.readers import LookReader, MarkedReader, Marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.adapters.binary import Binary
    from pyharness.adapters.catch2_list import Entry
    from pyharness.adapters.protocol import Channels, Exit

_ALL = "*"
"""Hidden cases included, which no filter at all leaves out."""
_HIDDEN = frozenset({".", "!hide"})


class Catch2V3:
    """Catch2 3.0.1 or newer.

    A second reporter, `teamcity`, marks in the output where cases begin and end; among those that could, it flushes
    and adds nothing to the output of a case that passes (of one that fails, a line for each failure). A third one,
    that is heard by nobody, makes Catch2 hand on what it has kept back.
    """

    name = "catch2"
    most_cases = 0
    wants_address = False

    def recognises(self, binary: Binary) -> bool:
        """Look for a text of the library, or for the symbol that each case needs of a shared one."""
        return binary.contains(b"Treat 'No tests run' as a success") or binary.contains(
            b"_ZN5Catch7AutoRegC1ENS_6Detail10unique_ptrINS_12ITestInvokerE"
        )

    def list_command(self, program: str, channels: Channels) -> Command:
        """List all cases as XML, in the report."""
        reporter = f"xml::out={channels.report}"
        return Command(arguments=(program, "--list-tests", "--reporter", reporter, _ALL))

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:
        """Read that list.

        Raises:
            ListError: the program failed, or this is no list.
        """
        if status.signal or status.code:
            raise ListError(failed_list(output, status))
        return listed(read_xml_list(report))

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:
        """Run exactly these cases, but for others that filters cannot tell from them."""
        reporters = ("teamcity::out=%stdout", "automake::out=/dev/null", f"xml::out={channels.report}")
        options = [word for reporter in reporters for word in ("--reporter", reporter)]
        return Command(
            arguments=(program, *options, *_SAME, "--allow-running-no-tests", "--input-file", channels.input),
            input=filters(cases),
        )

    def reader(self, cases: Sequence[ListedCase]) -> MarkedReader:
        """Follow such a launch."""
        return MarkedReader(Catch2Report([_own_name(case) for case in cases], cases, has_output=False), _TEAMCITY)


class Catch2V2:
    """Catch2 2.x, which has one reporter a launch: slices of output are told apart by time only.

    What a case writes to `std::cout` and `std::cerr` is in the report, and so exact.
    """

    name = "catch2_v2"
    most_cases = 0
    wants_address = False

    def recognises(self, binary: Binary) -> bool:
        """Look for a text of the header, or for the symbol that each case needs."""
        return binary.contains(b"list all/matching test cases names only") or binary.contains(
            b"_ZN5Catch7AutoRegC1EPNS_12ITestInvokerE"
        )

    def list_command(self, program: str, channels: Channels) -> Command:  # noqa: ARG002  it goes to the output
        """List all cases twice, since neither list has all that is wanted."""
        return Command(arguments=(program, "--list-tests", "--list-test-names-only", "--verbosity", "high", _ALL))

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:  # noqa: ARG002
        """Read those lists. The exit code is the number of cases.

        Raises:
            ListError: the program crashed, or these are no lists.
        """
        if status.signal:
            raise ListError(failed_list(output, status))
        return listed(read_text_list(output))

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:
        """Run exactly these cases, but for others that filters cannot tell from them."""
        report = ("--reporter", "xml", "--out", channels.report)
        return Command(arguments=(program, *report, *_SAME, "--input-file", channels.input), input=filters(cases))

    def reader(self, cases: Sequence[ListedCase]) -> LookReader:
        """Follow such a launch."""
        return LookReader(Catch2Report([_own_name(case) for case in cases], cases, has_output=True))


_SAME = ("--durations", "yes", "--order", "decl")
CATCH2_V3 = Catch2V3()
CATCH2_V2 = Catch2V2()


def listed(entries: Sequence[Entry]) -> list[ListedCase]:
    """Make cases of what a program has listed."""
    plain = [in_one_line(entry.name) for entry in entries]
    forms = [(name, with_place(name, entry.file, entry.line)) for name, entry in zip(plain, entries, strict=True)]
    return [_listed(entry, name) for entry, name in zip(entries, distinct(forms), strict=True)]


def _listed(entry: Entry, name: str) -> ListedCase:
    tags = re.findall(r"\[([^\]]+)\]", entry.tags)
    return ListedCase(
        name=name,
        key="" if name == entry.name else entry.name,
        file=entry.file,
        line=entry.line,
        tags=tuple(as_tag(tag) for tag in tags if tag not in _HIDDEN),
        disabled=not _HIDDEN.isdisjoint(tags),
    )


def _own_name(case: ListedCase) -> str:
    return case.key or case.name


_ODD = re.compile(r"[\t\r\n]|\\x[0-9A-F]{2}")
"""What a list shows otherwise than the name has it, or a line of a file cannot hold."""


def filters(cases: Sequence[ListedCase]) -> bytes:
    """Write a filter a line, each for one case."""
    return "".join(f'"{_filter(_own_name(case))}"\n' for case in cases).encode()


def _filter(name: str) -> str:
    stripped = name.strip()
    parts = _ODD.split(stripped)
    if len(parts) > 1:
        before, after = parts[0], parts[-1]
        return _escaped(before) + "*" if before else "*" + _escaped(after)
    if stripped.startswith("exclude:"):  # would turn the filter into its opposite
        return "*" + _escaped(stripped)
    return _escaped(stripped)


def _escaped(text: str) -> str:
    return re.sub(r'[\\,"\[\]]', r"\\\g<0>", text)


# ---- the marks of version 3 (`catch_reporter_teamcity.cpp`)

_NAME = rb"name='([^'|]*(?:\|.[^'|]*)*)'"
_ESCAPES = str.maketrans({"|": "||", "'": "|'", "[": "|[", "]": "|]"})


def _teamcity_name(name: str) -> bytes:
    return b"" if _ODD.search(name) or not name.isprintable() else name.translate(_ESCAPES).encode()


_TEAMCITY = Marks(
    begin=re.compile(rb"##teamcity\[testStarted " + _NAME + rb"\]\n", re.DOTALL),
    end=re.compile(rb"##teamcity\[test(?:StdOut|StdErr|Finished) " + _NAME, re.DOTALL),
    name=_teamcity_name,
)
