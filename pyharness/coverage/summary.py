"""`coverage-summary.json`: small, and the same for all tools, so that other programs can rely on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.events import CoveredFile

SCHEMA = 1


def render(total: CoveredFile, files: Sequence[CoveredFile]) -> bytes:
    """Return the summary as JSON: `{"schema": 1, "total": …, "files": {path: …}}`.

    What of a name is no UTF-8 is replaced, as in `coverage.json`.
    """
    each = {os.fsencode(file.path).decode(errors="replace"): _entry(file) for file in files}
    content = {"schema": SCHEMA, "total": _entry(total), "files": each}
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def _entry(row: CoveredFile) -> dict[str, object]:
    """Return the shares; kinds that the tool does not know are left out."""
    kinds = {"lines": row.lines, "functions": row.functions, "regions": row.regions, "branches": row.branches}
    return {name: _share(*pair) for name, pair in kinds.items() if pair is not None}


def _share(count: int, covered: int) -> dict[str, float]:
    """Cut the percentage, so that 100 means all, as in the table."""
    return {"count": count, "covered": covered, "percent": 10_000 * covered // count / 100 if count else 100.0}
