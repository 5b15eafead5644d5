"""What coverage.py has to know of native files beside its data file: which lines can be executed, which have branches.

It is written with the data, and read by the plugin when coverage.py reports.
"""

from __future__ import annotations

import hashlib
import os
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pyharness.coverage.shares import ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyharness.coverage.model import Branch, FileCoverage

LINES = os.path.join(".pyharness", "coverage", "native-lines.json")
"""From the folder where coverage.py runs."""
PLUGIN = "pyharness.coverage_plugin"
TRACER = f"{PLUGIN}.NativeFiles"
"""As coverage.py calls the plugin in its data files: by module and class."""


class Way(NamedTuple):
    """One way that a branch can go."""

    column: int
    is_true: bool | None
    """`None`: the tool does not say what leads there (GCC)."""


class Decision(NamedTuple):
    """A line with branches: as coverage.py has it, two ways lead on from it, however many branches there are."""

    line: int
    never: list[Way]
    """Those that were never gone."""

    @property
    def executed(self) -> tuple[int, int]:
        """The first way: the line was executed. In coverage.py, from line to line; what is below 0 is no line."""
        return self.line, -1

    @property
    def whole(self) -> tuple[int, int]:
        """The second way: each way of each branch was gone."""
        return self.line, -2


class NativeFile(msgspec.Struct, frozen=True):
    """What is known of one file."""

    digest: str
    """Of the source that all numbers are of."""
    lines: list[int]
    decisions: list[Decision]
    """By line."""


class NativeLines(msgspec.Struct, frozen=True):
    """All files of an export, by `key`."""

    files: dict[str, NativeFile]
    version: int = 1


def key(path: str, root: str) -> str:
    """Return what a file is called in there: by its path below the root, wherever that stands tomorrow.

    Args:
        path: From the root, or absolute.
        root: The folder where coverage.py runs, absolute.
    """
    root = os.path.realpath(root)
    real = os.path.realpath(os.path.join(root, path))
    return os.path.relpath(real, root) if real.startswith(f"{root.rstrip('/')}/") else real


def digest(content: bytes) -> str:
    """Return what tells one source from another."""
    return hashlib.sha256(content).hexdigest()


def of_file(file: FileCoverage, content: bytes, *, has_columns: bool) -> NativeFile:
    """Say what the plugin has to know of a file with this content.

    Args:
        file: What was measured of it.
        content: Of the source.
        has_columns: Branches stand where they say; else they are only numbered (GCC).
    """
    known = decisions(file)
    if not has_columns:
        known = (Decision(line, [way._replace(is_true=None) for way in never]) for line, never in known)
    return NativeFile(digest(content), list(file.lines), list(known))


def decisions(file: FileCoverage) -> Iterator[Decision]:
    """Yield the lines with branches that can be executed, in their order."""
    counted = file.lines
    for line, branches in groupby(file.branches, lambda branch: branch.line):
        if line in counted:
            yield Decision(line, [way for branch in branches for way in _never_gone(branch)])


def encode(lines: NativeLines) -> bytes:
    """Return the file's content."""
    return msgspec.json.encode(lines) + b"\n"


def decode(content: bytes) -> NativeLines:
    """Read the file's content.

    Raises:
        ValueError: It is something else.
    """
    return msgspec.json.decode(content, type=NativeLines)


def _never_gone(branch: Branch) -> Iterator[Way]:
    directions = (None,) if branch.not_taken is None else (True, False)
    gone = zip(directions, ways(branch), strict=True)
    return (Way(branch.column, is_true) for is_true, hits in gone if not hits)
