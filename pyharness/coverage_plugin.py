"""The plugin for coverage.py: extension modules count into one folder, and native files stand in its reports.

In `pyproject.toml`: `[tool.coverage.run]`, `plugins = ["pyharness.coverage_plugin"]`.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TypeVar

from coverage import CoverageException, CoveragePlugin, FileReporter

from pyharness.coverage import python_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from coverage.plugin_support import Plugins
    from coverage.types import TArc, TConfigurable, TLineNo

    from pyharness.coverage.python_lines import Decision, NativeFile

_Known = TypeVar("_Known", int, "TArc")
_EXPORT = "run `pyharness coverage export --format coverage.py` again"


def coverage_init(reg: Plugins, options: Mapping[str, object]) -> None:  # noqa: ARG001  there are none
    """Take part: coverage.py calls this in each process, whatever it is about to do."""
    # Not as a tracer of files: it traces no Python, and would take the fastest way of measuring from it.
    reg.add_configurer(NativeFiles())


class NativeFiles(CoveragePlugin):
    """What coverage.py asks about files that `pyharness coverage export` has written to its data."""

    def configure(self, config: TConfigurable) -> None:
        """Let what this process loads and starts count where `pyharness coverage read` looks for it.

        Raises:
            CoverageException: What an earlier run has left cannot be removed.
        """
        folder = os.path.abspath(python_run.PROFILES)
        command = python_run.command_line(sys.orig_argv) if "coverage.cmdline" in sys.modules else None
        try:
            python_run.prepare(folder, command, os.environ, is_parallel=bool(config.get_option("run:parallel")))
        except OSError as error:
            message = f"cannot remove '{folder}', which an earlier run has left: {error.strerror}; remove it"
            raise CoverageException(message) from None

    def file_reporter(self, filename: str) -> FileReporter:
        """Return who knows the file."""
        return NativeReporter(filename)


class NativeReporter(FileReporter):
    """One native file. It is read when it is reported: a file that is omitted need not be there."""

    def __init__(self, filename: str) -> None:
        """Take the path as it stands in the data file."""
        super().__init__(filename)
        self._read: tuple[NativeFile, str] | None = None

    def source(self) -> str:
        """Return the text of the file, whatever its encoding."""
        return self._known()[1]

    def lines(self) -> set[TLineNo]:
        """Return the lines that can be executed."""
        return set(self._known()[0].lines)

    def translate_lines(self, lines: Iterable[TLineNo]) -> set[TLineNo]:
        """Take the lines that were executed as they are, if they can be lines of this file."""
        return self._of_this_file(set(lines), self.lines())

    def arcs(self) -> set[TArc]:
        """Return the ways from the lines with branches."""
        return {arc for decision in self._decisions() for arc in (decision.executed, decision.whole)}

    def translate_arcs(self, arcs: Iterable[TArc]) -> set[TArc]:
        """Take the ways that were gone, without the arcs that say only that a line was executed."""
        return self._of_this_file({arc for arc in arcs if arc[0] > 0}, self.arcs())

    def exit_counts(self) -> dict[TLineNo, int]:
        """Return how many ways there are from each line with branches."""
        return {decision.line: 2 for decision in self._decisions()}

    def missing_arc_description(
        self,
        start: TLineNo,
        end: TLineNo,  # noqa: ARG002  the first way is missing only where the line is
        executed_arcs: Iterable[TArc] | None = None,  # noqa: ARG002
    ) -> str:
        """Say which ways were never gone."""
        never = [way for decision in self._decisions() if decision.line == start for way in decision.never]
        known = [
            f"in column {way.column} was never {str(way.is_true).lower()}" for way in never if way.is_true is not None
        ]
        if known:
            return f"line {start}: the condition {', that '.join(known)}"
        return f"line {start}: never gone: {len(never) or 'some'} of its ways"

    def arc_description(self, start: TLineNo, end: TLineNo) -> str:
        """Say which way this is; without commas, which part the fields in a report of lcov."""
        firsts = {decision.executed for decision in self._decisions()}
        return "executed" if (start, end) in firsts else "all ways"

    def _decisions(self) -> list[Decision]:
        return self._known()[0].decisions

    def _of_this_file(self, found: set[_Known], possible: set[_Known]) -> set[_Known]:
        if not found <= possible:
            message = f"what was counted of '{self.filename}' was counted of another state of it; measure all again"
            raise CoverageException(message)
        return found

    def _known(self) -> tuple[NativeFile, str]:
        if self._read is None:
            self._read = _read(self.filename)
        return self._read


def _read(filename: str) -> tuple[NativeFile, str]:
    """Return what is known of a file, and its text.

    Raises:
        CoverageException: Nothing is known of it as it is now.
    """
    from pyharness.coverage import python_lines  # noqa: PLC0415  what is measured needs none of it

    try:
        with open(python_lines.LINES, "rb") as file:
            lines = python_lines.decode(file.read())
    except OSError as error:
        message = (
            f"cannot read '{python_lines.LINES}', of which '{filename}' has its lines: {error.strerror}; {_EXPORT}"
        )
        raise CoverageException(message) from None
    except ValueError as error:
        message = f"'{python_lines.LINES}' cannot be read: {error}; {_EXPORT}"
        raise CoverageException(message) from None
    known = lines.files.get(python_lines.key(filename, os.getcwd()))
    if known is None:
        message = f"'{python_lines.LINES}' tells no lines of '{filename}': it is of another export; {_EXPORT}"
        raise CoverageException(message)
    content = _content(filename)
    if known.digest != python_lines.digest(content):
        message = f"'{filename}' was changed after it was measured; build and measure again"
        raise CoverageException(message)
    return known, content.decode("utf-8", "replace")


def _content(filename: str) -> bytes:
    try:
        with open(filename, "rb") as file:
            return file.read()
    except OSError as error:
        message = f"cannot read '{filename}', which was measured: {error.strerror}; [paths] of coverage.py moves paths"
        raise CoverageException(message) from None
