"""Build folders of CMake: what CTest would run in them, read from `ctest --show-only=json-v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pyharness.adapters.protocol import Command, ListError
from pyharness.discovery.cmake_regex import CMakeRegexError, translate
from pyharness.discovery.environment import EnvironmentModificationError, environment_changes
from pyharness.discovery.programs import unique_names
from pyharness.errors import UsageError

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping, Sequence

_TO_REPORT = 'report=$1; shift; exec "$@" > "$report"'
# A test takes this for its share of resources, which nobody hands out here. CTest removes it too.
_ALWAYS_CHANGED = {"CTEST_RESOURCE_GROUP_COUNT": None}
_NOT_SUPPORTED = {
    "resource_groups": "RESOURCE_GROUPS: it runs as under CTest without a resource specification file",
    "generated_resource_spec_file": "GENERATED_RESOURCE_SPEC_FILE: no resources are handed out",
    "timeout_after_match": "TIMEOUT_AFTER_MATCH: its limit is that of the whole test",
    "timeout_signal_name": "TIMEOUT_SIGNAL_NAME: the run decides how a test is stopped",
    "processor_affinity": "PROCESSOR_AFFINITY: it is not bound to processors",
}


class Properties(msgspec.Struct, frozen=True, kw_only=True, rename=str.upper):
    """What the build folder says of a test; each field is the property of that name in CMake's documentation."""

    cost: float = 0.0
    depends: tuple[str, ...] = ()
    disabled: bool = False
    environment: tuple[str, ...] = ()
    environment_modification: tuple[str, ...] = ()
    fail_regular_expression: tuple[str, ...] = ()
    fixtures_cleanup: tuple[str, ...] = ()
    fixtures_required: tuple[str, ...] = ()
    fixtures_setup: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    pass_regular_expression: tuple[str, ...] = ()
    processors: int = 1
    required_files: tuple[str, ...] = ()
    resource_lock: tuple[str, ...] = ()
    run_serial: bool = False
    skip_regular_expression: tuple[str, ...] = ()
    skip_return_code: int | None = None
    timeout: float | None = None
    """Seconds; 0: no limit; negative: not given."""
    will_fail: bool = False
    working_directory: str = ""
    def_source_line: str = ""
    """`file:line` of a case that was discovered in a program; CMake 4.2 and newer."""
    generated_resource_spec_file: Any = None
    processor_affinity: Any = None
    resource_groups: Any = None
    timeout_after_match: Any = None
    timeout_signal_name: Any = None


class CTestEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One test of a build folder."""

    name: str
    """Unique in the folder: the second test of the same name is `NAME [2]`."""
    title: str
    """As CTest calls it."""
    command: tuple[str, ...]
    """Empty: there is no such program."""
    environment: Mapping[str, str | None]
    """What is changed of the environment of pyharness; `None`: the variable is removed."""
    properties: Properties
    given: frozenset[str]
    """Names of the properties that are set, unknown ones too."""
    file: str = ""
    line: int = 0
    """Where the case is (if CMake knows), or else where the test is added."""
    fault: str = ""
    """Why CTest could not run it, as a sentence; empty: it can be tried."""


class CTestListing(msgspec.Struct, frozen=True):
    """All tests of a build folder, in the order of CTest."""

    entries: Sequence[CTestEntry]
    remarks: Sequence[str]
    """Sentences on what is not as it would be under CTest; each names the first test it holds for."""


class _Property(msgspec.Struct, frozen=True):
    name: str
    value: Any


class _Test(msgspec.Struct, frozen=True):
    name: str
    command: tuple[str, ...] = ()
    properties: tuple[_Property, ...] = ()
    backtrace: int | None = None


class _Node(msgspec.Struct, frozen=True):
    file: int
    line: int = 0


class _Backtraces(msgspec.Struct, frozen=True):
    files: tuple[str, ...] = ()
    nodes: tuple[_Node, ...] = ()


class _Document(msgspec.Struct, frozen=True, rename="camel"):
    kind: str
    tests: tuple[_Test, ...]
    backtrace_graph: _Backtraces = _Backtraces()


def list_command(folder: str, report: str, configuration: str = "", ctest: str = "ctest") -> Command:
    """Say how CTest lists the tests of a folder: as JSON to the file `report`, with messages to standard error.

    `configuration` is CTest's `-C`. Tests that CMake discovers late (`DISCOVERY_MODE PRE_TEST`) are discovered by it.
    """
    asked = [ctest, "--show-only=json-v1", *(["-C", configuration] if configuration else [])]
    return Command(arguments=("/bin/sh", "-c", _TO_REPORT, "sh", report, *asked), folder=folder)


def read_listing(report: bytes, environment: Mapping[str, str]) -> CTestListing:
    """Return the tests that CTest has listed.

    Args:
        report: What it has written to the file of `list_command`.
        environment: That of pyharness, on which tests base theirs.

    Raises:
        ListError: this is no such list.
    """
    try:
        document = msgspec.json.decode(report[_beginning(report) :], type=_Document)
        if document.kind != "ctestInfo":
            raise ListError(f"its list is of the kind '{document.kind}', not 'ctestInfo'")
        names = unique_names([test.name for test in document.tests])
        entries = [
            _entry(name, test, document.backtrace_graph, environment)
            for name, test in zip(names, document.tests, strict=True)
        ]
    except msgspec.MsgspecError as error:
        raise ListError(f"its list is not what CTest writes: {error}") from error
    return CTestListing(entries, list(_remarks(entries)))


def _beginning(report: bytes) -> int:
    """Complaints of CTest on regular expressions stand before its list."""
    return 0 if report.startswith(b"{") else report.find(b"\n{") + 1


def _entry(name: str, test: _Test, backtraces: _Backtraces, environment: Mapping[str, str]) -> CTestEntry:
    values = {entry.name: entry.value for entry in test.properties}
    properties = msgspec.convert(values, Properties)
    fault = "" if test.command else "unable to find its program; build it first"
    changes: dict[str, str | None] = {}
    try:
        changes = environment_changes(properties.environment, properties.environment_modification, environment)
    except EnvironmentModificationError as error:
        fault = fault or f"unable to make its environment: {error}"
    file, line = _place(properties, test, backtraces)
    return CTestEntry(
        name=name,
        title=test.name,
        command=test.command,
        environment={**_ALWAYS_CHANGED, **changes},
        properties=properties,
        given=frozenset(values),
        file=file,
        line=line,
        fault=fault,
    )


def _place(properties: Properties, test: _Test, backtraces: _Backtraces) -> tuple[str, int]:
    file, _, line = properties.def_source_line.rpartition(":")
    if file and line.isdecimal():
        return file, int(line)
    if test.backtrace is None or test.backtrace >= len(backtraces.nodes):
        return "", 0
    node = backtraces.nodes[test.backtrace]
    return (backtraces.files[node.file], node.line) if node.file < len(backtraces.files) else ("", 0)


def _remarks(entries: Sequence[CTestEntry]) -> Iterable[str]:
    for field, what in _NOT_SUPPORTED.items():
        having = [entry.name for entry in entries if field.upper() in entry.given]
        if having:
            yield f"{_some(having)} not supported: {what}"
    for entry in entries:
        for expression in _expressions(entry.properties):
            try:
                translate(expression)
            except CMakeRegexError as error:
                yield f"test '{entry.name}': '{expression}' never matches, it is no regular expression: {error}"


def _some(names: Sequence[str]) -> str:
    others = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"test '{names[0]}'{others}:"


def _expressions(properties: Properties) -> tuple[str, ...]:
    return (
        *properties.pass_regular_expression,
        *properties.fail_regular_expression,
        *properties.skip_regular_expression,
    )


class LabelFilter:
    """CTest's `-L` and `-LE`: expressions that are searched for in labels.

    A test is taken if each of `include` is found in one of its labels, unless each of `exclude` (of one or more) is.
    """

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """Compile the expressions; empty ones say nothing.

        Raises:
            UsageError: one of them is no regular expression of CMake.
        """
        self._include = [_label_expression("-L", text) for text in include if text]
        self._exclude = [_label_expression("-LE", text) for text in exclude if text]

    def matches(self, labels: Sequence[str]) -> bool:
        """Return whether a test with these labels is taken."""
        encoded = [label.encode("utf-8", "surrogateescape") for label in labels]
        if not _all_found(self._include, encoded):
            return False
        return not self._exclude or not _all_found(self._exclude, encoded)


def _label_expression(option: str, text: str) -> re.Pattern[bytes]:
    try:
        return translate(text)
    except CMakeRegexError as error:
        raise UsageError(f"cannot read {option} '{text}': {error}; it is a regular expression of CMake") from error


def _all_found(expressions: Sequence[re.Pattern[bytes]], labels: Sequence[bytes]) -> bool:
    return all(any(expression.search(label) for label in labels) for expression in expressions)
