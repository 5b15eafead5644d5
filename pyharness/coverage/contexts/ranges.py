"""Lines as ranges: pairs of the first and the last line, both included, in order and apart from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Range = tuple[int, int]


def to_ranges(lines: Iterable[int]) -> tuple[Range, ...]:
    """Return the ranges of lines; lines may come in any order, and several times."""
    return join((line, line) for line in lines)


def join(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return ranges in order and apart; they may come in any order, and overlap."""
    found: list[list[int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    return tuple((first, last) for first, last in found)


def to_lines(ranges: Iterable[Range]) -> Iterator[int]:
    """Return the lines of ranges."""
    for first, last in ranges:
        yield from range(first, last + 1)


def touches(some: Sequence[Range], others: Sequence[Range]) -> bool:
    """Return whether the two have a line in common."""
    at = other = 0
    while at < len(some) and other < len(others):
        if some[at][1] < others[other][0]:
            at += 1
        elif others[other][1] < some[at][0]:
            other += 1
        else:
            return True
    return False
