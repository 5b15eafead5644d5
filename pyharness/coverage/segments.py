"""From segments to lines: which lines can be executed, and how often each was."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.coverage.model import Segment


def line_hits(segments: Sequence[Segment]) -> dict[int, int]:
    """Return the hits of each line that can be executed, in the order of lines.

    The rule is that of `llvm-cov` (`LineCoverageStats`): a line has the most hits of what begins in it and of what it
    begins in. Space between statements gives no line a count of its own.

    Args:
        segments: of one file, by place.
    """
    hits: dict[int, int] = {}
    around: Segment | None = None
    for line, own in _by_line(segments):
        count = _count(own, around)
        if count is not None:
            hits[line] = count
        if own:
            around = own[-1]
    return hits


def _by_line(segments: Sequence[Segment]) -> list[tuple[int, list[Segment]]]:
    """Return every line from the first segment to the last one, with the segments that begin in it."""
    if not segments:
        return []
    lines: list[tuple[int, list[Segment]]] = [(line, []) for line in range(segments[0].line, segments[-1].line + 1)]
    for segment in segments:
        lines[segment.line - segments[0].line][1].append(segment)
    return lines


def _count(own: Sequence[Segment], around: Segment | None) -> int | None:
    """Count one line; `None` when nothing in it can be executed."""
    counted = around is not None and around.has_count
    begun = [segment for segment in own if segment.is_region_entry and segment.has_count]
    is_skipped = bool(own) and own[0].is_region_entry and not own[0].has_count
    if not begun and (is_skipped or not counted):
        return None
    hits = [segment.hits for segment in begun if not segment.is_gap]
    return max([*hits, around.hits] if around is not None else hits, default=0)
