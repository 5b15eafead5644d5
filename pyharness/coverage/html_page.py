"""What a page of one source file shows: a row for each line, with what of it was not executed."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.shares import ways
from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyharness.coverage.model import Branch, FileCoverage, Segment


class Piece(NamedTuple):
    """A part of a line."""

    text: str
    missed: bool
    """Whether it was not executed, within a line that was."""


class Row(NamedTuple):
    """One line."""

    number: int
    hits: int | None
    """`None`: nothing here can be executed."""
    state: str
    """The class of its style: `hit`, `missed`, `partly-run`, or nothing."""
    pieces: Sequence[Piece]
    ways: str
    """How many ways of its branches were taken, of how many."""
    ways_text: str
    partly: bool
    """Whether a way of its branches was not taken."""
    next: int | None
    """At the first of some uncovered lines: where the next ones begin."""
    last: bool
    """Whether this is the first of the last uncovered lines, and there are some before."""


def rows(file: FileCoverage, source: bytes | None) -> list[Row]:
    """Return the rows of a file; without its source, those of the lines that can be executed."""
    hits = file.lines
    lines = [] if source is None else split_lines(source)
    numbers = sorted({*range(1, len(lines) + 1), *hits})
    starts = uncovered_starts(hits)
    following = dict(itertools.pairwise(starts))
    of_line: dict[int, list[Branch]] = defaultdict(list)
    for branch in file.branches:
        of_line[branch.line].append(branch)
    missed = _missed_columns(file.segments)

    def row(number: int) -> Row:
        text = lines[number - 1] if number <= len(lines) else b""
        count, branches = hits.get(number), of_line[number]
        pieces = _pieces(text, missed.get(number, [])) if count else [Piece(_shown(text), missed=False)]
        taken = [way > 0 for branch in branches for way in ways(branch)]
        partly = not all(taken)
        return Row(
            number,
            count,
            _state(count, partly=partly or any(piece.missed for piece in pieces)),
            pieces,
            f"{sum(taken)}/{len(taken)}" if taken else "",
            _ways_text(branches),
            partly,
            following.get(number),
            last=len(starts) > 1 and number == starts[-1],
        )

    return [row(number) for number in numbers]


def split_lines(source: bytes) -> list[bytes]:
    """Split at what compilers count as the end of a line."""
    return [line.removesuffix(b"\r") for line in source.removesuffix(b"\n").split(b"\n")] if source else []


def uncovered_starts(hits: Mapping[int, int]) -> list[int]:
    """Return where uncovered lines begin after others; lines without code between them do not count."""
    counts = list(hits.items())
    return [line for at, (line, count) in enumerate(counts) if count == 0 and (at == 0 or counts[at - 1][1] > 0)]


def _state(hits: int | None, *, partly: bool) -> str:
    if hits is None:
        return ""
    if hits == 0:
        return "missed"
    return "partly-run" if partly else "hit"


def _ways_text(branches: Iterable[Branch]) -> str:
    """Tell the ways of each branch by its column."""
    return "\n".join(
        f"column {branch.column}: taken {branch.taken}"
        + (f", not taken {branch.not_taken}" if branch.not_taken is not None else "")
        for branch in branches
    )


def _missed_columns(segments: Sequence[Segment]) -> dict[int, list[tuple[int, int | None]]]:
    """Return the columns (from, to) that were not executed, by line; `None`: up to the end of the line."""
    found: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
    for this, following in itertools.pairwise(segments):
        if not this.has_count or this.hits or this.is_gap:
            continue
        for line in range(this.line, following.line + 1):
            begin = this.column if line == this.line else 1
            end = following.column if line == following.line else None
            if end is None or end > begin:
                found[line].append((begin, end))
    return found


def _pieces(line: bytes, missed: Iterable[tuple[int, int | None]]) -> list[Piece]:
    pieces, at = [], 0
    for begin, end in missed:
        pieces += [(line[at : begin - 1], False), (line[begin - 1 : None if end is None else end - 1], True)]
        at = len(line) if end is None else end - 1
    pieces.append((line[at:], False))
    return [Piece(_shown(part), is_missed and bool(part.strip())) for part, is_missed in pieces if part]


def _shown(line: bytes) -> str:
    """Make visible what is not, except for tabs."""
    return "\t".join(one_line(part) for part in line.decode("utf-8", "backslashreplace").split("\t"))
