"""Answers which cases cover lines of a file. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pyharness.coverage.contexts.ranges import touches
from pyharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.coverage.contexts.model import Contexts
    from pyharness.coverage.contexts.ranges import Range

_PLACE = re.compile(r"(?P<path>.+?)(?::(?P<first>[0-9]{1,9})(?:-(?P<last>[0-9]{1,9}))?)?", re.DOTALL)


class Place(NamedTuple):
    """A file, or some lines of it."""

    path: str
    lines: Range | None

    @property
    def text(self) -> str:
        """As it is given."""
        if self.lines is None:
            return self.path
        first, last = self.lines
        return f"{self.path}:{first}" if first == last else f"{self.path}:{first}-{last}"


class Answer(NamedTuple):
    """Cases by id."""

    covering: tuple[str, ...]
    unknown: tuple[str, ...]
    """Of these it is not known what they cover."""


def read_place(text: str) -> Place:
    """Read `FILE`, `FILE:LINE` or `FILE:LINE-LINE`.

    Raises:
        UsageError: the lines are in the wrong order.
    """
    match = _PLACE.fullmatch(text)
    if match is None or match["first"] is None:
        return Place(text, None)
    first, last = int(match["first"]), int(match["last"] or match["first"])
    if not 0 < first <= last:
        message = f"no lines {first} to {last} in '{text}'; the first is 1, and the smaller number comes first"
        raise UsageError(message)
    return Place(match["path"], (first, last))


def cases_at(contexts: Contexts, path: str, lines: Range | None) -> Answer:
    """Return the cases that cover one of some lines of a file, or anything in it.

    Raises:
        UsageError: there is no such file with coverage.
    """
    files = {number for number, file in enumerate(contexts.files) if file.path == path}
    if not files:
        message = f"no case has been measured with '{path}'; name a source file as the table of coverage has it"
        raise UsageError(message)
    pieces = {
        number
        for number, piece in enumerate(contexts.pieces)
        if piece.file in files and (lines is None or touches(piece.lines, [lines]))
    }
    return Answer(
        covering=tuple(case for case, of_case in contexts.cases.items() if not pieces.isdisjoint(of_case.pieces)),
        unknown=unknown_cases(contexts),
    )


def why_none(contexts: Contexts, place: Place, unknown: Sequence[str]) -> str:
    """Say in a sentence why no case is known at a place: where there is no code, there can be none."""
    versions = [file.executable for file in contexts.files if file.path == place.path]
    if any(touches(ranges, ranges if place.lines is None else [place.lines]) for ranges in versions):
        return f"no case covers '{place.text}'" + (f"; {not_known(unknown)}" if unknown else "")
    last = max((ranges[-1][1] for ranges in versions if ranges), default=0)
    is_beyond = place.lines is not None and 0 < last < place.lines[0]
    return f"nothing can be executed at '{place.text}'" + (f"; the last line that can is {last}" if is_beyond else "")


def not_known(unknown: Sequence[str], more: str = "") -> str:
    """Say of how many cases it is not known what they cover; `more`: a word between number and noun."""
    if len(unknown) == 1:
        return f"of one {more}case it is not known what it covers: {unknown[0]}"
    return f"of {len(unknown)} {more}cases it is not known what they cover, such as {unknown[0]}"


def unknown_cases(contexts: Contexts) -> tuple[str, ...]:
    """Return the cases of which it is not known what they cover."""
    return tuple(case for case, of_case in contexts.cases.items() if of_case.unknown)
