"""Recursion in a stack: runs of lines that come again and again. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_CYCLE = 4
"""Functions that call each other in a ring."""
_FEWEST_TIMES = 3
"""Two of a longer ring are as quickly read as a line that speaks of the second."""


class Stretch(NamedTuple):
    """The lines from `begin` to `begin + length`, so many times over."""

    begin: int
    length: int
    times: int


def stretches(lines: Sequence[str]) -> Iterator[Stretch]:
    """Cut lines into stretches, in order; a line that is not repeated is one of its own. Linear in time."""
    at = 0
    while at < len(lines):
        stretch = _at(lines, at)
        yield stretch
        at += stretch.length * stretch.times


def _at(lines: Sequence[str], begin: int) -> Stretch:
    """Return the cycle that goes farthest from there, the shortest of several, or else the line alone."""
    found = [Stretch(begin, length, _times(lines, begin, length)) for length in range(1, LONGEST_CYCLE + 1)]
    cycles = [stretch for stretch in found if stretch.length == 1 or stretch.times >= _FEWEST_TIMES]
    return max(cycles, key=lambda stretch: stretch.length * stretch.times)


def _times(lines: Sequence[str], begin: int, length: int) -> int:
    end = begin + length
    while end < len(lines) and lines[end] == lines[end - length]:
        end += 1
    return (end - begin) // length
