"""The table of covered files: golden files, and any width."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from rich.cells import cell_len

from pyharness.coverage.model import Coverage, FileCoverage, Segment
from pyharness.coverage.rows import rows
from pyharness.reporters.coverage_table import table

if TYPE_CHECKING:
    from collections.abc import Callable


def render(coverage: Coverage, root: str, *, width: int | None = None, color: bool = False) -> str:
    total, files = rows(coverage, root)
    return "".join(f"{line}\n" for line in table(total, files, width=width, color=color))


SGR = re.compile("\x1b\\[[0-9;]*m")


def striped(path: str, lines: int) -> FileCoverage:
    """Make a file of which each second line is covered."""
    segments = (
        segment
        for line in range(1, lines + 1)
        for segment in (
            Segment(line, 1, line % 2, has_count=True, is_region_entry=True),
            Segment(line, 80, 0, has_count=False, is_region_entry=False),
        )
    )
    return FileCoverage(path=path, segments=tuple(segments))


@pytest.mark.parametrize("width", [None, 100, 60])
def test_the_table_looks_like_its_golden_file(
    coverage: Coverage, golden: Callable[[str, str], None], width: int | None
) -> None:
    files = (*coverage.files, striped("/p/src/some/rather/deep/folder/of/files/striped.cpp", 60))
    golden(f"table-{width or 'log'}.txt", render(Coverage(files=files), root="/p", width=width))


def test_without_regions_there_is_no_column_of_them(coverage: Coverage, golden: Callable[[str, str], None]) -> None:
    golden("table-gcc.txt", render(msgspec.structs.replace(coverage, has_regions=False), root="/p"))


@pytest.mark.parametrize("width", [None, 100, 60, 20])
def test_colour_changes_no_text(coverage: Coverage, width: int | None) -> None:
    painted = render(coverage, root="/p", width=width, color=True)
    assert "\x1b[31m" in painted
    assert SGR.sub("", painted) == render(coverage, root="/p", width=width)


@pytest.mark.parametrize("width", [None, 120, 80, 20])
def test_no_line_ends_in_blanks_or_is_wrapped(coverage: Coverage, width: int | None) -> None:
    files = (*coverage.files, striped("/p/" + "\u6f22" * 80, 400), striped("/p/" + "b" * 200, 400))
    shown = render(Coverage(files=files), root="/p", width=width).splitlines()
    assert shown == [line.rstrip() for line in shown]
    assert len(shown) == len(files) + 2
    if width is not None and width >= 80:
        assert max(map(cell_len, shown)) <= width


def test_nothing_is_a_table_too() -> None:
    shown = render(Coverage(files=()), root="/p", width=80).splitlines()
    assert [line.split() for line in shown[1:]] == [["total", "-", "-", "-", "-"]]
