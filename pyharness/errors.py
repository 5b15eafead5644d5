"""What can go wrong before or around the tests: exit codes, and one exception class per kind of mistake."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar, Self


class ExitCode(IntEnum):
    """The exit codes of every command. When several apply, `most_severe` decides."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        """Make a member that carries its meaning for the documentation."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    OK = 0, "all selected cases passed (or were skipped)"
    FAILED = 1, "a case failed or timed out"
    INTERRUPTED = 2, "the run was interrupted (Ctrl-C, SIGTERM)"
    INTERNAL = 3, "internal error, or the result of a planned case is missing"
    USAGE = 4, "the command line or the configuration is wrong"
    NOTHING_SELECTED = 5, "nothing was selected"
    PANIC = 10, "panic: a test crashed"
    SUITE_FAILED = 11, "a suite could not be built or loaded"
    COVERAGE = 12, "coverage failed or is below its floor"


class PyharnessError(Exception):
    """Base of all expected failures. The text is one sentence: what, where, what to do."""

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL
    slug: ClassVar[str] = "internal"


class InternalError(PyharnessError):
    """The harness broke one of its own promises."""


class UsageError(PyharnessError):
    """The command line asks for something that does not exist or cannot be."""

    exit_code = ExitCode.USAGE
    slug = "usage"


class SelectionError(UsageError):
    """A `-k` expression that cannot be read."""

    slug = "selection"


class NothingSelectedError(PyharnessError):
    """Suites were found, but no case of them is selected."""

    exit_code = ExitCode.NOTHING_SELECTED
    slug = "nothing-selected"


class SuiteError(PyharnessError):
    """A suite that cannot be loaded or listed."""

    exit_code = ExitCode.SUITE_FAILED
    slug = "suite"


class CoverageError(PyharnessError):
    """Coverage that cannot be measured, or that is not whole."""

    exit_code = ExitCode.COVERAGE
    slug = "coverage"


class PlatformError(PyharnessError):
    """A system that pyharness does not run on."""

    exit_code = ExitCode.USAGE
    slug = "platform"
