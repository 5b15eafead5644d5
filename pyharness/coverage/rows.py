"""One row for each file, as tables, summaries and events have them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pyharness.coverage.selecting import shown_path
from pyharness.coverage.shares import Shares, shares, total
from pyharness.events import CoveredFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.coverage.model import Coverage, FileCoverage


def rows(coverage: Coverage, root: str) -> tuple[CoveredFile, tuple[CoveredFile, ...]]:
    """Return all files together, and each file.

    Args:
        coverage: All of it is told.
        root: The folder that paths are shortened from; absolute.
    """
    each = [shares(file, has_regions=coverage.has_regions) for file in coverage.files]
    files = tuple(
        _row(shown_path(file.path, root), own, uncovered(file), has_regions=coverage.has_regions)
        for file, own in zip(coverage.files, each, strict=True)
    )
    return _row("", total(each), (), has_regions=coverage.has_regions), tuple(sorted(files, key=lambda row: row.path))


def uncovered(file: FileCoverage) -> tuple[tuple[int, int], ...]:
    """Return the ranges of lines that were not executed; lines that cannot be do not part them."""
    hits = sorted(file.lines.items())
    parts = ([line for line, _ in part] for is_hit, part in groupby(hits, lambda one: one[1] > 0) if not is_hit)
    return tuple((part[0], part[-1]) for part in parts)


def _row(path: str, own: Shares, ranges: Sequence[tuple[int, int]], *, has_regions: bool) -> CoveredFile:
    return CoveredFile(
        path=path,
        lines=own.lines,
        functions=own.functions,
        regions=own.regions if has_regions else None,
        branches=own.branches,
        uncovered=tuple(ranges),
    )
