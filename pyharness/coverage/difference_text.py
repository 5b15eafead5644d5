"""What has changed since an earlier report, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyharness.coverage.selecting import shown_path
from pyharness.coverage.shares import Shares, percent_text
from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyharness.coverage.differing import Changed, Difference, FileDifference
    from pyharness.coverage.model import Share


def render(found: Difference, *, root: str) -> str:
    """Return what has changed, a line for each file that differs and one for all."""
    lines = [_file_line(file, root) for file in found.files]
    return "".join(f"{line}\n" for line in (*lines, f"total: {_change(found.total)}"))


def ranges(lines: Sequence[int], among: Iterable[int]) -> list[tuple[int, int]]:
    """Join lines to ranges (first, last), over lines that are not `among` those that count."""
    wanted = set(lines)
    found: list[tuple[int, int]] = []
    joined = False
    for line in among:
        if line in wanted:
            found[-1:] = [(found[-1][0], line)] if joined else [*found[-1:], (line, line)]
        joined = line in wanted
    return found


def _range_text(found: Iterable[tuple[int, int]]) -> str:
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def _file_line(file: FileDifference, root: str) -> str:
    name = one_line(shown_path(file.path, root))
    if file.is_new:
        return f"{name}: new, {_change(file.changed)}"
    if file.is_gone:
        return f"{name}: gone"
    if not file.same_code:
        return f"{name}: {_change(file.changed)} (its code has changed)"
    return f"{name}: {_change(file.changed)}" + (
        f"; not covered any more: {_each_line(file.lost)}" if file.lost else ""
    )


def _each_line(lines: Sequence[int]) -> str:
    return _range_text(ranges(lines, range(lines[0], lines[-1] + 1)))


def _change(changed: Changed) -> str:
    """Tell the shares that differ, and lines always; counts tell what the same percentage twice would not."""
    parts = []
    for kind in Shares._fields:
        before, now = (None if each is None else _counts(getattr(each, kind)) for each in changed)
        if None not in {before, now} and before != now:
            parts.append(f"{kind} {before} -> {now}")
        elif kind == "lines":
            parts.append(f"{kind} {now or before}")
    return ", ".join(parts)


def _counts(share: Share) -> str:
    return f"{percent_text(share)} % ({share.covered} of {share.total})" if share.total else "none"
