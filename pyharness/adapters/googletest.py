"""GoogleTest 1.8.1 and later: how its programs are recognised, listed and told what to run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from pyharness.adapters.googletest_filter import Names
from pyharness.adapters.protocol import Channels, Command, Exit, ListedCase, ListError, Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.adapters.binary import Binary

SIGNS = (b"--gtest_list_tests", b"_ZN7testing8internal23MakeAndRegisterTestInfo", b"libgtest.so", b"libgtest_main.so")
"""Of a program that has the framework in itself, of one whose tests come from a shared GoogleTest, and of one
whose tests are all in libraries."""

LONGEST_ARGUMENT = 100_000
"""Bytes. Linux takes 131 071; a longer filter goes through a file, which programs built with Abseil cannot read."""

_VARIABLES = """
    GTEST_ALSO_RUN_DISABLED_TESTS GTEST_BREAK_ON_FAILURE GTEST_BRIEF GTEST_CATCH_EXCEPTIONS GTEST_COLOR
    GTEST_DEATH_TEST_STYLE GTEST_DEATH_TEST_USE_FORK GTEST_FAIL_FAST GTEST_FAIL_IF_NO_TEST_LINKED
    GTEST_FAIL_IF_NO_TEST_SELECTED GTEST_FILTER GTEST_FLAGFILE GTEST_INSTALL_FAILURE_SIGNAL_HANDLER
    GTEST_INTERNAL_RUN_DEATH_TEST GTEST_LIST_TESTS GTEST_OUTPUT GTEST_PRINT_TIME GTEST_PRINT_UTF8 GTEST_RANDOM_SEED
    GTEST_RECREATE_ENVIRONMENTS_WHEN_REPEATING GTEST_REPEAT GTEST_SHARD_INDEX GTEST_SHARD_STATUS_FILE GTEST_SHUFFLE
    GTEST_STACK_TRACE_DEPTH GTEST_STREAM_RESULT_TO GTEST_THROW_ON_FAILURE GTEST_TOTAL_SHARDS
    TESTBRIDGE_TEST_ONLY TESTBRIDGE_TEST_RUNNER_FAIL_FAST TEST_PREMATURE_EXIT_FILE TEST_SHARD_INDEX
    TEST_SHARD_STATUS_FILE TEST_TOTAL_SHARDS TEST_WARNINGS_OUTPUT_FILE XML_OUTPUT_FILE
"""
ENVIRONMENT: dict[str, str | None] = dict.fromkeys(_VARIABLES.split())
"""What would change which cases run, how often, and where results go, is removed."""

_UNSPEAKABLE = re.compile(r"[:*\-\r\n]")
_SUITE_LINE = re.compile(r"^(\S.*?)\.(?:  # TypeParam = .*)?$")
_CASE_LINE = re.compile(r"^  (\S.*?)(?:  # GetParam\(\) = .*)?$")


class GoogleTest:
    """The adapter."""

    name = "googletest"
    most_cases = 0
    wants_address = True

    def __init__(self, names: Names | None = None) -> None:
        """Serve any program, or the one that has the cases of these names and no others."""
        self._names = names

    def knowing(self, cases: Sequence[ListedCase]) -> GoogleTest:
        """Return the adapter for a program that has these cases."""
        return GoogleTest(Names([case.name for case in cases]))

    def recognises(self, binary: Binary) -> bool:
        """Look for what only programs with tests have."""
        return binary.is_program and any(binary.contains(sign) for sign in SIGNS)

    def list_command(self, program: str, channels: Channels) -> Command:
        """List as JSON, which has files and lines, whatever filter the program has by default."""
        arguments = (program, "--gtest_list_tests", "--gtest_filter=*", f"--gtest_output=json:{channels.report}")
        return Command(arguments=arguments, environment=ENVIRONMENT)

    def read_list(self, output: bytes, report: bytes, status: Exit) -> list[ListedCase]:
        """Read the JSON, or the text of a program that writes none.

        An exit code beside whole JSON is no matter here: sanitizers find leaks in listing, too.
        """
        if status.signal or (status.code and not report):
            how = f"signal {status.signal}" if status.signal else f"exit code {status.code}"
            raise ListError(f"listing ended with {how}")
        cases = _read_json(report) if report else _read_text(output)
        return list({case.name: case for case in cases}.values())

    def command(self, program: str, cases: Sequence[ListedCase], channels: Channels) -> Command:
        """Name each case in the filter, or what they have in common. Results are streamed to `channels.address`."""
        patterns = self._names and self._names.patterns([case.name for case in cases])
        selection = f"--gtest_filter={':'.join(patterns or map(pattern, cases))}"
        fits = len(selection.encode()) <= LONGEST_ARGUMENT
        arguments = (
            program,
            selection if fits else f"--gtest_flagfile={channels.input}",
            "--gtest_also_run_disabled_tests",
            "--gtest_color=no",
            "--gtest_print_time=1",
            "--gtest_repeat=1",
            "--gtest_shuffle=0",
            f"--gtest_stream_result_to={channels.address}",
        )
        return Command(arguments=arguments, environment=ENVIRONMENT, input=b"" if fits else selection.encode())

    def reader(self, cases: Sequence[ListedCase]) -> Reader:
        """Follow the stream and the printed lines."""
        from pyharness.adapters.googletest_reader import GoogleTestReader  # noqa: PLC0415 -- start-up

        return GoogleTestReader(cases)


def pattern(case: ListedCase) -> str:
    """Return the pattern that matches the case.

    A filter has no escapes. What it gives a meaning to, and a type's or a registered test's name may contain, is
    matched by `?`, so that a case whose name differs in such a place alone is run beside it.
    """
    return _UNSPEAKABLE.sub("?", case.name)


# ---- the list


class _Case(msgspec.Struct):
    name: str
    file: str = ""
    line: int = 0


class _Suite(msgspec.Struct):
    name: str
    testsuite: list[_Case]


class _Program(msgspec.Struct):
    testsuites: list[_Suite]


def _read_json(report: bytes) -> list[ListedCase]:
    try:
        program = msgspec.json.decode(report.decode(errors="backslashreplace"), type=_Program)
    except msgspec.DecodeError as error:
        raise ListError(f"its list is not the JSON of GoogleTest: {error}") from error
    return [
        _listed(suite.name, case.name, case.file, case.line) for suite in program.testsuites for case in suite.testsuite
    ]


def _read_text(output: bytes) -> list[ListedCase]:
    cases: list[ListedCase] = []
    suite = None
    for line in output.decode(errors="backslashreplace").splitlines():
        case = _CASE_LINE.match(line)
        if case is None:
            opened = _SUITE_LINE.match(line)
            suite = opened and opened[1]
        elif suite is not None:
            cases.append(_listed(suite, case[1]))
    if not cases:
        raise ListError("it printed no list of cases")
    return cases


def _listed(suite: str, case: str, file: str = "", line: int = 0) -> ListedCase:
    disabled = any(part.startswith("DISABLED_") for part in (*suite.split("/"), *case.split("/")))
    return ListedCase(name=f"{suite}.{case}", file=file, line=line, disabled=disabled)


ADAPTER = GoogleTest()
