"""The table of files on a terminal or in a log, and what has changed since an earlier report."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pyharness.coverage.segments import line_hits
from pyharness.coverage.selecting import shown_path
from pyharness.coverage.shares import Shares, percent_text, shares, total
from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from pyharness.coverage.differing import Changed, Difference, FileDifference
    from pyharness.coverage.model import Coverage, FileCoverage, Share

_LEAST_NAME = 20
"""Cells that the name of a file gets at least, however narrow the terminal is."""
_LEAST_UNCOVERED = 12
_GAP = 2
_GOOD, _FAIR = 80, 50
"""Percent from which a share is green, and yellow."""


def render(coverage: Coverage, *, root: str, width: int | None = None, color: bool = False) -> str:
    """Return the table, with a line for each file and one for all.

    Args:
        coverage: What is reported.
        root: The project's folder, absolute: files below it are named relative to it.
        width: Cells of the terminal; `None`: nothing is cut, as in a log.
        color: Whether shares are painted.
    """
    kinds = [kind for kind in Shares._fields if kind != "regions" or coverage.has_regions]
    named = ((one_line(shown_path(file.path, root)), file) for file in coverage.files)
    files = sorted(named, key=lambda entry: entry[0])
    counted = [shares(file, has_regions=coverage.has_regions) for _, file in files]
    percents = [[percent_text(getattr(each, kind)) for kind in kinds] for each in (*counted, total(counted))]
    lines = [_uncovered(file) for _, file in files]
    names = ["file", *(name for name, _ in files), "total"]
    uncovered = ["uncovered", *lines, ""]
    heads = [f"{kind} %" for kind in kinds]
    if width is not None:
        names, uncovered = _fitted(names, uncovered, width - sum(len(head) + _GAP for head in heads))
    return _drawn([heads, *percents], names, uncovered, width=width, color=color)


def render_totals(coverage: Coverage) -> str:
    """Return one line: the shares of all files together."""
    all_of = total(shares(file, has_regions=coverage.has_regions) for file in coverage.files)
    kinds = [kind for kind in Shares._fields if kind != "regions" or coverage.has_regions]
    return "coverage: " + ", ".join(f"{kind} {_counts(getattr(all_of, kind))}" for kind in kinds) + "\n"


def render_difference(found: Difference, *, root: str) -> str:
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


def _uncovered(file: FileCoverage) -> str:
    hits = line_hits(file.segments)
    return _range_text(ranges([line for line, count in hits.items() if not count], hits))


def _range_text(found: Iterable[tuple[int, int]]) -> str:
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def _fitted(names: list[str], uncovered: list[str], room: int) -> tuple[list[str], list[str]]:
    """Cut the begins of names and the ends of lists so that both have their place in the room."""
    from rich.cells import cell_len  # noqa: PLC0415  rich takes longer to import than a small run

    widest = max(cell_len(name) for name in names)
    of_names = max(_LEAST_NAME, min(widest, room - _GAP - _LEAST_UNCOVERED))
    rest = max(_LEAST_UNCOVERED, room - _GAP - min(widest, of_names))
    return [_end(name, of_names) for name in names], [_begin(each, rest) for each in uncovered]


def _end(name: str, most: int) -> str:
    from rich.cells import cell_len  # noqa: PLC0415

    if cell_len(name) <= most:
        return name
    while name and cell_len(name) >= most:
        name = name[1:]
    return f"…{name}"


def _begin(listed: str, most: int) -> str:
    """Cut a list between two of its entries."""
    if len(listed) <= most:
        return listed
    kept = listed[: most - 1]
    return kept[: kept.rfind(" ") + 1] + "…" if " " in kept else kept + "…"


def _drawn(percents: list[list[str]], names: list[str], uncovered: list[str], *, width: int | None, color: bool) -> str:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table.grid(padding=(0, _GAP, 0, 0))
    table.add_column(no_wrap=True)
    for _ in percents[0]:
        table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    for name, cells, lines in zip(names, percents, uncovered, strict=True):
        table.add_row(Text(name), *(Text(cell, style=_style(cell)) for cell in cells), Text(lines))
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=_needed(table, width),
        color_system="standard" if color else None,
        force_terminal=color,
        no_color=not color,
        markup=False,
        emoji=False,
        highlight=False,
    )
    console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().split("\n")[:-1])


def _needed(table: Table, width: int | None) -> int:
    """Give the table what it needs: what does not fit is cut before, and rich would cut numbers as well."""
    from rich.console import Console  # noqa: PLC0415
    from rich.measure import Measurement  # noqa: PLC0415

    wide = Console(width=10**6, file=io.StringIO())
    return max(Measurement.get(wide, wide.options, table).maximum, width or 0)


def _style(cell: str) -> str:
    if not cell[0].isdigit():
        return ""
    percent = float(cell)
    return "green" if percent >= _GOOD else "yellow" if percent >= _FAIR else "red"


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
