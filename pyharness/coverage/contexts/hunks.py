"""Reads what git prints: which files have changed, and which lines of one. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from pyharness.coverage.contexts.affected import Hunk

_HEAD = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
_DELETED, _ADDED, _RENAMED, _COPIED = "D", "A", "R", "C"


class Changed(NamedTuple):
    """A file that is not as it was in a revision."""

    blob: str
    """What it was there; empty: it was not there."""
    path: str
    """What it is called now; empty: it is gone."""


def read_hunks(text: str) -> tuple[Hunk, ...]:
    """Read a difference without lines around (`--unified=0`), of one file."""
    found = (_HEAD.match(line) for line in text.split("\n"))
    return tuple(Hunk(int(match[1]), int(match[2] or 1)) for match in found if match)


def read_changed(text: str) -> dict[str, Changed]:
    """Read `git diff --raw -z --no-abbrev`: by paths, below the folder of the repository; renamed ones by both.

    See "RAW OUTPUT FORMAT" in git-diff(1).
    """
    changed: dict[str, Changed] = {}
    fields = iter(text.split("\0"))
    for head in fields:
        if not head.startswith(":"):
            continue
        _, _, blob, _, status = head.split(" ")
        path = next(fields)
        if status[0] in {_RENAMED, _COPIED}:
            now = next(fields)
            changed[now] = Changed(blob, now)
            if status[0] == _RENAMED:
                changed[path] = Changed(blob, now)
        else:
            changed[path] = Changed("" if status[0] == _ADDED else blob, "" if status[0] == _DELETED else path)
    return changed
