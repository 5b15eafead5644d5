"""The table of covered files, for a terminal or a log."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pyharness.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from pyharness.events import CoveredFile

_LEAST_NAME = 20
"""Cells that the name of a file gets at least, however narrow the terminal is."""
_LEAST_UNCOVERED = 12
_GAP = 2
_GOOD, _FAIR = 80, 50
"""Percent from which a share is green, and yellow."""
_KINDS = ("lines", "functions", "regions", "branches")


def table(
    total: CoveredFile, files: Sequence[CoveredFile], *, width: int | None = None, color: bool = False
) -> list[str]:
    """Return the lines of a table, with one for each file and one for all.

    Args:
        total: All files together.
        files: Each of them.
        width: Cells of the terminal; `None`: nothing is cut, as in a log.
        color: Whether shares are painted.
    """
    kinds = [kind for kind in _KINDS if getattr(total, kind) is not None]
    percents = [[_percent(row, kind) for kind in kinds] for row in (*files, total)]
    names = ["file", *(one_line(row.path) for row in files), "total"]
    uncovered = ["uncovered", *(_range_text(row.uncovered) for row in files), ""]
    heads = [f"{kind} %" for kind in kinds]
    if width is not None:
        names, uncovered = _fitted(names, uncovered, width - sum(len(head) + _GAP for head in heads))
    return _drawn([heads, *percents], names, uncovered, width=width, color=color)


def _percent(row: CoveredFile, kind: str) -> str:
    """Return the percentage, cut after one digit and not rounded: `100.0` means all. `-` where there are none."""
    count, covered = getattr(row, kind) or (0, 0)
    if not count:
        return "-"
    whole, tenth = divmod(1000 * covered // count, 10)
    return f"{whole}.{tenth}"


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


def _drawn(
    percents: list[list[str]], names: list[str], uncovered: list[str], *, width: int | None, color: bool
) -> list[str]:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    grid = Table.grid(padding=(0, _GAP, 0, 0))
    grid.add_column(no_wrap=True)
    for _ in percents[0]:
        grid.add_column(no_wrap=True, justify="right")
    grid.add_column(no_wrap=True)
    for name, cells, lines in zip(names, percents, uncovered, strict=True):
        grid.add_row(Text(name), *(Text(cell, style=_style(cell)) for cell in cells), Text(lines))
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=_needed(grid, width),
        color_system="standard" if color else None,
        force_terminal=color,
        no_color=not color,
        markup=False,
        emoji=False,
        highlight=False,
    )
    console.print(grid)
    return [line.rstrip() for line in stream.getvalue().split("\n")[:-1]]


def _needed(grid: Table, width: int | None) -> int:
    """Give the table what it needs: what does not fit is cut before, and rich would cut numbers as well."""
    from rich.console import Console  # noqa: PLC0415
    from rich.measure import Measurement  # noqa: PLC0415

    wide = Console(width=10**6, file=io.StringIO())
    return max(Measurement.get(wide, wide.options, grid).maximum, width or 0)


def _style(cell: str) -> str:
    if not cell[0].isdigit():
        return ""
    percent = float(cell)
    return "green" if percent >= _GOOD else "yellow" if percent >= _FAIR else "red"
