"""What is known of the coverage of sources, whatever tool has found it."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  who asks for the types of fields needs it
from typing import NamedTuple

import msgspec

from pyharness.coverage.segments import line_hits


class Segment(NamedTuple):
    """From here on, up to the next one, these hits hold. The fields and their meaning are those of LLVM's export."""

    line: int
    column: int
    """From 1, in bytes."""
    hits: int
    has_count: bool
    """False: nothing here can be executed, as in a comment between functions."""
    is_region_entry: bool
    is_gap: bool = False
    """Space between statements: it gives a line no count of its own."""


class Region(NamedTuple):
    """A piece of source that is executed as a whole."""

    line: int
    column: int
    end_line: int
    end_column: int
    hits: int


class Branch(NamedTuple):
    """A decision: both ways, or one alone where the tool tells ways that make no pair (`not_taken` is `None`)."""

    line: int
    column: int
    end_line: int
    end_column: int
    taken: int
    not_taken: int | None


class Function(NamedTuple):
    """A function, or one instance of a template."""

    name: str
    """As the linker knows it: mangled."""
    line: int
    hits: int
    regions: tuple[Region, ...] = ()
    """Of this file only."""


class FileCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """One source file."""

    path: str
    """Absolute, as the compiler was told it."""
    segments: tuple[Segment, ...]
    """In the order of the file. Of several at one place, all but the last are empty: blank lines, for one."""
    summed: Mapping[int, int] | None = None
    """The hits of lines where several objects were added up, and segments alone would tell others: each object has only
    the segments at whose places its own counts change."""
    functions: tuple[Function, ...] = ()
    """By line, then name; each name once."""
    branches: tuple[Branch, ...] = ()
    """By place."""

    @property
    def lines(self) -> Mapping[int, int]:
        """Return the hits of each line that can be executed, in the order of lines."""
        return line_hits(self.segments) if self.summed is None else self.summed


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """All files of a run, or of a report that was read."""

    files: tuple[FileCoverage, ...]
    """By path."""
    has_regions: bool = True
    """False: the tool tells lines, not regions (GCC)."""


class Share(NamedTuple):
    """How many there are, and how many of them were executed."""

    total: int
    covered: int

    @property
    def percent(self) -> float:
        """100 where there are none."""
        return 100.0 * self.covered / self.total if self.total else 100.0
