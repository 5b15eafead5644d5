"""Which cases changed lines affect. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.contexts.ranges import join, touches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyharness.coverage.contexts.model import Contexts, FileVersion
    from pyharness.coverage.contexts.ranges import Range


class Hunk(NamedTuple):
    """Lines that were changed or removed, by their numbers before."""

    first: int
    """When there are none of them: the line that something was inserted behind; 0: before all."""
    length: int
    """How many."""


Change = tuple[Hunk, ...] | None
"""What has changed in a file; `None`: that is not known, and may be anything."""


def affected(contexts: Contexts, changes: Mapping[int, Change]) -> frozenset[str]:
    """Return the cases that a change affects, as far as it is known what they cover.

    A case is affected when it covers a changed line. Where no code is, the lines before and behind count; outside of
    functions (types, constants, macros) a change affects all cases that touch the file. What is executed outside of
    cases is touched by all that there are.

    Args:
        contexts: Which case covers what.
        changes: What has changed, by positions in `contexts.files`, with lines numbered as there.
    """
    known = {case for case, lines in contexts.cases.items() if not lines.unknown}
    lines_of = {number: _affected_lines(contexts.files[number], change) for number, change in changes.items()}
    if any(touches(contexts.files[number].outside, lines) for number, lines in lines_of.items()):
        return frozenset(known)
    pieces = {
        number
        for number, piece in enumerate(contexts.pieces)
        if piece.file in lines_of and touches(piece.lines, lines_of[piece.file])
    }
    return frozenset(case for case in known if not pieces.isdisjoint(contexts.cases[case].pieces))


_EVERYWHERE: tuple[Range, ...] = ((0, 1 << 62),)


def _affected_lines(file: FileVersion, change: Change) -> Sequence[Range]:
    if change is None:
        return _EVERYWHERE
    lines: list[Range] = []
    for hunk in change:
        changed = _lines_around(hunk) if hunk.length == 0 else (hunk.first, hunk.first + hunk.length - 1)
        if not _is_in_functions(file, changed, is_gap=hunk.length == 0):
            return _EVERYWHERE
        lines.append(_with_neighbours(file, changed))
    return join(lines)


def _lines_around(hunk: Hunk) -> Range:
    return hunk.first, hunk.first + 1


def _is_in_functions(file: FileVersion, lines: Range, *, is_gap: bool) -> bool:
    """Return whether lines stand in functions, each of them; an insertion, whether both of its ends are in one."""
    first, last = lines
    if is_gap:
        return any(one.first <= first and last <= one.last for one in file.functions)
    reached = first
    for one in file.functions:  # by their first lines
        if one.first <= reached <= one.last:
            reached = one.last + 1
    return reached > last


def _with_neighbours(file: FileVersion, lines: Range) -> Range:
    """Add the nearest lines of code where there is none at an end."""
    first, last = lines
    begins = [begin for begin, _ in file.executable]
    before = bisect_right(begins, first) - 1
    if before >= 0:
        first = min(first, file.executable[before][1])
    ends = [end for _, end in file.executable]
    behind = bisect_left(ends, last)
    if behind < len(file.executable):
        last = max(last, file.executable[behind][0])
    return first, last
