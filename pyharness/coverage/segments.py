"""Lines from segments, by the rule of LLVM's tools."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.coverage.model import Segment


def line_hits(segments: Sequence[Segment]) -> dict[int, int]:
    """Return the hits of each line that can be executed, in the order of lines."""
    hits: dict[int, int] = {}
    wrapped: Segment | None = None
    by_line = {line: list(of) for line, of in itertools.groupby(segments, key=lambda segment: segment.line)}
    for line in range(min(by_line, default=0), max(by_line, default=-1) + 1):
        here = by_line.get(line, [])
        count = _line(here, wrapped)
        if count is not None:
            hits[line] = count
        wrapped = here[-1] if here else wrapped
    return hits


def _line(here: Sequence[Segment], wrapped: Segment | None) -> int | None:
    """Return the most hits of what begins in a line or lasts into it; `None` where nothing can be executed."""
    starts = [segment.hits for segment in here if segment.has_count and segment.is_region_entry and not segment.is_gap]
    skipped = bool(here) and here[0].is_region_entry and not here[0].has_count
    lasts = wrapped is not None and wrapped.has_count
    if not starts and (skipped or not lasts):
        return None
    return max([*starts, *([wrapped.hits] if wrapped is not None and lasts else [])])
