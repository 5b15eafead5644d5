"""What the console shows of coverage: the table, what is missing, what is below its floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyharness.reporters.coverage_table import table
from pyharness.reporters.palette import Color
from pyharness.text import one_line

if TYPE_CHECKING:
    from pyharness.events import CoverageFinished
    from pyharness.reporters.palette import Palette

_MOST_PROBLEMS = 10


def coverage_block(event: CoverageFinished, palette: Palette, *, width: int | None, color: bool) -> list[str]:
    """Return the table, and all that should be known of it."""
    notes = [f"note: {sentence}" for sentence in map(one_line, event.notes)]
    written = [f"wrote {one_line(path)}" for path in event.reports]
    rows = [] if event.total is None else table(event.total, event.files, width=width, color=color)
    return ["", *rows, *map(one_line, event.changes), *notes, *trouble_block(event, palette), *written]


def trouble_block(event: CoverageFinished, palette: Palette) -> list[str]:
    """Return what is missing, and what is below its floor; empty when all is well."""
    below = [f"{palette.paint('COVERAGE', Color.RED)} {sentence}" for sentence in map(one_line, event.below)]
    return [*_problems(event, palette), *below]


def _problems(event: CoverageFinished, palette: Palette) -> list[str]:
    if not event.problems:
        return []
    word = palette.paint("COVERAGE", Color.RED if event.partial else Color.YELLOW)
    if event.total is None:
        return [f"{word} failed: {one_line(problem)}" for problem in event.problems]
    left = len(event.problems) - _MOST_PROBLEMS
    told = [f"  {one_line(problem)}" for problem in event.problems[:_MOST_PROBLEMS]]
    more = [f"  and {left} more, which --events has"] if left > 0 else []
    kept = "; earlier reports were left as they were (--coverage-allow-partial writes them)" if event.partial else ""
    return [f"{word} is partial: counts are missing{kept}", *told, *more]
