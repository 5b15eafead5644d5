"""What is known of cases and lines, wherever it comes from."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from pyharness.coverage.contexts.ranges import Range  # noqa: TC001 -- msgspec reads it


class FunctionLines(NamedTuple):
    """Where a function stands, from its opening brace to its end."""

    name: str
    """As the linker knows it: mangled."""
    first: int
    last: int


class FileVersion(msgspec.Struct, frozen=True):
    """A file as it was when cases ran: lines are numbered as in this content."""

    path: str
    """Below the folder of the project; absolute for one that is elsewhere."""
    blob: str
    """What git calls this content: the SHA-1 of `blob SIZE`, a zero byte, and the content."""
    executable: tuple[Range, ...] = ()
    functions: tuple[FunctionLines, ...] = ()
    outside: tuple[Range, ...] = ()
    """Executed, but by no case: while libraries were loaded, or in programs that cases have started."""


class Piece(NamedTuple):
    """Lines of one file that a case has covered together, in one function mostly. Many cases share a piece."""

    file: int
    """A position in `Contexts.files`."""
    lines: tuple[Range, ...]


class CaseLines(msgspec.Struct, frozen=True):
    """What one case has covered."""

    pieces: tuple[int, ...] = ()
    """Positions in `Contexts.pieces`, in order."""
    unknown: str = ""
    """Why it is not known what the case covers, as the rest of a sentence; empty: it is known."""


class Contexts(msgspec.Struct, frozen=True):
    """Which case covers which lines."""

    files: tuple[FileVersion, ...] = ()
    """By path; one that has changed between runs is there for each of its contents."""
    pieces: tuple[Piece, ...] = ()
    cases: dict[str, CaseLines] = {}
    """By id."""
