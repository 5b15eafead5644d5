"""Runs the tests of a CTest folder one by one, each by its own command, and judges them as CTest does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pyharness.adapters.protocol import Command, Ended, Exit, ListedCase, Progress, Running
from pyharness.discovery.cmake_regex import CMakeRegexError, translate
from pyharness.discovery.ctest import list_command, read_listing
from pyharness.discovery.fixtures import Relations, relations
from pyharness.discovery.programs import tags
from pyharness.events import Failure
from pyharness.model import Outcome

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

    from pyharness.adapters.binary import Binary
    from pyharness.adapters.protocol import Channels
    from pyharness.discovery.ctest import CTestEntry, Properties

# Tests may make the files that others require, so one looks at the last moment: in the launch itself. The answer comes
# as the report, which the test does not see.
_CHECK_FILES = """report=$1; count=$2; shift 2
while [ "$count" -gt 0 ]; do
  [ -r "$1" ] || { printf 'unable to find required file: %s' "$1" > "$report"; exit 1; }
  shift; count=$((count - 1))
done
exec "$@"
"""
_SAY_FAULT = """printf %s "$2" > "$1"; exit 1"""


class CTestAdapter:
    """The tests of one build folder; `program` is that folder in all calls."""

    name: ClassVar[str] = "ctest"
    most_cases: ClassVar[int] = 1
    wants_address: ClassVar[bool] = False

    def __init__(self, entries: Sequence[CTestEntry], environment: Mapping[str, str], configuration: str = "") -> None:
        """Take the tests to run (of those listed, some may run in their programs instead).

        Args:
            entries: As `read_listing` gives them; order among them is kept, order towards others is not known.
            environment: That of pyharness.
            configuration: CTest's `-C`, to list again.
        """
        self._entries = {entry.name: entry for entry in entries}
        self._environment = environment
        self._configuration = configuration

    def recognises(self, binary: Binary) -> bool:  # noqa: ARG002 -- a folder is no executable
        """Return `False`: no executable is a build folder."""
        return False

    def list_command(self, program: str, channels: Channels) -> Command:
        """Say how CTest lists the tests of the folder."""
        return list_command(program, channels.report, self._configuration)

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:  # noqa: ARG002
        """Return all tests that CTest has listed, none left to its program.

        Raises:
            ListError: this is no list.
        """
        return listed_cases(read_listing(report, self._environment).entries)

    def cases(self) -> list[ListedCase]:
        """Return the tests of this adapter, without listing anew."""
        return listed_cases(list(self._entries.values()))

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:  # noqa: ARG002
        """Say how the test is run; one that CTest could not run only says why, into the report."""
        entry = self._entries[cases[0].name]
        if entry.fault:
            return Command(arguments=("/bin/sh", "-c", _SAY_FAULT, "sh", channels.report, entry.fault))
        files = entry.properties.required_files
        check = ("/bin/sh", "-c", _CHECK_FILES, "sh", channels.report, str(len(files)), *files) if files else ()
        return Command(
            arguments=(*check, *entry.command),
            environment=entry.environment,
            folder=entry.properties.working_directory,
        )

    def reader(self, cases: Sequence[ListedCase]) -> CTestReader:
        """Return who follows such a launch."""
        return CTestReader(self._entries[cases[0].name].properties)


def listed_cases(entries: Sequence[CTestEntry]) -> list[ListedCase]:
    """Return tests as cases of the suite `ctest`; what one waits for or brings along is among `entries`."""
    related = relations(entries)
    return [_listed(entry, related.get(entry.name, Relations())) for entry in entries]


def _listed(entry: CTestEntry, related: Relations) -> ListedCase:
    properties = entry.properties
    return ListedCase(
        name=entry.name,
        file=entry.file,
        line=entry.line,
        tags=tags(properties.labels),
        labels=properties.labels,
        disabled=properties.disabled,
        timeout_ms=timeout_ms(properties.timeout),
        serial=properties.run_serial,
        threads_required=max(1, properties.processors),
        locks=properties.resource_lock,
        priority=properties.cost,
        after=related.after,
        needs=related.needs,
        companions=related.companions,
    )


def timeout_ms(seconds: float | None) -> int | None:
    """Return `TIMEOUT` in milliseconds; 0: no limit; `None`: it is not given, or negative, which CTest passes over."""
    if seconds is None or seconds < 0:
        return None
    return max(1, round(seconds * 1000)) if seconds else 0


class CTestReader:
    """Judges one test when it has ended. A signal is a crash whatever the properties say, as for CTest."""

    def __init__(self, properties: Properties) -> None:
        """Take the properties of the test."""
        self._properties = properties
        self._has_expressions = bool(
            properties.pass_regular_expression
            or properties.fail_regular_expression
            or properties.skip_regular_expression
        )
        self._output = bytearray()
        self._report = bytearray()
        self._size = 0

    def feed(self, output: bytes, report: bytes) -> Progress:
        """Keep what is needed for the judgement."""
        self._size += len(output)
        self._report += report
        if self._has_expressions:
            self._output += output
        return Progress(running=Running(0, 0))

    def end(self, status: Exit) -> Progress:
        """Judge the test."""
        if status.signal:
            return Progress(running=Running(0, 0))
        outcome, reason = self._judge(status.code)
        failures = (Failure("", 0, reason),) if reason else ()
        return Progress(ended=(Ended(0, outcome, -1, 0, self._size, failures),))

    def verdict_on_exit(self, status: Exit) -> str:  # noqa: ARG002 -- each exit belongs to its one test
        """Return nothing: the exit was judged with the test."""
        return ""

    def _judge(self, code: int) -> tuple[Outcome, str]:
        if self._report:
            return Outcome.ERROR, self._report.decode("utf-8", "replace")
        lines = _as_ctest_reads(bytes(self._output))
        skip = self._reason_to_skip(code, lines)
        if skip:
            return Outcome.SKIP, skip
        failure = self._reason_to_fail(code, lines)
        if self._properties.will_fail:
            return (Outcome.PASS, "") if failure else (Outcome.FAIL, "it passed, but WILL_FAIL is set")
        return (Outcome.FAIL, failure) if failure else (Outcome.PASS, "")

    def _reason_to_skip(self, code: int, lines: bytes) -> str:
        if code == self._properties.skip_return_code:
            return f"exit code {code} is its SKIP_RETURN_CODE"
        found = _first_found(self._properties.skip_regular_expression, lines)
        return "" if found is None else f"SKIP_REGULAR_EXPRESSION was found: {found}"

    def _reason_to_fail(self, code: int, lines: bytes) -> str:
        found = _first_found(self._properties.fail_regular_expression, lines)
        if found is not None:
            return f"FAIL_REGULAR_EXPRESSION was found: {found}"
        wanted = self._properties.pass_regular_expression
        if wanted:  # then the exit code says nothing
            missing = _first_found(wanted, lines) is None
            return f"PASS_REGULAR_EXPRESSION was not found: {' or '.join(wanted)}" if missing else ""
        return f"exit code {code}" if code else ""


def _first_found(expressions: Sequence[str], lines: bytes) -> str | None:
    for expression in expressions:
        compiled = _compiled(expression)
        if compiled is not None and compiled.search(lines):
            return expression
    return None


def _compiled(expression: str) -> re.Pattern[bytes] | None:
    """Compile; what is no regular expression is never found, and the listing has remarked on it."""
    try:
        return translate(expression)
    except CMakeRegexError:
        return None


def _as_ctest_reads(output: bytes) -> bytes:
    """Return the text in which CTest searches.

    Each line ends with a line feed, the last one too; a zero byte ends a line; carriage returns before the end of a
    line and lines that are meant for CTest itself (`<CTestDetails>`, `<CTestLabel>`) are left out.
    """
    lines = output.replace(b"\0", b"\n").split(b"\n")
    unfinished = lines.pop()
    kept = [line.rstrip(b"\r") for line in lines] + ([unfinished] if unfinished else [])
    return b"".join(line + b"\n" for line in kept if not _is_for_ctest(line))


def _is_for_ctest(line: bytes) -> bool:
    return any(line.find(b"</" + tag) >= line.find(b"<" + tag) + 1 > 0 for tag in (b"CTestDetails>", b"CTestLabel>"))
