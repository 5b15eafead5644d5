"""From regions of one function to the lines that it covers, by the rule that holds for whole files.

See `pyharness.coverage.segments` for the rule: a line has the hits of what begins in it and of what it begins in. Here
all that other functions have of the file (lambdas, local classes, other instances of a template) counts nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pyharness.coverage.contexts.ranges import Range, join, to_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SKIPPED, _GAP = 2, 3
"""Kinds of regions: what the preprocessor leaves out, and space between statements."""

Lines = tuple[tuple[str, tuple[Range, ...]], ...]
"""Ranges by the path of their file, as the compiler has named it."""


class Region(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """As `llvm-cov export` has it."""

    line: int
    column: int
    end_line: int
    end_column: int
    hits: int
    file: int
    expanded: int
    kind: int


class Function(msgspec.Struct):
    """As `llvm-cov export` has it."""

    name: str
    filenames: list[str]
    regions: list[Region]

    @property
    def key(self) -> tuple[object, ...]:
        """All of it but the hits."""
        places = tuple(
            (region.line, region.column, region.end_line, region.file, region.kind) for region in self.regions
        )
        return self.name, tuple(self.filenames), places


_Place = tuple[int, int, int, int, int]
"""Line, column, end line and end column below zero, kind: in this order, what holds others comes before them."""


class _Stroke(NamedTuple):
    """A place in a file, and which regions of the function are there."""

    first: int
    last: int
    is_gap: bool
    regions: tuple[int, ...]


class Canvas:
    """The places of all functions of an object, by file."""

    def __init__(self, functions: Iterable[Function]) -> None:
        """Take the places."""
        found: defaultdict[str, set[_Place]] = defaultdict(set)
        for function in functions:
            for region in function.regions:
                if region.kind != _SKIPPED:
                    found[function.filenames[region.file]].add(_place(region))
        self._places = {path: sorted(places) for path, places in found.items()}

    def within(self, path: str, first: int, last: int) -> list[_Place]:
        """Return the places that begin in some lines of a file."""
        places = self._places.get(path, [])
        return places[bisect_left(places, (first,)) : bisect_left(places, (last + 1,))]


class Painter:
    """Tells the lines of one function; for one thread."""

    def __init__(self, function: Function, canvas: Canvas) -> None:
        """Prepare for a function of the object that the canvas is of."""
        by_file: defaultdict[str, list[int]] = defaultdict(list)
        for number, region in enumerate(function.regions):
            by_file[function.filenames[region.file]].append(number)
        self._files = [
            (path, _strokes(path, {number: function.regions[number] for number in numbers}, canvas))
            for path, numbers in by_file.items()
        ]
        self._known: dict[tuple[bool, ...], Lines] = {}

    def lines(self, executed: tuple[bool, ...]) -> Lines:
        """Return what is covered when these of the function's regions are executed."""
        if executed not in self._known:
            found = ((path, _painted(strokes, executed)) for path, strokes in self._files)
            self._known[executed] = tuple((path, ranges) for path, ranges in found if ranges)
        return self._known[executed]


def _strokes(path: str, regions: dict[int, Region], canvas: Canvas) -> list[_Stroke]:
    own: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, region in regions.items():
        if region.kind != _SKIPPED:
            own[_place(region)].append(number)
    lines = (
        line
        for first, last in join((region.line, region.end_line) for region in regions.values())
        for line in canvas.within(path, first, last)
    )
    strokes: list[_Stroke] = []
    before: Sequence[int] = ()
    for place in sorted({*own, *lines}):
        if place[:4] != before:  # of several kinds at one place the first counts: that of statements
            strokes.append(_Stroke(place[0], -place[2], place[4] == _GAP, tuple(own.get(place, ()))))
        before = place[:4]
    return strokes


def _painted(strokes: Sequence[_Stroke], executed: Sequence[bool]) -> tuple[Range, ...]:
    lines: set[int] = set()
    for stroke in strokes:
        if any(executed[number] for number in stroke.regions):
            lines.update(range(stroke.first + stroke.is_gap, stroke.last + 1))
        else:
            lines.difference_update(range(stroke.first + 1, stroke.last + 1))
    return to_ranges(lines)


def _place(region: Region) -> _Place:
    return (region.line, region.column, -region.end_line, -region.end_column, region.kind)
