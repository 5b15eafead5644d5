"""Boost.Test, 1.74 or newer, as a shared library, a static one or in headers only.

Verdicts are read from the log in the report, which a case cannot write to by printing. Only one log of that format
can be written, so the output holds no marks: slices are told apart by time only. Limits in time that a case declares
are Boost's to keep, as far as it does so in a program that is allowed to crash.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pyharness.adapters.boost_log import BoostLog
from pyharness.adapters.findings import failed_list
from pyharness.adapters.naming import as_tag, distinct, in_one_line
from pyharness.adapters.protocol import Command, ListedCase, ListError
from pyharness.adapters.readers import LookReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyharness.adapters.binary import Binary
    from pyharness.adapters.protocol import Channels, Exit

_ENVIRONMENT: Mapping[str, str | None] = dict.fromkeys(
    f"BOOST_TEST_{name}"
    for name in (
        "RUN_FILTERS",
        "LOGGER",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "LOG_SINK",
        "RANDOM",
        "RESULT_CODE",
        "WAIT_FOR_DEBUGGER",
    )
)
"""What would steer the program otherwise."""
_LONGEST_ARGUMENT = 100_000


class BoostTest:
    """The adapter."""

    name = "boost_test"
    most_cases = 5000
    """Their names have to fit on a command line of 2 MiB."""
    wants_address = False

    def recognises(self, binary: Binary) -> bool:
        """Look for names of its options, or for the symbol that each program needs of the shared library."""
        return binary.contains(b"BOOST_TEST_CATCH_SYSTEM_ERRORS", b"BOOST_TEST_RUN_FILTERS") or binary.contains(
            b"_ZN5boost9unit_test14unit_test_mainE"
        )

    def list_command(self, program: str, channels: Channels) -> Command:  # noqa: ARG002  it goes to standard error
        """List the tree of suites as a graph."""
        return Command(arguments=(program, "--list_content=DOT"), environment=_ENVIRONMENT)

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:  # noqa: ARG002
        """Read that graph.

        Raises:
            ListError: the program failed, or this is no graph.
        """
        if status.signal or status.code:
            raise ListError(failed_list(output, status))
        leaves = list(_leaves(output.decode(errors="backslashreplace")))
        names = distinct([(in_one_line(leaf.path),) for leaf in leaves])
        return [_listed(leaf, name) for leaf, name in zip(leaves, names, strict=True)]

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:
        """Run exactly these cases, and those that they depend on."""
        return Command(
            arguments=(
                program,
                f"--logger=HRF,test_suite,{channels.report}",
                "--catch_system_errors=no",  # a crash is a crash
                "--color_output=no",
                "--detect_memory_leaks=0",
                "--report_level=no",
                "--random=0",
                *_filters([_path(case) for case in cases]),
            ),
            environment=_ENVIRONMENT,
        )

    def reader(self, cases: Sequence[ListedCase]) -> LookReader:
        """Follow such a launch."""
        paths = {_path(case): position for position, case in enumerate(cases)}
        return LookReader(BoostLog(paths, {_path(case): _expected_failures(case) for case in cases}))


BOOST_TEST = BoostTest()


# ---- lists


class _Unit(NamedTuple):
    """A suite or a case of the tree."""

    path: str
    file: str
    line: int
    labels: tuple[str, ...]
    enabled: bool
    expected_failures: int


_NODE = re.compile(r'tu(\d+)\[shape=\w+,(?:\w+=\w+,)*?color=(\w+),label="(.*?)"\];$|^([{}])$', re.MULTILINE | re.DOTALL)
_LABEL = re.compile(r"(.*)\|([^|]*)\((\d+)\)((?:\|[^|]*)*)", re.DOTALL)
_FIRST_CASE = 1 << 16
"""Boost numbers cases from here on; what is below is a suite."""


def _leaves(text: str) -> Iterator[_Unit]:
    """Walk through the graph: what stands in braces belongs to the suite before them; the first one is nameless."""
    begin, end = text.find("digraph G {"), text.rfind("}")
    if begin < 0 or end < begin:
        raise ListError("there is no list of cases in its output")
    suites: list[_Unit] = []
    last = _Unit("", "", 0, (), enabled=True, expected_failures=0)
    for node in _NODE.finditer(text, begin, end):
        number, color, label, brace = node.groups()
        if brace == "{":
            suites.append(last)
        elif brace == "}":
            suites.pop()
        elif suites:
            last = _unit(suites[-1], label, enabled=color == "green")
            if int(number) >= _FIRST_CASE:
                yield last


def _unit(suite: _Unit, label: str, *, enabled: bool) -> _Unit:
    parts = _LABEL.fullmatch(label)
    name, file, line, more = parts.groups() if parts else (label, "", 0, "")
    path = f"{suite.path}/{name}" if suite.path else name
    labels, expected_failures = suite.labels, 0
    for part in more.split("|"):
        if part.startswith("labels: @"):
            labels = (*labels, *part.removeprefix("labels: @").split(" @"))
        elif part.startswith("expected failures="):
            expected_failures = int(part.removeprefix("expected failures="))
    return _Unit(path, file, int(line), labels, enabled, expected_failures)


_SEPARATOR = "\x1f"


def _listed(unit: _Unit, name: str) -> ListedCase:
    return ListedCase(
        name=name,
        key=f"{unit.path}{_SEPARATOR}{unit.expected_failures}",
        file=unit.file,
        line=unit.line,
        tags=tuple(as_tag(label) for label in unit.labels),
        disabled=not unit.enabled,
    )


def _path(case: ListedCase) -> str:
    return case.key.split(_SEPARATOR)[0]


def _expected_failures(case: ListedCase) -> int:
    return int(case.key.split(_SEPARATOR)[1])


# ---- selections


def _filters(paths: Sequence[str]) -> Iterator[str]:
    """Name cases of one suite together: Boost walks through the whole tree for each filter.

    Boost has no characters in names that mean something to its filters.
    """
    by_suite: dict[str, list[str]] = {}
    for path in paths:
        suite, _, name = path.rpartition("/")
        by_suite.setdefault(f"{suite}/" if suite else "", []).append(name)
    for suite, names in by_suite.items():
        for some in _chunks(names, _LONGEST_ARGUMENT - len(suite)):
            yield f"--run_test={suite}{','.join(some)}"


def _chunks(names: list[str], most: int) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for name in names:
        if chunk and size + len(name) >= most:
            yield chunk
            chunk, size = [], 0
        chunk.append(name)
        size += len(name.encode()) + 1
    yield chunk
