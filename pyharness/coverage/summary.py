"""`coverage-summary.json`: small, and the same for all tools, so that other programs can rely on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyharness.events import CoveredFile

SCHEMA = 1


def render(total: CoveredFile, files: Sequence[CoveredFile]) -> bytes:
    """Return the summary as JSON: `{"schema": 1, "total": …, "files": {path: …}}`."""
    content = {"schema": SCHEMA, "total": _entry(total), "files": {file.path: _entry(file) for file in files}}
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def _entry(row: CoveredFile) -> dict[str, object]:
    """Return the shares; kinds that the tool does not know are left out."""
    kinds = {"lines": row.lines, "functions": row.functions, "regions": row.regions, "branches": row.branches}
    return {name: _share(*pair) for name, pair in kinds.items() if pair is not None}


def _share(count: int, covered: int) -> dict[str, float]:
    return {"count": count, "covered": covered, "percent": round(100 * covered / count, 2) if count else 100.0}
