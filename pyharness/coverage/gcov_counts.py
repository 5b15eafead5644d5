"""From the JSON of gcovr to the values that all reports are written from. Pure."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from pyharness.coverage.model import Branch, Coverage, FileCoverage, Function, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_END = 1 << 20
"""The column behind each line: GCC tells none, and no line is that long."""


class _Way(msgspec.Struct):
    count: int
    throw: bool = False
    branchno: int = -1
    source_block_id: int = -1
    destination_block_id: int = -1


class _Line(msgspec.Struct):
    line_number: int
    count: int
    function_name: str = ""
    branches: list[_Way] = []
    is_excluded: bool = msgspec.field(name="gcovr/excluded", default=False)


class _Function(msgspec.Struct):
    lineno: int
    name: str = ""
    demangled_name: str = ""
    execution_count: int | None = None
    is_excluded: bool = msgspec.field(name="gcovr/excluded", default=False)


class _File(msgspec.Struct):
    file: str
    lines: list[_Line]
    functions: list[_Function]


class _Report(msgspec.Struct):
    files: list[_File]


class _Decision(msgspec.Struct):
    """Where a function goes on at the end of one piece of code."""

    ways: dict[tuple[int, int], int] = {}
    throws: bool = False


class _Counted:
    """What is known of one file so far."""

    def __init__(self) -> None:
        self.lines: dict[int, int] = {}
        self.functions: dict[str, Function] = {}
        self.decisions: dict[tuple[int, str, int], _Decision] = {}


class Counts:
    """Reports of gcovr, added up: what each counts was counted by nobody else."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._files: dict[str, _Counted] = {}

    def add(self, report: bytes, folder: str, prefix: str = "") -> None:
        """Add one report.

        Args:
            report: JSON.
            folder: From which paths count that are not absolute.
            prefix: Taken away from the paths that begin with it.

        Raises:
            ValueError: it is none.
        """
        for file in msgspec.json.decode(report, type=_Report).files:
            path = os.path.normpath(os.path.join(folder, file.file))
            if prefix and path.startswith(f"{prefix}/"):
                path = path[len(prefix) :]
            self._add_file(self._files.setdefault(path, _Counted()), file)

    def coverage(self) -> Coverage:
        """Return the sum."""
        files = tuple(_file(path, counted) for path, counted in sorted(self._files.items()))
        return Coverage(files=files, has_regions=False)

    def _add_file(self, counted: _Counted, file: _File) -> None:
        for line in file.lines:
            if not line.is_excluded:
                # A line of several functions, such as instances of a template, is told once for each of them.
                counted.lines[line.line_number] = counted.lines.get(line.line_number, 0) + line.count
                self._add_ways(counted, line)
        for function in file.functions:
            name = function.name or function.demangled_name
            if name and function.execution_count is not None and not function.is_excluded:
                before = counted.functions.get(name, Function(name, function.lineno, 0))
                hits = before.hits + function.execution_count
                counted.functions[name] = Function(name, min(before.line, function.lineno), hits)

    def _add_ways(self, counted: _Counted, line: _Line) -> None:
        for way in line.branches:
            place = (line.line_number, line.function_name, way.source_block_id)
            decision = counted.decisions.setdefault(place, _Decision())
            key = (way.branchno, way.destination_block_id)
            decision.ways[key] = decision.ways.get(key, 0) + way.count
            decision.throws |= way.throw


def _file(path: str, counted: _Counted) -> FileCoverage:
    functions = sorted(counted.functions.values(), key=lambda function: (function.line, function.name))
    return FileCoverage(
        path=path,
        segments=tuple(segment for line, hits in sorted(counted.lines.items()) for segment in _line(line, hits)),
        functions=tuple(functions),
        branches=tuple(_branches(counted)),
    )


def _line(line: int, hits: int) -> tuple[Segment, Segment]:
    """Return a line that ends where it ends: what lasts into the next one would count there, too."""
    return (
        Segment(line, 1, hits, has_count=True, is_region_entry=True),
        Segment(line, LINE_END, 0, has_count=False, is_region_entry=False),
    )


def _branches(counted: _Counted) -> Iterator[Branch]:
    """Return the decisions of each line, numbered in place of columns, which GCC does not tell."""
    number: dict[int, int] = {}
    for (line, _, _), decision in sorted(counted.decisions.items()):
        if decision.throws:  # a call that comes back, or does not: nobody has written that decision
            continue
        hits = [count for _, count in sorted(decision.ways.items())]
        for first in range(0, len(hits), 2):
            number[line] = column = number.get(line, 0) + 1
            other = hits[first + 1] if first + 1 < len(hits) else None
            yield Branch(line, column, line, column, hits[first], other)
